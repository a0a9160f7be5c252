package nginx

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// hostAsk is what the Ingresses of one host ask of the whole host; the first one wins.
type hostAsk struct {
	ciphers    string
	client     *intent.ClientValidation
	firsts     map[string]*object // whose keys hold, by key
	loose      bool               // the first Ingress with an authority wants no certificates
	anyOrder   bool               // clients choose among the ciphers
	broken     bool               // the server answers 403 to everything: no client can have a certificate that fits
	origins    []ledger.Origin
	backendTLS *intent.UpstreamTLS
	secured    *object         // whose backendTLS it is
	asked      []intent.Asked  // what ciphers and client stand on
	opaque     []intent.Opaque // what all routes of the host stand behind
	snippet    *snip           // server-snippet; nil: none
}

// askHosts reads what is asked of whole hosts.
func (x *explicit) askHosts() {
	x.byHost = map[string]*hostAsk{}
	for _, o := range x.objects {
		for _, rule := range o.Rules {
			name := rule.Host.Value
			if x.controller.servers[name] == nil {
				name = ""
			}
			h := x.byHost[name]
			if h == nil {
				h = &hostAsk{firsts: map[string]*object{}}
				x.byHost[name] = h
			}
			a := x.asks[o.Origin]
			h.askCiphers(a)
			if h.snippet == nil && o.canary == nil {
				h.snippet = a.inServer
			}
			if h.backendTLS == nil && a.tls != nil {
				h.backendTLS, h.secured = a.tls, o
			}
			h.askClients(a)
		}
	}
}

// asksOf are the annotations of an Ingress that ask for a part of its hosts.
func (a *asked) asksOf(part intent.Dimension) []intent.Asked {
	var out []intent.Asked
	for _, key := range sortedKeys(a.values) {
		if v := a.values[key]; v.state == valid && v.rule.Part == part {
			out = append(out, intent.Asked{Dimension: part, Key: Prefix + key, Security: v.rule.Security, Origin: v.origin})
		}
	}
	return out
}

// clientCertificates reads what is asked of the certificates of clients (spec item 34).
func (a *asked) clientCertificates(h *hostAsk) *intent.ClientValidation {
	vs := a.values
	secret := vs.str("auth-tls-secret")
	if secret == "" {
		for _, key := range []string{"auth-tls-verify-client", "auth-tls-match-cn"} {
			if text := vs.str(key); text != "" && text != "off" {
				a.hollowGuard(key, "does nothing without "+Prefix+"auth-tls-secret")
			}
		}
		return nil
	}
	if !a.secret("auth-tls-secret") { // whichever Ingress has the authority
		at := vs["auth-tls-secret"].origin
		if i := slices.IndexFunc(a.doubts, func(q intent.Opaque) bool { return q.Origin == at }); i >= 0 {
			h.opaque = append(h.opaque, a.doubts[i])
			return nil
		}
		h.broken = true
		h.origins = append(h.origins, vs["auth-tls-secret"].origin)
		return nil
	}
	namespace, name, _ := splitName(secret)
	s := a.x.set.Secrets[manifest.Name{Namespace: namespace, Name: name}]
	if s != nil && !generated(s) && !slices.Contains(s.Keys, "ca.crt") {
		a.hollowGuard("auth-tls-secret", "names Secret "+secret+", which has no ca.crt")
		return nil
	}
	verify := cmp.Or(vs.str("auth-tls-verify-client"), "on")
	c := &intent.ClientValidation{
		CASecret: secret, Optional: strings.HasPrefix(verify, "optional"), Unchecked: verify == "optional_no_ca",
		Depth: vs.number("auth-tls-verify-depth", 1), MatchCN: vs.str("auth-tls-match-cn"),
		Forward: vs.flag("auth-tls-pass-certificate-to-upstream", false), ErrorPage: vs.str("auth-tls-error-page"),
	}
	if c.Depth == 0 {
		c.Depth = 1
	}
	if s != nil && slices.Contains(s.Keys, "ca.crl") {
		c.CRL = secret
	}
	if verify == "off" { // nobody's certificate has a name then
		h.loose = true
		if c.MatchCN != "" {
			h.broken, h.origins = true, append(h.origins, vs["auth-tls-match-cn"].origin)
		}
		return nil
	}
	return c
}

// secure writes out how a host is served over https: every host is, by the controller's
// own certificate if need be.
func (x *explicit) secure(h *intent.Host, srv *server) {
	var t intent.TLS
	if h.TLS != nil {
		t = *h.TLS
	} else if x.converting { // there is no https of its own
		return
	} else {
		t = *x.tls(&certificate{why: "no Ingress of the host has a tls section"})
	}
	if t.Passthrough != nil {
		return // the application decides
	}
	if srv == nil || x.byHost[srv.host] != nil && x.byHost[srv.host].broken {
		t.HSTS = nil // the server answers before any of its locations
	}
	t.MinVersion, t.MaxVersion = x.global.versions()
	t.Ciphers = x.global.text("ssl-ciphers", "")
	if srv != nil {
		if ask := x.byHost[srv.host]; ask != nil {
			t.Client, t.Ciphers, t.AnyOrder = ask.client, cmp.Or(ask.ciphers, t.Ciphers), ask.anyOrder
			if x.converting {
				t.Asked, t.Origins = ask.asked, slices.Clip(t.Origins)
				for _, a := range ask.asked { // of a canary, too
					t.Origins = append(t.Origins, a.Origin)
				}
			}
		}
	}
	h.TLS = &t
}

// versions are the lowest and the highest TLS version of ssl-protocols.
func (g globals) versions() (low, high string) {
	for word := range strings.FieldsSeq(g.text("ssl-protocols", "TLSv1.2 TLSv1.3")) {
		version, ok := strings.CutPrefix(word, "TLSv")
		if !ok {
			continue
		}
		if version == "1" {
			version = "1.0"
		}
		if low == "" || version < low {
			low = version
		}
		high = max(high, version)
	}
	return low, high
}
