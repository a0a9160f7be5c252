package assemble

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/source"
)

const (
	planeContour = intent.Normalized
	planeNginx   = intent.Decoded
)

// admitToContour enters an Ingress for the hosts that it claims.
func (s *State) admitToContour(r *ingress, st *step) {
	r.hosts = hostsOf(r.Ingress)
	for _, host := range r.hosts {
		enter(s.beside, host, r)
		s.claimed(host, st)
	}
}

func (s *State) dismissFromContour(r *ingress, st *step) {
	for _, host := range r.hosts {
		leave(s.beside, host, r)
		s.claimed(host, st)
	}
	r.hosts = nil
}

// hostsOf are the hosts of an Ingress's rules and of its tls; "" is that of a default
// backend.
func hostsOf(ing *manifest.Ingress) []string {
	var hosts []string
	if ing.DefaultBackend != nil {
		hosts = append(hosts, "")
	}
	for _, rule := range ing.Rules {
		hosts = append(hosts, rule.Host.Value)
	}
	for _, t := range ing.TLS {
		hosts = append(hosts, t.Hosts...)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// decode decodes the hosts that are out of date.
func (s *State) decode(st *step) {
	for _, host := range sortedKeys(st.hosts) {
		u := s.hosts[host]
		if u == nil {
			u = &unit{host: host, plane: planeContour}
			s.hosts[host] = u
		}
		s.decodeHost(u, st)
		if len(s.roots[host])+len(s.beside[host]) == 0 {
			delete(s.hosts, host)
		}
	}
}

// decodeHost decodes one host with all that bears on it. The rest of what that gives
// belongs to other hosts.
func (s *State) decodeHost(u *unit, st *step) {
	u.stale = false
	if len(s.roots[u.host])+len(s.beside[u.host]) == 0 {
		s.reuse(u, nil, st)
		s.replace(u, nil, st)
		s.tell(u, nil)
		return
	}
	s.work.Decoded++
	g := s.gather(u.host)
	model, problems := s.decodeAll(g)
	own := []string{u.host, belowWildcard(u.host)}
	model.Hosts = slices.DeleteFunc(model.Hosts, func(h intent.Host) bool { return !slices.Contains(own, h.Name) })
	var findings []ledger.Finding
	for _, p := range append(problems, s.explicitContour(&model)...) {
		if !g.stubs.has(p.Object) {
			findings = append(findings, faultFinding(p))
		}
	}
	s.tell(u, findings)
	s.reuse(u, g.uses, st)
	s.replace(u, model.Hosts, st)
}

// reuse enters what a unit uses now, each once.
func (s *State) reuse(u *unit, now []source.Ref, st *step) {
	slices.SortFunc(now, compareRefs)
	now = slices.Compact(now)
	s.users.swap(u, u.uses, now)
	for _, refs := range [][]source.Ref{u.uses, now} {
		for _, ref := range refs {
			if ref.Kind == kindProxy {
				st.proxies.add(nameOf(ref))
			}
		}
	}
	u.uses = now
}

// belowWildcard is the host that Decode makes for the names of more than one label below a
// wildcard; "" for another host.
func belowWildcard(host string) string {
	if below, ok := strings.CutPrefix(host, "*"); ok {
		return "~^.+" + regexp.QuoteMeta(below) + "$"
	}
	return host
}

// gathering is what a host is decoded from.
type gathering struct {
	wanted    set[string] // the host, and those that it may take routes of
	proxies   []*contour.HTTPProxy
	ingresses []*manifest.Ingress
	stubs     set[string] // roots of other hosts, of which only that they are roots is known
	uses      []source.Ref

	seen set[manifest.Name]
}

// gather collects all claims to a host: its roots with what they include, or would include
// if it were there, and the Ingresses. A host of Ingresses alone may answer with the routes
// of the next wider one, and a wildcard bears on the names below it if there are routes for
// unknown hosts, so that these come along.
func (s *State) gather(host string) *gathering {
	g := &gathering{wanted: set[string]{}, stubs: set[string]{}, seen: set[manifest.Name]{}}
	g.wanted.add(host)
	if strings.HasPrefix(host, "*") {
		g.wanted.add("")
	}
	if len(s.beside[host]) > 0 {
		_, parent, _ := strings.Cut(strings.TrimPrefix(host, "*."), ".")
		for ; parent != ""; _, parent, _ = strings.Cut(parent, ".") {
			g.wanted.add("*." + parent)
		}
		g.wanted.add("")
	}
	beside := set[*ingress]{}
	for h := range g.wanted {
		g.uses = append(g.uses, source.Ref{Kind: aHost, Name: h})
		for name := range s.roots[h] {
			s.follow(g, name)
		}
		for r := range s.beside[h] {
			beside.add(r)
		}
	}
	for r := range beside {
		g.beside(r)
	}
	return g
}

// follow takes a proxy and all that it includes.
func (s *State) follow(g *gathering, name manifest.Name) {
	if g.seen.has(name) {
		return
	}
	g.seen.add(name)
	g.uses = append(g.uses, refOf(kindProxy, name))
	p := s.proxies[name]
	if p == nil {
		return
	}
	if fqdn, root := fqdnOf(p); root && !g.wanted.has(fqdn) {
		g.stub(name)
		return
	}
	g.proxies = append(g.proxies, p)
	g.uses = append(g.uses, s.namedBy(p)...)
	for _, in := range p.Spec.Includes {
		s.follow(g, manifest.Name{Namespace: cmp.Or(in.Namespace, p.Namespace), Name: in.Name})
	}
	if tcp := p.Spec.TCPProxy; tcp != nil {
		if in := cmp.Or(tcp.Include, tcp.IncludesDeprecated); in != nil {
			s.follow(g, manifest.Name{Namespace: cmp.Or(in.Namespace, p.Namespace), Name: in.Name})
		}
	}
}

// stub stands for the root of another host, which must not be included.
func (g *gathering) stub(name manifest.Name) {
	fqdn := "stub-" + strconv.Itoa(len(g.stubs)) + ".invalid"
	g.stubs.add(kindProxy + " " + name.String())
	g.proxies = append(g.proxies, &contour.HTTPProxy{
		ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name},
		Spec:       contour.HTTPProxySpec{VirtualHost: &contour.VirtualHost{Fqdn: fqdn}},
	})
}

// beside takes an Ingress, of whose rules those of the wanted hosts.
func (g *gathering) beside(r *ingress) {
	ing := *r.Ingress
	ing.Rules = slices.Clone(ing.Rules)
	for i, rule := range ing.Rules {
		if !g.wanted.has(rule.Host.Value) {
			ing.Rules[i].Paths = nil
			continue
		}
		for _, p := range rule.Paths {
			g.uses = append(g.uses, source.Ref{Kind: kindService, Namespace: ing.Namespace, Name: p.Backend.Service})
		}
	}
	if !g.wanted.has("") {
		ing.DefaultBackend = nil
	} else if b := ing.DefaultBackend; b != nil {
		g.uses = append(g.uses, source.Ref{Kind: kindService, Namespace: ing.Namespace, Name: b.Service})
	}
	g.ingresses = append(g.ingresses, &ing)
	g.uses = append(g.uses, secretsOfTLS(&ing)...)
}
