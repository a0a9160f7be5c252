package assemble

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/openssl"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// tls is how the site is served over https. What is missing or bad costs a host of
// Contour's every handshake, and under its own faults the whole host; ingress-nginx takes
// its default certificate instead.
func (b *builder) tls(t *intent.TLS) *proxy.TLS {
	if t == nil {
		return nil
	}
	out := &proxy.TLS{}
	broken := func(rule, why, action string) {
		f := ledger.Finding{Rule: rule, Severity: ledger.Error, Message: why + ": the default certificate is served", Action: action}
		switch {
		case b.served.Plane == planeNginx:
		case b.s.opts.Faults == Contour && b.owner(t).Kind == kindProxy:
			f.Message, b.gone = why+": the host is not served", true
		default:
			f.Message, out.Broken = why+": the host has no https", why
		}
		b.find(f)
	}
	if secret, ok := parseName(t.Secret); ok {
		b.use(kindSecret, secret)
		b.use(aDelegated, secret)
		by := b.owner(t).Namespace
		cert, why := b.s.certificate(secret)
		switch {
		case b.served.Plane == planeContour && !b.s.permits.Permit(secret, by):
			broken("secret-not-delegated", fmt.Sprintf("Secret %s is not delegated to the namespace %s", secret, by), "add a TLSCertificateDelegation beside the Secret")
		case why != "":
			broken("certificate-unusable", why, "mend the Secret")
		default:
			out.Certificates = []tls.Certificate{cert}
		}
	}
	if t.Secret == "" && t.Passthrough == nil && b.served.Plane == planeContour {
		out.Broken = cmp.Or(t.Why, "the host has no certificate") // the fault is told already
	}
	if t.Passthrough != nil {
		out.Broken = "TLS would be relayed, which is not done here" // unrelayed tells
	}
	out.Min, out.Max = b.version(t.MinVersion), b.version(t.MaxVersion)
	ciphers, unknown := openssl.Ciphers(t.Ciphers)
	if len(unknown) > 0 {
		b.find(ledger.Finding{Rule: "cipher-unknown", Severity: ledger.Warning,
			Message: fmt.Sprintf("the ciphers %q cannot be spoken here", unknown), Action: "name ciphers of TLS 1.2 with ECDHE"})
		if len(ciphers) == 0 {
			out.Broken = "none of the ciphers that are asked for can be spoken here"
		}
	}
	out.Ciphers = ciphers
	if t.Client != nil {
		out.Client = b.client(t.Client, b.owner(t).Namespace)
	}
	return out
}

// owner is the root, or the Ingress, that gives the certificate.
func (b *builder) owner(t *intent.TLS) source.Ref {
	for _, o := range slices.Concat(t.Origins, b.part.host.Origins) {
		if ref, ok := refOfOrigin(o); ok && (ref.Kind == kindIngress || ref.Kind == kindProxy) {
			return ref
		}
	}
	return source.Ref{}
}

// certificate is that of a Secret, or why there is none. It is parsed once for all sites.
func (s *State) certificate(n manifest.Name) (tls.Certificate, string) {
	if c, ok := s.parsed[n]; ok {
		return c.cert, c.why
	}
	data, there := s.secret(n)
	if !there {
		return tls.Certificate{}, "there is no Secret " + n.String()
	}
	c := loadCertificate(n, data)
	s.parsed[n] = c
	return c.cert, c.why
}

// parsed is what a Secret came to.
type parsed struct {
	cert tls.Certificate
	why  string
}

func loadCertificate(n manifest.Name, data map[string][]byte) parsed {
	if len(data["tls.crt"]) == 0 || len(data["tls.key"]) == 0 {
		return parsed{why: "Secret " + n.String() + " lacks tls.crt or tls.key"}
	}
	cert, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	if err != nil { // its text may hold parts of the key
		return parsed{why: "tls.crt and tls.key of Secret " + n.String() + " are no certificate with its key"}
	}
	return parsed{cert: cert}
}

// version is that of TLS, as in package crypto/tls.
func (b *builder) version(text string) uint16 {
	v, ok := map[string]uint16{"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[text]
	if !ok {
		b.find(ledger.Finding{Rule: "tls-version-unknown", Severity: ledger.Warning,
			Message: fmt.Sprintf("there is no TLS version %q: the default holds", text), Action: "write 1.2 or 1.3"})
	}
	return v
}

// sameTLS says whether two sites are served alike over https.
func sameTLS(a, b *proxy.TLS) bool {
	leaf := func(x, y tls.Certificate) bool { return x.Leaf == y.Leaf }
	if a.Broken != b.Broken || a.Min != b.Min || a.Max != b.Max || !slices.Equal(a.Ciphers, b.Ciphers) ||
		!slices.EqualFunc(a.Certificates, b.Certificates, leaf) || (a.Client == nil) != (b.Client == nil) {
		return false
	}
	if a.Client == nil {
		return true
	}
	crl := func(x, y *x509.RevocationList) bool { return slices.Equal(x.Raw, y.Raw) }
	return same(a.Client.Validation, b.Client.Validation) && slices.EqualFunc(a.Client.Revoked, b.Client.Revoked, crl) && samePool(a.Client.CAs, b.Client.CAs)
}

func samePool(a, b *x509.CertPool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(b)
}
