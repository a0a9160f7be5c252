package assemble

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Served says who serves a host.
type Served struct {
	Host       string          `json:"host"`
	Plane      intent.PathForm `json:"plane"`   // Decoded: as ingress-nginx; Normalized: as Contour and Envoy
	Objects    []string        `json:"objects"` // "Kind namespace/name" of all that its routes come from, sorted
	Namespaces []string        `json:"namespaces"`
	Teams      []Team          `json:"teams"`
	Broken     string          `json:"broken,omitempty"` // why it has no https
}

// Team is a namespace with the number of a host's routes that come from there: for each the
// object that the route itself stands in.
type Team struct {
	Namespace string `json:"namespace"`
	Routes    int    `json:"routes"`
}

// Sites say who serves what, sorted by host.
func (s *State) Sites() []Served {
	all := make([]Served, 0, len(s.sites))
	for _, name := range sortedKeys(s.sites) {
		if site := s.sites[name]; site.served != nil {
			all = append(all, site.who())
		}
	}
	return all
}

func (s *site) who() Served {
	w := Served{Host: s.served.Host.Name, Plane: s.served.Plane}
	if s.served.TLS != nil {
		w.Broken = s.served.TLS.Broken
	}
	objects, namespaces, teams := set[string]{}, set[string]{}, map[string]int{}
	note := func(origins []ledger.Origin) {
		for _, o := range origins {
			if ref, ok := refOfOrigin(o); ok {
				objects.add(o.Object)
				namespaces.add(ref.Namespace)
			}
		}
	}
	note(s.served.Host.Origins)
	for i := range s.served.Host.Routes {
		r := &s.served.Host.Routes[i]
		note(r.Origins)
		if team, ok := TeamOf(r); ok {
			teams[team]++
		}
	}
	w.Objects, w.Namespaces = sortedKeys(objects), sortedKeys(namespaces)
	for _, namespace := range sortedKeys(teams) {
		w.Teams = append(w.Teams, Team{namespace, teams[namespace]})
	}
	return w
}

// TeamOf is the namespace of the object that a route stands in; false for a route that no
// object asks for.
func TeamOf(r *intent.Route) (string, bool) {
	i := slices.IndexFunc(r.Origins, func(o ledger.Origin) bool {
		_, ok := refOfOrigin(o)
		return ok
	})
	if i < 0 {
		return "", false
	}
	ref, _ := refOfOrigin(r.Origins[i])
	return ref.Namespace, true
}
