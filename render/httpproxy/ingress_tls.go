package httpproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// certificate is what an Ingress gives a host for https.
type certificate struct {
	object     string // "Ingress namespace/name"
	tls        intent.TLS
	maxVersion string
}

// same says whether it does not matter which of two Ingresses gives the certificate.
func (c certificate) same(o certificate) bool {
	return c.tls.Secret == o.tls.Secret && cmp.Or(c.tls.MinVersion, "1.2") == cmp.Or(o.tls.MinVersion, "1.2") && c.maxVersion == o.maxVersion
}

// certificates gives the hosts under spec.tls their Secrets. An entry without a Secret
// gives none: Contour has no default certificate for Ingresses.
func (r ingressReader) certificates(to sites) {
	c := certificate{object: r.object, maxVersion: "1.3"}
	if v, _ := annotation(r.Ingress, projectContour+"tls-minimum-protocol-version"); v == "1.2" || v == "1.3" {
		c.tls.MinVersion = v
	}
	if v, _ := annotation(r.Ingress, keyMaxVersion); v == "1.2" {
		c.maxVersion = v
	}
	for _, t := range r.TLS {
		secret, reason := r.secret(t.Secret)
		if reason != "" {
			r.problem("SecretNotValid", reason+": "+strings.Join(t.Hosts, ", ")+" get no https by it")
			continue
		}
		if len(t.Hosts) > 0 && c.tls.MinVersion > c.maxVersion {
			r.problem("TLSConfigNotValid", "the minimum protocol version is greater than the maximum: its hosts get no https by it, "+
				"and neither do those of any Ingress that Contour happens to read after it")
			return
		}
		for _, host := range t.Hosts {
			c.tls.Secret, c.tls.Origins = secret.String(), t.Origins
			if len(t.Origins) == 0 {
				c.tls.Origins = []ledger.Origin{r.at("spec.tls")}
			}
			s := to.at(host)
			s.certificates = append(s.certificates, c)
		}
	}
}

// secret is the Secret of an entry, or why it is none. One of another namespace has to be
// delegated, as far as that is known.
func (r ingressReader) secret(text string) (manifest.Name, string) {
	namespace, _ := annotation(r.Ingress, projectContour+"tls-cert-namespace")
	name := manifest.Name{Namespace: cmp.Or(namespace, r.Namespace), Name: text}
	if before, after, ok := strings.Cut(text, "/"); ok {
		name = manifest.Name{Namespace: cmp.Or(before, name.Namespace), Name: after}
	}
	if name.Name == "" {
		return name, "an entry of tls names no Secret"
	}
	if !r.opts.delegated(name, r.Namespace) {
		return name, "Secret " + name.String() + " is not delegated to namespace " + r.Namespace
	}
	if s := r.opts.Secrets[name]; s != nil {
		if s.Type != "" && s.Type != "Opaque" && s.Type != "kubernetes.io/tls" {
			return name, "Secret " + name.String() + " is of type " + s.Type
		}
		for _, key := range []string{"tls.crt", "tls.key"} {
			if !slices.Contains(s.Keys, key) {
				return name, "Secret " + name.String() + " has no " + key
			}
		}
	}
	return name, ""
}
