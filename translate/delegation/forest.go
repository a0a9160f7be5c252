// Package delegation is the shape of a split site: a root per host, a fanout per site and
// a team object per delegated prefix. It says who holds which route; what the routes look
// like in an API is the target's matter.
package delegation

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Forest is a set of delegation trees, sorted by host.
type Forest struct {
	Paths intent.PathForm
	Roots []*Root
}

// Root holds what only a host can have, and the routes of the host itself.
type Root struct {
	Host    string
	AliasOf string
	TLS     *intent.TLS
	Trust   *intent.Trust
	Adopted string // the wildcard host whose Secret TLS names, for want of an own one; else ""
	Carried []intent.Carried
	Origins []ledger.Origin
	CORS    *intent.CORS   // of all Services of the host; nil: none
	Auth    *Authorization // nil: nobody asks who comes
	// Addresses are the host's lists of addresses where the plan leaves them to the root; nil:
	// routes have their own, or none.
	Addresses *Addresses

	Namespace, Name string
	Routes          []Placed // of the host as such (intent.Route.HostOnly)
	Fanout          *Fanout  // shared with other roots by aliases; nil if no team has a route
}

// Authorization is a service that decides about the requests of a host.
type Authorization struct {
	Service string   // "namespace/name" of the ExtensionService
	Exempt  []string // paths that it is not asked about, as intent.Path prints them; sorted
}

// Addresses are lists that hold for all that a host answers. A target says which, or why there
// are none.
type Addresses struct {
	Lists *intent.Access
	Apart string // why routes keep their own instead
}

// Lists are those that hold for all that the host answers; nil: none.
func (r *Root) Lists() *intent.Access {
	if r.Addresses == nil {
		return nil
	}
	return r.Addresses.Lists
}

// Fanout gives path prefixes to teams.
type Fanout struct {
	Namespace, Name string
	Teams           []*Team  // in the order of their claims
	Routes          []Placed // that the site keeps for itself: what is blocked
}

// Team holds the routes of one team below what it was given.
type Team struct {
	Team            string
	Namespace, Name string
	Claims          []ownership.Claim // one, or all regexes of the team on this host
	Routes          []Placed
	Relays          bool // what the root's TLS.Passthrough says leads to a Service of the team
}

// Relay is the team below a fanout to whose Service TLS is relayed; nil: there is none.
func (f *Fanout) Relay() *Team {
	if f == nil {
		return nil
	}
	if i := slices.IndexFunc(f.Teams, func(t *Team) bool { return t.Relays }); i >= 0 {
		return f.Teams[i]
	}
	return nil
}

// Placed is a route with its place in the host's order, from 0; what a target adds before all
// others has -1.
type Placed struct {
	Index int
	intent.Route
}

// Node is one object of a tree as Walk shows it.
type Node struct {
	Root   *Root
	Fanout *Fanout // nil on the root
	Team   *Team   // nil on root and fanout
	Depth  int
}

// Walk visits every object, parents first, in order; a fanout that several roots share is
// visited below each.
func (f Forest) Walk(visit func(Node)) {
	for _, r := range f.Roots {
		visit(Node{Root: r})
		if r.Fanout == nil {
			continue
		}
		visit(Node{Root: r, Fanout: r.Fanout, Depth: 1})
		for _, t := range r.Fanout.Teams {
			visit(Node{Root: r, Fanout: r.Fanout, Team: t, Depth: 2})
		}
	}
}

// Flatten is the model that the forest was split from: delegation adds no meaning.
func (f Forest) Flatten() intent.Model {
	m := intent.Model{Paths: f.Paths}
	for _, r := range f.Roots {
		placed := slices.Clone(r.Routes)
		if r.Fanout != nil {
			placed = append(placed, r.Fanout.Routes...)
			for _, t := range r.Fanout.Teams {
				placed = append(placed, t.Routes...)
			}
		}
		slices.SortStableFunc(placed, func(a, b Placed) int { return a.Index - b.Index })
		h := intent.Host{Name: r.Host, AliasOf: r.AliasOf, TLS: r.TLS, Trust: r.Trust, Carried: r.Carried, Origins: r.Origins}
		for _, p := range placed {
			h.Routes = append(h.Routes, p.Route)
		}
		m.Hosts = append(m.Hosts, h)
	}
	return m
}
