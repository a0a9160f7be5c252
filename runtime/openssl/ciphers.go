// Package openssl reads what nginx and Envoy say in OpenSSL's words, ciphers and versions of
// TLS, as far as package crypto/tls speaks them.
package openssl

import (
	"crypto/tls"
	"slices"
	"strings"
)

// cipherNames are OpenSSL's names of the suites of TLS 1.2 and before that can be spoken.
var cipherNames = map[string]uint16{
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-ECDSA-AES128-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	"ECDHE-RSA-AES128-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	"ECDHE-ECDSA-AES256-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	"ECDHE-RSA-AES256-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	"ECDHE-ECDSA-AES128-SHA256":     tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
	"ECDHE-RSA-AES128-SHA256":       tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
	"AES128-GCM-SHA256":             tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	"AES256-GCM-SHA384":             tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	"AES128-SHA":                    tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	"AES256-SHA":                    tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	"AES128-SHA256":                 tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
}

// everyday are the suites that OpenSSL's words for many of them come to: those that Go
// takes for secure.
func everyday() []uint16 {
	var out []uint16
	for _, c := range tls.CipherSuites() {
		if slices.Contains(c.SupportedVersions, tls.VersionTLS12) {
			out = append(out, c.ID)
		}
	}
	return out
}

// Ciphers reads a list of OpenSSL's names, with Envoy's groups "[A|B]": the suites of TLS 1.2
// and before in their order, each once, and the names that cannot be spoken. Those of TLS 1.3 are always
// on; "!" and "-" take away, and of the words for many HIGH, DEFAULT and ALL are known.
func Ciphers(list string) (ids []uint16, unknown []string) {
	without := func(name string) {
		ids = slices.DeleteFunc(ids, func(id uint16) bool { return id == cipherNames[name] })
	}
	names := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(":|[], ", r) })
	for _, name := range names {
		id, known := cipherNames[name]
		switch {
		case name[0] == '!' || name[0] == '-':
			without(name[1:])
		case name[0] == '@' || strings.HasPrefix(name, "TLS_"):
		case name == "HIGH" || name == "DEFAULT" || name == "ALL":
			ids = append(ids, everyday()...)
		case known:
			ids = append(ids, id)
		default:
			unknown = append(unknown, name)
		}
	}
	for _, name := range names { // what "!" takes away cannot come back
		if name[0] == '!' {
			without(name[1:])
		}
	}
	var out []uint16
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, unknown
}

// CipherName is OpenSSL's name of a suite; those of TLS 1.3 have one name everywhere.
func CipherName(id uint16) string {
	for name, known := range cipherNames {
		if known == id {
			return name
		}
	}
	return tls.CipherSuiteName(id)
}
