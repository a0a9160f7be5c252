package proxy

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
)

// verifyClient holds a client's certificate against the authority and the revoked ones.
func verifyClient(c *ClientCerts, chain []*x509.Certificate) error {
	if c.CAs == nil {
		return errors.New("there is no authority to check client certificates with")
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	chains, err := chain[0].Verify(x509.VerifyOptions{
		Roots: c.CAs, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err
	}
	if d := c.Validation.Depth; d > 0 && !slices.ContainsFunc(chains, func(c []*x509.Certificate) bool { return len(c)-1 <= d }) {
		return fmt.Errorf("the certificate chain is longer than %d", d)
	}
	return revoked(c, chains[0])
}

// revoked looks a chain up in the lists of those who issued it. With any list, every
// certificate that is checked needs one of its issuer.
func revoked(c *ClientCerts, chain []*x509.Certificate) error {
	if len(c.Revoked) == 0 {
		return nil
	}
	for i, cert := range chain[:len(chain)-1] {
		if i > 0 && c.Validation.LeafOnly {
			break
		}
		list := -1
		for j, l := range c.Revoked {
			if l.CheckSignatureFrom(chain[i+1]) == nil {
				list = j
			}
		}
		if list < 0 {
			return fmt.Errorf("no list of revoked certificates by %s", cert.Issuer)
		}
		for _, r := range c.Revoked[list].RevokedCertificateEntries {
			if r.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				return errors.New("the certificate is revoked")
			}
		}
	}
	return nil
}

// clientCheck is how a site of the nginx kind judges client certificates, request by
// request; a verdict is kept as long as it holds.
type clientCheck struct {
	*ClientCerts
	matchCN *regexp.Regexp
	known   verdicts
}

func newClientCheck(t *TLS) (*clientCheck, error) {
	if t == nil || t.Client == nil {
		return nil, nil
	}
	k := &clientCheck{ClientCerts: t.Client}
	if p := t.Client.Validation.MatchCN; p != "" {
		var err error
		if k.matchCN, err = regexp.Compile(p); err != nil {
			return nil, fmt.Errorf("pattern for the subject of client certificates: %w", err)
		}
	}
	return k, nil
}

// verdict is how nginx's $ssl_client_verify puts it: "SUCCESS", "NONE" or "FAILED:why".
func (k *clientCheck) verdict(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return "NONE"
	}
	err := k.known.get(r.TLS.PeerCertificates, time.Now(), func() error { return verifyClient(k.ClientCerts, r.TLS.PeerCertificates) })
	if err != nil {
		return "FAILED:" + whyFailed(err)
	}
	return "SUCCESS"
}

// whyFailed puts what is wrong with a certificate as OpenSSL does, where it has a text for it:
// upstreams may know these.
func whyFailed(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "unable to verify the first certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired"
	}
	return err.Error()
}

// clientRefused answers where nginx does not let a client in by its certificate: 403 if
// there is no authority, or the subject does not match (in the clear too); 400 for a
// certificate that is missing or wrong.
func (x *exchange) clientRefused() bool {
	k := x.site.clients
	if k == nil || x.site.Plane != intent.Decoded {
		return false
	}
	if k.CAs == nil {
		x.bare(http.StatusForbidden)
		return true
	}
	verdict := k.verdict(x.r)
	failed := strings.HasPrefix(verdict, "FAILED") && !k.Validation.Unchecked
	if x.secure && (failed || verdict == "NONE" && !k.Validation.Optional && !k.Validation.Unchecked) {
		if page := k.Validation.ErrorPage; page != "" {
			x.decision.Status, x.decision.Location = http.StatusFound, page
			x.redirect()
			return true
		}
		x.bare(http.StatusBadRequest)
		return true
	}
	if k.matchCN != nil && !k.matchCN.MatchString(subject(x.r)) {
		x.bare(http.StatusForbidden)
		return true
	}
	return false
}

// bare answers without what the host puts on responses: these come before it is asked.
func (x *exchange) bare(status int) {
	x.plain()
	x.reply(status, observe.Denied)
}

func subject(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return ""
	}
	return r.TLS.PeerCertificates[0].Subject.String()
}

// removeClientCert takes away what a client says of its own certificate.
func removeClientCert(h http.Header) {
	for _, name := range []string{"Ssl-Client-Verify", "Ssl-Client-Subject-Dn", "Ssl-Client-Issuer-Dn", "Ssl-Client-Cert", "X-Forwarded-Client-Cert"} {
		delete(h, name)
	}
}

// clientCertHeaders says who the client is by its certificate, and takes away what the
// client says of that itself.
func (x *exchange) clientCertHeaders(h http.Header) {
	removeClientCert(h)
	k := x.site.clients
	if k == nil {
		return
	}
	if x.site.Plane == intent.Normalized {
		if value := x.forwardedCert(k.Validation.Fields); value != "" {
			h.Set("X-Forwarded-Client-Cert", value)
		}
		return
	}
	if !x.secure {
		return // $ssl_client_verify is empty then, and nginx sends no header without a value
	}
	h.Set("Ssl-Client-Verify", k.verdict(x.r))
	if subject(x.r) == "" {
		return
	}
	leaf := x.r.TLS.PeerCertificates[0]
	h.Set("Ssl-Client-Subject-Dn", leaf.Subject.String())
	h.Set("Ssl-Client-Issuer-Dn", leaf.Issuer.String())
	if k.Validation.Forward {
		h.Set("Ssl-Client-Cert", escapePEM(leaf))
	}
}

// forwardedCert is Envoy's x-forwarded-client-cert: the hash of the certificate, and the
// fields that are asked for, in Envoy's order.
func (x *exchange) forwardedCert(fields []string) string {
	if len(fields) == 0 || x.r.TLS == nil || len(x.r.TLS.PeerCertificates) == 0 {
		return ""
	}
	leaf := x.r.TLS.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	parts := []string{"Hash=" + hex.EncodeToString(sum[:])}
	add := func(field, format string, values ...string) {
		if slices.Contains(fields, field) {
			for _, v := range values {
				parts = append(parts, fmt.Sprintf(format, v))
			}
		}
	}
	var chain strings.Builder
	for _, c := range x.r.TLS.PeerCertificates {
		chain.WriteString(escapePEM(c))
	}
	add("cert", `Cert="%s"`, escapePEM(leaf))
	add("chain", `Chain="%s"`, chain.String())
	add("subject", `Subject="%s"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(leaf.Subject.String()))
	for _, u := range leaf.URIs {
		add("uri", "URI=%s", u.String())
	}
	add("dns", "DNS=%s", leaf.DNSNames...)
	return strings.Join(parts, ";")
}

// escapePEM is a certificate as PEM with everything escaped that is no letter or digit, or
// one of "-._~".
func escapePEM(c *x509.Certificate) string {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	return strings.ReplaceAll(url.QueryEscape(string(text)), "+", "%20")
}
