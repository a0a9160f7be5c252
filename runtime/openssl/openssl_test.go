package openssl

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCiphers(t *testing.T) {
	gcm, chacha := tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
	for list, want := range map[string][]uint16{
		"": nil, "ECDHE-RSA-AES128-GCM-SHA256": {gcm},
		"[ECDHE-RSA-CHACHA20-POLY1305|ECDHE-RSA-AES128-GCM-SHA256]:ECDHE-RSA-CHACHA20-POLY1305": {chacha, gcm},
		"TLS_AES_128_GCM_SHA256:@STRENGTH": nil,
		"!ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305": {chacha},
		"ECDHE-RSA-AES128-GCM-SHA256:-ECDHE-RSA-AES128-GCM-SHA256":                             nil,
	} {
		if got, unknown := Ciphers(list); !slices.Equal(got, want) || len(unknown) > 0 {
			t.Errorf("%q: got %x, unknown %q; want %x", list, got, unknown, want)
		}
	}
	if got, unknown := Ciphers("HIGH:!aNULL:!ECDHE-RSA-AES128-GCM-SHA256"); len(unknown) > 0 || len(got) < 4 || slices.Contains(got, gcm) {
		t.Errorf("HIGH: %x, unknown %q", got, unknown)
	}
	if got, unknown := Ciphers("RC4-SHA:ECDHE-RSA-AES128-GCM-SHA256"); !slices.Equal(unknown, []string{"RC4-SHA"}) || len(got) != 1 {
		t.Errorf("RC4: %x, unknown %q", got, unknown)
	}
	for name, id := range cipherNames {
		if got := openSSL(tls.CipherSuiteName(id)); got != name {
			t.Errorf("%s is %s, which OpenSSL calls %s", name, tls.CipherSuiteName(id), got)
		}
	}
}

// openSSL makes OpenSSL's name of a suite of Go's.
func openSSL(name string) string {
	exchange, cipher, _ := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	exchange = strings.TrimPrefix(exchange+"_", "RSA_")
	cipher = strings.NewReplacer("AES_", "AES", "CBC_", "", "POLY1305_SHA256", "POLY1305").Replace(cipher)
	return strings.ReplaceAll(exchange+cipher, "_", "-")
}

func TestVersions(t *testing.T) {
	for list, want := range map[string]string{
		"":                        "0 0 [] []",
		"TLSv1.2":                 "303 303 [] []",
		"TLSv1.2 TLSv1.3":         "303 304 [] []",
		"TLSv1.3 TLSv1 TLSv1.2":   "301 304 [TLSv1.1] []",
		"SSLv2 SSLv3 TLSv1.1":     "302 302 [] [SSLv2 SSLv3]",
		"SSLv3":                   "0 0 [] [SSLv3]",
		"TLSv1.3 TLSv1":           "301 304 [TLSv1.1 TLSv1.2] []",
		"TLSv1.2 TLSv1.2 TLSv1.9": "303 303 [] [TLSv1.9]",
	} {
		oldest, newest, between, unknown := Versions(list)
		if got := fmt.Sprintf("%x %x %v %v", oldest, newest, between, unknown); got != want {
			t.Errorf("%q: got %s, want %s", list, got, want)
		}
	}
}
