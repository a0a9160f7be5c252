package httpproxy

import (
	"cmp"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

const (
	tlsMin = "1.2"
	tlsMax = "1.3"
	// tlsCiphers are Contour's, of TLS 1.2.
	tlsCiphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:" +
		"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
	tlsDepth = 100 // Envoy's
)

// tlsReading is what the routes of a host say alike of its https.
type tlsReading struct {
	client   *contour.DownstreamValidation
	max      string
	fallback bool
	err      error // why the host is not served over https
}

// readTLS makes the host's TLS explicit. What can not be served takes the certificate away.
func (x *explicitHost) readTLS() {
	for _, r := range x.Routes {
		y := explicitRoute{explicitHost: x, Route: r, done: make([]bool, len(r.Opaque))}
		if y.limited("http") {
			continue // it may be that of another host
		}
		if i := y.find(keyTLS); i >= 0 {
			x.tls.err = unjson(r.Opaque[i].Value, &x.tls.client, &x.tls.max, &x.tls.fallback)
			break
		}
		if i := y.find(keyMaxVersion); i >= 0 {
			x.tls.max = r.Opaque[i].Value
		}
	}
	if x.TLS == nil || x.TLS.Passthrough != nil {
		if x.tls.client != nil {
			x.tls.err = fault{"TLSIncompatibleFeatures", "clientValidation needs a root that terminates TLS"}
		}
		return
	}
	t := *x.TLS
	x.TLS = &t
	t.MinVersion, t.MaxVersion = version(t.MinVersion, tlsMin), version(x.tls.max, tlsMax)
	t.Ciphers = cmp.Or(t.Ciphers, tlsCiphers)
	if x.tls.err == nil && t.MinVersion > t.MaxVersion {
		x.tls.err = fault{"TLSConfigNotValid", "the minimum protocol version is greater than the maximum"}
	}
	if x.tls.err == nil && x.tls.client != nil {
		t.Client, x.tls.err = x.clients(*x.tls.client)
	}
	if x.tls.err != nil {
		t.Secret, t.Why = "", x.tls.err.Error()
	}
}

// version is a TLS version, or Contour's default for what is none.
func version(text, otherwise string) string {
	if text == tlsMin || text == tlsMax {
		return text
	}
	return otherwise
}

// clients reads what is asked of clients' certificates. Without verification Contour still
// asks for one, unless it is optional.
func (x *explicitHost) clients(v contour.DownstreamValidation) (*intent.ClientValidation, error) {
	c := &intent.ClientValidation{Optional: v.OptionalClientCertificate, Unchecked: v.SkipClientCertValidation, Depth: tlsDepth}
	if x.tls.fallback {
		return nil, fault{"TLSIncompatibleFeatures", "a fallback certificate and clientValidation exclude each other"}
	}
	var err error
	switch {
	case v.CACertificate != "":
		if c.CASecret, err = x.opts.secret(v.CACertificate, x.root.namespace, "ca.crt"); err != nil {
			return nil, err
		}
	case !v.SkipClientCertValidation:
		return nil, fault{"ClientValidationInvalid", "clientValidation names no caSecret"}
	}
	if v.CertificateRevocationList != "" {
		if c.CRL, err = x.opts.secret(v.CertificateRevocationList, x.root.namespace, "crl.pem"); err != nil {
			return nil, err
		}
		c.LeafOnly = v.OnlyVerifyLeafCertCrl
	}
	if f := v.ForwardClientCertificate; f != nil {
		c.Forward = true
		for _, part := range []struct {
			there bool
			name  string
		}{{f.Subject, "subject"}, {f.Cert, "cert"}, {f.Chain, "chain"}, {f.DNS, "dns"}, {f.URI, "uri"}} {
			if part.there {
				c.Fields = append(c.Fields, part.name)
			}
		}
	}
	return c, nil
}

// doneTLS drops what the host says now. A fallback certificate is not served.
func (x *explicitRoute) doneTLS() {
	x.drop(keyMaxVersion)
	i := x.find(keyTLS)
	switch {
	case i < 0:
	case x.tls.err != nil:
		x.fail(i, x.tls.err)
	case x.tls.fallback && !x.limited("http"):
		q := &x.Opaque[i]
		q.Security, q.Value, q.Reason = false, jsonText([]any{nil, "", true}), "there is no fallback certificate: clients that name no host get no handshake"
	default:
		x.done[i] = true
	}
}

// secret is the full name of a Secret that an object of a namespace refers to, and why it
// may not, or can not.
func (o ExplicitOptions) secret(text, namespace string, keys ...string) (string, error) {
	delegations := o.Delegations
	if o.Unseen && delegations == nil {
		delegations = everywhere(text)
	}
	return checkSecret(text, namespace, o.Secrets, delegations, keys...)
}

// checkSecret is the full name of a Secret, "name" or "namespace/name". One of another
// namespace has to be delegated. secrets are all that there are, or nil.
func checkSecret(text, namespace string, secrets map[manifest.Name]*manifest.Secret, delegations Delegations, keys ...string) (string, error) {
	n := manifest.Name{Namespace: namespace, Name: text}
	if before, after, ok := strings.Cut(text, "/"); ok {
		n = manifest.Name{Namespace: cmp.Or(before, namespace), Name: after}
	}
	if !delegations.Permit(n, namespace) {
		return n.String(), fault{"DelegationNotPermitted", "Secret " + n.String() + " is not delegated to namespace " + namespace}
	}
	if secrets == nil {
		return n.String(), nil
	}
	s := secrets[n]
	if s == nil {
		return n.String(), fault{"SecretNotValid", "there is no Secret " + n.String()}
	}
	if s.Type != "" && s.Type != "Opaque" && s.Type != "kubernetes.io/tls" {
		return n.String(), fault{"SecretNotValid", "Secret " + n.String() + " is of type " + s.Type}
	}
	for _, key := range keys {
		if !slices.Contains(s.Keys, key) {
			return n.String(), fault{"SecretNotValid", "Secret " + n.String() + " has no " + key}
		}
	}
	return n.String(), nil
}
