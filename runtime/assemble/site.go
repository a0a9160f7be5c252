package assemble

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// site is what is served under a host name, with what it was built from.
type site struct {
	served   *proxy.Site // nil: a fault takes the host away
	backends []intent.Backend
	uses     []source.Ref
}

// build builds the sites that are out of date, and tells of those that differ.
func (s *State) build(st *step, out map[string]*proxy.Site) {
	for _, host := range sortedKeys(st.sites) {
		before := s.sites[host]
		p := s.parts[host].serving()
		if p == nil {
			if before != nil {
				s.siteUsers.swap(host, before.uses, nil)
				s.endpoints.use(before.backends, -1, st)
				s.tell(host, nil)
				delete(s.sites, host)
				if before.served != nil {
					out[host] = nil
				}
			}
			continue
		}
		now, findings := s.buildSite(p)
		s.tell(host, findings)
		s.sites[host] = now
		if before == nil {
			before = &site{}
		}
		s.siteUsers.swap(host, before.uses, now.uses)
		s.endpoints.use(now.backends, 1, st)
		s.endpoints.use(before.backends, -1, st)
		if !sameSite(before.served, now.served) {
			out[host] = now.served
		}
	}
}

// sameSite says whether two sites answer alike.
func sameSite(a, b *proxy.Site) bool {
	if a == nil || b == nil || a.Plane != b.Plane || (a.TLS == nil) != (b.TLS == nil) {
		return a == b
	}
	return same(a.Host, b.Host) && same(a.Secrets, b.Secrets) && (a.TLS == nil || sameTLS(a.TLS, b.TLS))
}

// builder builds one site.
type builder struct {
	s        *State
	part     *part
	gone     bool // a fault takes the host away
	findings []ledger.Finding
	site
}

// buildSite makes the site of a host, and says what is wrong with it.
func (s *State) buildSite(p *part) (*site, []ledger.Finding) {
	s.work.Built++
	b := &builder{s: s, part: p}
	b.served = &proxy.Site{Host: p.host, Plane: p.of.plane}
	b.backends = backendsOf(p.host)
	if p.of.plane == planeContour { // Explicit tells of the others
		for i := range p.host.Routes {
			b.unhonoured(&p.host.Routes[i])
		}
	}
	b.unrelayed()
	for _, secret := range secretsOf(p.host) {
		b.keep(secret)
	}
	b.served.TLS = b.tls(p.host.TLS)
	slices.SortFunc(b.uses, compareRefs)
	b.uses = slices.Compact(b.uses)
	if b.gone {
		b.served, b.backends = nil, nil
	}
	return &b.site, b.findings
}

// use notes that the site refers to an object.
func (b *builder) use(kind string, n manifest.Name) { b.uses = append(b.uses, refOf(kind, n)) }

// find notes a finding about the host.
func (b *builder) find(f ledger.Finding) {
	f.Host = b.part.host.Name
	if !f.Origin.Known() && len(b.part.host.Origins) > 0 {
		f.Origin = b.part.host.Origins[0]
	}
	b.findings = append(b.findings, f)
}

// wanted is a Secret that a route refers to, with the namespace of whoever refers to it.
type wanted struct {
	secret, by string // "namespace/name", and a namespace; "" if the reference stays within what its controller allows
	why        string
}

// keep adds a Secret that routes refer to.
func (b *builder) keep(w wanted) {
	data, ok := b.lookup(w)
	if !ok {
		return
	}
	if b.served.Secrets == nil {
		b.served.Secrets = map[string]map[string][]byte{}
	}
	b.served.Secrets[w.secret] = data
}

// lookup is the data of a Secret that the host refers to. Without a delegation Contour
// gives none of another namespace.
func (b *builder) lookup(w wanted) (map[string][]byte, bool) {
	name, ok := parseName(w.secret)
	if !ok {
		return nil, false
	}
	b.use(kindSecret, name)
	b.use(aDelegated, name)
	if b.served.Plane == planeContour && w.by != "" && !b.s.permits.Permit(name, w.by) {
		b.find(ledger.Finding{Rule: "secret-not-delegated", Severity: ledger.Error,
			Message: fmt.Sprintf("Secret %s (%s) is not delegated to the namespace %s: it is as if it were not there", name, w.why, w.by),
			Action:  "add a TLSCertificateDelegation beside the Secret"})
		return nil, false
	}
	data, there := b.s.secret(name)
	if !there {
		b.find(ledger.Finding{Rule: "secret-missing", Severity: ledger.Error,
			Message: fmt.Sprintf("there is no Secret %s (%s)", name, w.why), Action: "add the Secret"})
	}
	return data, there
}

// unlimited tells of limits that a rate limit service would have to keep.
func (b *builder) unlimited(r *intent.Route) {
	if r.Policies == nil || r.Policies.Global == nil {
		return
	}
	var by []string
	for _, d := range r.Policies.Global.Descriptors {
		for _, e := range d.Entries {
			text := e.Key + "=" + e.Value
			if e.Remote {
				text = "the client's address"
			}
			by = append(by, text)
		}
	}
	f := ledger.Finding{Rule: "not-honoured", Severity: ledger.Refusal, Host: b.part.host.Name,
		Message: "rateLimitPolicy.global is not honoured: there is no rate limit service that counts requests by " + strings.Join(by, ", ") + "; the route answers 503",
		Action:  "set it by other means, or take it away"}
	if len(r.Origins) > 0 {
		f.Origin = r.Origins[0]
	}
	b.find(f)
}

// unhonoured tells of what a route still has that no policy says.
func (b *builder) unhonoured(r *intent.Route) {
	b.unlimited(r)
	for _, q := range r.Opaque {
		f := ledger.Finding{Rule: "not-honoured", Severity: ledger.Warning, Origin: q.Origin, Host: b.part.host.Name,
			Message: q.Key + " is not honoured: " + q.Reason, Action: "set it by other means, or take it away"}
		if q.Security {
			f.Severity, f.Message = ledger.Refusal, f.Message+"; the route answers 503"
		}
		b.find(f)
	}
}

// unrelayed tells of a root whose connections would be relayed, with TLS or without it.
func (b *builder) unrelayed() {
	for _, o := range b.part.host.Origins {
		ref, _ := refOfOrigin(o)
		if p := b.s.proxies[nameOf(ref)]; ref.Kind == kindProxy && p != nil && p.Spec.TCPProxy != nil {
			b.find(ledger.Finding{Rule: "not-honoured", Severity: ledger.Error, Origin: o,
				Message: "tcpproxy is not honoured: the data plane relays no connections, and https of the host is refused or gets 404", Action: "serve the host by other means"})
			return
		}
	}
}

func parseName(text string) (manifest.Name, bool) {
	namespace, name, ok := strings.Cut(text, "/")
	return manifest.Name{Namespace: namespace, Name: name}, ok && namespace != "" && name != ""
}
