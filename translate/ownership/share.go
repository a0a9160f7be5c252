package ownership

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// share is what one path of a host amounts to: all routes on it, and whose it is.
type share struct {
	key
	routes  []*intent.Route // in the host's order
	fold    bool            // any of them folds case
	primary *intent.Route   // decides the owner
	single  bool            // the owner's is the only backend
	owner   manifest.Name   // namespace and Service; Service empty if no backend decides
	ingress manifest.Name   // that the primary comes from; zero if unknown
	team    string
	label   string // what named the team; empty: its namespace
}

// sharesOf groups a host's routes by path, in the order of claims. The last route that
// forwards decides (the others are variants of it, as canaries are), or the last of all;
// its first backend is the primary one. A share without a namespace belongs to nobody and
// is left out, and so are implicit routes.
func sharesOf(h *intent.Host) []share {
	routes := make([]*intent.Route, 0, len(h.Routes))
	for i := range h.Routes {
		if !implicit(&h.Routes[i]) {
			routes = append(routes, &h.Routes[i])
		}
	}
	slices.SortStableFunc(routes, func(a, b *intent.Route) int {
		return compareKeys(keyOf(a.Match.Path), keyOf(b.Match.Path))
	})
	shares := make([]share, 0, len(routes))
	for n := 0; len(routes) > 0; routes = routes[n:] {
		s := share{key: keyOf(routes[0].Match.Path)}
		for n = 0; n < len(routes) && keyOf(routes[n].Match.Path) == s.key; n++ {
			s.fold = s.fold || routes[n].Match.Path.Fold
		}
		s.routes = reached(routes[:n:n])
		s.primary = primaryOf(s.routes)
		s.owner, s.ingress = ownerOf(s.primary)
		s.single = len(s.routes) == 1 && forwards(s.primary) && len(s.primary.Forward.Backends) == 1
		if s.owner.Namespace != "" {
			shares = append(shares, s)
		}
	}
	return shares
}

// reached are the routes of one path up to the first without another condition: behind it
// none is reached.
func reached(routes []*intent.Route) []*intent.Route {
	for i, r := range routes {
		if m := r.Match; len(m.Headers)+len(m.Query)+len(m.Cookies)+len(m.Methods) == 0 {
			return routes[:i+1]
		}
	}
	return routes
}

func primaryOf(routes []*intent.Route) *intent.Route {
	for _, r := range slices.Backward(routes) {
		if forwards(r) {
			return r
		}
	}
	return routes[len(routes)-1]
}

func forwards(r *intent.Route) bool { return r.Forward != nil && len(r.Forward.Backends) > 0 }

// ownerOf is the route's primary Service, or else the namespace of the Ingress that it
// comes from, and that Ingress. The owner's namespace is empty if neither gives one.
func ownerOf(r *intent.Route) (service, ingress manifest.Name) {
	ingress, _ = ingressOf(r.Origins)
	if !forwards(r) {
		return manifest.Name{Namespace: ingress.Namespace}, ingress
	}
	return serviceOf(r.Forward.Backends[0]), ingress
}

func serviceOf(b intent.Backend) manifest.Name {
	return manifest.Name{Namespace: cmp.Or(b.Namespace, manifest.Unassigned), Name: b.Service}
}

// ingressOf is the first Ingress among origins, and its origin.
func ingressOf(origins []ledger.Origin) (manifest.Name, ledger.Origin) {
	for _, o := range origins {
		object, ok := strings.CutPrefix(o.Object, "Ingress ")
		if !ok {
			continue
		}
		if ns, name, ok := strings.Cut(object, "/"); ok && ns != "" {
			return manifest.Name{Namespace: ns, Name: name}, o
		}
		return manifest.Name{Namespace: manifest.Unassigned, Name: strings.TrimPrefix(object, "/")}, o
	}
	return manifest.Name{}, firstOrigin(origins)
}

func firstOrigin(origins []ledger.Origin) ledger.Origin {
	if len(origins) == 0 {
		return ledger.Origin{}
	}
	return origins[0]
}

// origin is the place to show for the share.
func (s *share) origin() ledger.Origin { return originOf(s.primary) }

func originOf(r *intent.Route) ledger.Origin {
	_, o := ingressOf(r.Origins)
	return o
}

// match is the share's path.
func (s *share) match() intent.Path {
	p := intent.Path{Value: s.path, Fold: s.fold}
	switch s.kind {
	case Prefix:
		p.Kind = intent.SegmentPrefix
	case StringPrefix:
		p.Kind = intent.StringPrefix
	case Exact:
		p.Kind = intent.ExactPath
	case Regex:
		p.Kind = intent.RegexPath
	}
	return p
}

// claim is what the share's owner claims.
func (s *share) claim() Claim {
	return Claim{Path: s.path, Kind: s.kind, Team: s.team, Namespace: s.owner.Namespace}
}

// text shows the share's path to people.
func (s *share) text() string { return s.kind.String() + " " + s.path }
