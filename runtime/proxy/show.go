package proxy

import (
	"maps"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Shown is a route as it is served now.
type Shown struct {
	Site   string
	Plane  intent.PathForm
	ID     string
	Team   string
	Route  *intent.Route // must not be changed
	Closed string        // why it answers 503 whatever it says; "" if it does not
}

// Shown are the routes of one site, or with "*" of all, by site and in the order in which
// they are tried.
func (p *Proxy) Shown(site string) []Shown {
	now := p.state.Load()
	names := []string{site}
	if site == "*" {
		names = slices.Sorted(maps.Keys(maps.Collect(now.sites.All())))
	}
	var all []Shown
	for _, name := range names {
		s, there := now.sites.Get(name)
		if !there {
			continue
		}
		for i := range s.routes {
			r := &s.routes[i]
			all = append(all, Shown{Site: name, Plane: s.Plane, ID: r.id, Team: r.team, Route: r.Route, Closed: r.closed})
		}
	}
	return all
}

// Keeps says which routes of a site are served now, by id.
func (p *Proxy) Keeps(site string) func(id string) bool {
	ids := map[string]bool{}
	for _, r := range p.Shown(site) {
		ids[r.ID] = true
	}
	return func(id string) bool { return ids[id] }
}

// Resolved is what the tables say of a request that nobody sent.
type Resolved struct {
	Decision table.Decision
	Shown    *Shown // nil without a route
	Note     string // what comes before or instead of the decision; "" if nothing does
}

// Resolve asks the tables as a request would, with its Host as the server name.
func (p *Proxy) Resolve(r table.Request) Resolved {
	now := p.state.Load()
	name := table.NameOf(r.Host)
	s := now.find(name)
	if r.Scheme == "https" {
		chosen := now.named(r.Host)
		switch {
		case chosen != nil && chosen.Plane == intent.Normalized:
			s = chosen
		case s != nil && s.Plane == intent.Normalized:
			return Resolved{Note: "not served over https: there is no handshake", Decision: table.Decision{RouteIndex: -1}}
		}
	}
	if s == nil {
		return Resolved{Note: "no host of that name", Decision: table.Decision{RouteIndex: -1, Status: 404}}
	}
	prepared := table.Prepare(r)
	hit := s.table.Match(prepared)
	out := Resolved{Decision: hit.Answer(prepared)}
	if hit.Route != nil {
		k := &s.routes[hit.RouteIndex]
		out.Shown = &Shown{Site: s.Host.Name, Plane: s.Plane, ID: k.id, Team: k.team, Route: k.Route, Closed: k.closed}
	}
	switch {
	case out.Shown != nil && out.Shown.Closed != "":
		out.Note = "answers 503: " + out.Shown.Closed
	case r.Scheme == "https" && s.TLS != nil && s.TLS.Broken != "":
		out.Note = "https is refused: " + s.TLS.Broken
	}
	return out
}

// Count is how much is served now: sites, their routes, and endpoints of all Services.
func (p *Proxy) Count() (sites, routes, endpoints int) {
	now := p.state.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.sites.Len(), now.routes, p.clusters.endpoints
}
