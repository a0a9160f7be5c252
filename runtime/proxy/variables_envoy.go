package proxy

import (
	"crypto/sha1" //nolint:gosec // a fingerprint that Envoy has a variable for
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/runtime/openssl"
)

// envoyVariables are the variables of Envoy by their names before a "(", with what stands
// behind it.
var envoyVariables = map[string]func(x *exchange, argument string) string{
	"REQ": (*exchange).envoyHeader,
	"DOWNSTREAM_REMOTE_ADDRESS": plainly(func(x *exchange) string {
		return net.JoinHostPort(x.address().String(), portOf(x.r.RemoteAddr))
	}),
	"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":        plainly(func(x *exchange) string { return x.address().String() }),
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS":              plainly(func(x *exchange) string { return x.r.RemoteAddr }),
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": plainly(func(x *exchange) string { return x.peer.String() }),
	"DOWNSTREAM_LOCAL_ADDRESS":                      plainly(func(x *exchange) string { return x.localAddress("DOWNSTREAM_LOCAL_ADDRESS") }),
	"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":         plainly(func(x *exchange) string { return x.localAddress("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT") }),
	"DOWNSTREAM_LOCAL_PORT":                         plainly(func(x *exchange) string { return x.localAddress("DOWNSTREAM_LOCAL_PORT") }),
	"PROTOCOL":                                      plainly(func(x *exchange) string { return x.r.Proto }),
	"HOSTNAME":                                      plainly(func(*exchange) string { return hostname() }),
	"START_TIME":                                    plainly(func(x *exchange) string { return instant(x.record.Start) }),
	"UPSTREAM_REMOTE_ADDRESS":                       plainly(func(x *exchange) string { return x.record.Endpoint }),
	"REQUESTED_SERVER_NAME": plainly(func(x *exchange) string {
		if x.r.TLS == nil || x.r.TLS.ServerName == "" {
			return "-"
		}
		return x.r.TLS.ServerName
	}),
	"DOWNSTREAM_PEER_SUBJECT":         plainly(func(x *exchange) string { return subject(x.r) }),
	"DOWNSTREAM_PEER_ISSUER":          plainly(ofPeer(func(c *x509.Certificate) string { return c.Issuer.String() })),
	"DOWNSTREAM_PEER_SERIAL":          plainly(ofPeer(func(c *x509.Certificate) string { return c.SerialNumber.Text(16) })),
	"DOWNSTREAM_PEER_FINGERPRINT_256": plainly(ofPeer(func(c *x509.Certificate) string { return digest(sha256.Sum256(c.Raw)) })),
	"DOWNSTREAM_PEER_FINGERPRINT_1": plainly(ofPeer(func(c *x509.Certificate) string {
		sum := sha1.Sum(c.Raw) //nolint:gosec // see above
		return hex.EncodeToString(sum[:])
	})),
	"DOWNSTREAM_PEER_CERT":         plainly(ofPeer(escapePEM)),
	"DOWNSTREAM_PEER_CERT_V_START": plainly(ofPeer(func(c *x509.Certificate) string { return instant(c.NotBefore) })),
	"DOWNSTREAM_PEER_CERT_V_END":   plainly(ofPeer(func(c *x509.Certificate) string { return instant(c.NotAfter) })),
	"DOWNSTREAM_PEER_URI_SAN":      plainly(ofPeer(uris)),
	"DOWNSTREAM_LOCAL_SUBJECT":     plainly(ofSite(func(c *x509.Certificate) string { return c.Subject.String() })),
	"DOWNSTREAM_LOCAL_URI_SAN":     plainly(ofSite(uris)),
	"DOWNSTREAM_TLS_VERSION":       plainly((*exchange).tlsVersion),
	"DOWNSTREAM_TLS_CIPHER": plainly(func(x *exchange) string {
		if x.r.TLS == nil {
			return ""
		}
		return openssl.CipherName(x.r.TLS.CipherSuite)
	}),
}

// plainly is a variable without an argument.
func plainly(value func(*exchange) string) func(*exchange, string) string {
	return func(x *exchange, _ string) string { return value(x) }
}

// ofPeer is a variable about the client's certificate; empty without one.
func ofPeer(value func(*x509.Certificate) string) func(*exchange) string {
	return func(x *exchange) string {
		if x.r.TLS == nil || len(x.r.TLS.PeerCertificates) == 0 {
			return ""
		}
		return value(x.r.TLS.PeerCertificates[0])
	}
}

// ofSite is a variable about the certificate that the client was shown.
func ofSite(value func(*x509.Certificate) string) func(*exchange) string {
	return func(x *exchange) string {
		t := x.site.TLS
		if !x.secure || t == nil || len(t.Certificates) == 0 || t.Certificates[0].Leaf == nil {
			return ""
		}
		return value(t.Certificates[0].Leaf)
	}
}

func uris(c *x509.Certificate) string {
	var all []string
	for _, u := range c.URIs {
		all = append(all, u.String())
	}
	return strings.Join(all, ",")
}

func digest(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

// instant is a time as Envoy writes it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// tlsVersion is that of the connection in OpenSSL's words, which both planes use.
func (x *exchange) tlsVersion() string {
	if x.r.TLS == nil {
		return ""
	}
	return strings.Replace(tls.VersionName(x.r.TLS.Version), "TLS ", "TLSv", 1)
}

// envoyVariable is false for one that is not known, which stays in the text.
func (x *exchange) envoyVariable(name string) (string, bool) {
	command, argument, _ := strings.Cut(name, "(")
	value := envoyVariables[command]
	if value == nil {
		return "", false
	}
	return value(x, argument), true
}

// envoyHeader reads "NAME?OTHER):LENGTH": a header, else another one, cut off.
func (x *exchange) envoyHeader(spec string) string {
	spec, after, _ := strings.Cut(spec, ")")
	length, err := strconv.Atoi(strings.TrimPrefix(after, ":"))
	if err != nil {
		length = -1
	}
	value := ""
	for name := range strings.SplitSeq(spec, "?") {
		if value = x.pseudo(name); value != "" {
			break
		}
	}
	if length >= 0 && len(value) > length {
		value = value[:length]
	}
	return value
}

func (x *exchange) pseudo(name string) string {
	switch strings.ToLower(name) {
	case ":authority", "host":
		return x.r.Host
	case ":method":
		return x.r.Method
	case ":path":
		return x.prepared.Variable("uri", x.site.Plane)
	case ":scheme":
		return x.scheme()
	}
	return strings.Join(x.r.Header[http.CanonicalHeaderKey(name)], ",")
}

func (x *exchange) localAddress(command string) string {
	local, _ := x.r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return ""
	}
	host, port, err := net.SplitHostPort(local.String())
	switch {
	case err != nil || command == "DOWNSTREAM_LOCAL_ADDRESS":
		return local.String()
	case command == "DOWNSTREAM_LOCAL_PORT":
		return port
	}
	return host
}
