package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// certificate is what a server's TLS entry came to; an empty secret is the controller's
// default certificate.
type certificate struct {
	secret   string // "namespace/name"
	hosts    []string
	why      string // why it is the default one
	issuance *intent.Issuance
	origins  []ledger.Origin
}

// chooseCertificate is the certificate of a host under the first Ingress of that host
// that has a tls section: the entry that lists the host, else one whose certificate
// covers it, else the default one (spec items 29, 32).
func (c *controller) chooseCertificate(host string, o *object) *certificate {
	var origins []ledger.Origin
	for _, t := range o.TLS {
		origins = append(origins, t.Origins...)
	}
	for _, t := range o.TLS {
		if slices.ContainsFunc(t.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
			cert := c.loadCertificate(host, o, t)
			cert.issue(o, t)
			return cert
		}
	}
	for _, t := range o.TLS {
		if names := c.certificateNames(o, t); covers(names, host) {
			cert := &certificate{secret: o.Namespace + "/" + t.Secret, hosts: names, origins: t.Origins}
			cert.issue(o, t)
			return cert
		}
	}
	return &certificate{why: "no entry of spec.tls lists " + host, origins: origins}
}

// certificateNames are the names in the certificate of a tls entry: those that it was
// read with, or of a Secret that was not seen those that the entry lists.
func (c *controller) certificateNames(o *object, t manifest.TLS) []string {
	if t.Secret == "" {
		return nil
	}
	secret := c.set.Secrets[manifest.Name{Namespace: o.Namespace, Name: t.Secret}]
	switch {
	case secret == nil && c.missing("Secret", o.Namespace, t.Secret):
		return nil
	case secret == nil || secret.CertUnknown:
		return t.Hosts
	}
	return secret.CertHosts
}

func (c *controller) loadCertificate(host string, o *object, t manifest.TLS) *certificate {
	cert := &certificate{hosts: t.Hosts, origins: t.Origins}
	if t.Secret == "" {
		cert.why = "the tls entry has no secretName"
		return cert
	}
	name := manifest.Name{Namespace: o.Namespace, Name: t.Secret}
	secret := c.set.Secrets[name]
	switch {
	case secret == nil && c.missing("Secret", o.Namespace, t.Secret):
		cert.why = "there is no Secret " + name.String()
	case secret != nil && !secret.CertUnknown && len(secret.CertHosts) > 0 && !covers(secret.CertHosts, host):
		cert.why = "the certificate in Secret " + name.String() + " does not cover " + host
	case secret != nil && !secret.CertUnknown && len(secret.CertHosts) > 0:
		cert.secret, cert.hosts = name.String(), secret.CertHosts
	default: // not seen, or not readable here: assumed to be there and valid
		cert.secret = name.String()
	}
	return cert
}

// covers says whether one of a certificate's names is the host, or its wildcard.
func covers(names []string, host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(names, func(name string) bool {
		name = strings.ToLower(name)
		if name == host {
			return true
		}
		suffix, wild := strings.CutPrefix(name, "*")
		label, rest, _ := strings.Cut(host, ".")
		return wild && label != "" && label != "*" && "."+rest == suffix
	})
}

// tls is how the host is served over https.
func (c *controller) tls(cert *certificate) *intent.TLS {
	if cert == nil {
		return nil
	}
	t := &intent.TLS{Secret: cert.secret, Why: cert.why, Issuance: cert.issuance, Origins: cert.origins}
	if c.st.hsts {
		t.HSTS = &intent.HSTS{MaxAge: c.st.hstsMaxAge, IncludeSubDomains: c.st.hstsSubDomains, Preload: c.st.hstsPreload}
	}
	return t
}

// certificateOf is the certificate entry for a request host: its server's own, or that of
// the wildcard one label up; nil if there is none. The default certificate counts.
func (c *controller) certificateOf(host string, own *certificate) *certificate {
	if own != nil {
		return own
	}
	if srv := c.servers[CertificateOf(host)]; srv != nil && srv.host != "" {
		return srv.cert
	}
	return nil
}

// httpsRedirect is what plain http gets on a location, nil where it is served.
func (c *controller) httpsRedirect(o *object, path string, certified bool) *intent.HTTPSRedirect {
	exempt := slices.ContainsFunc(c.st.noRedirectPaths, func(p string) bool { return strings.HasPrefix(path, p) })
	if exempt || !(o.rewrite.forceSSL || (o.rewrite.sslRedirect && certified)) {
		return nil
	}
	r := &intent.HTTPSRedirect{Status: c.st.redirectStatus, TrimSlash: !o.rewrite.keepSlash}
	if o.rewrite.portInRedirects {
		r.Port = "443"
	}
	return r
}
