package proxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// state is what is served at one moment. It does not change.
type state struct {
	sites map[string]*site
	envoy *table.Directory[*site] // sites of either plane
	nginx *table.Directory[*site]

	hasNginx bool // there is a site of the nginx kind
}

func newState() *state {
	return &state{
		sites: map[string]*site{},
		envoy: table.NewDirectory[*site](intent.Normalized, nil),
		nginx: table.NewDirectory[*site](intent.Decoded, nil),
	}
}

// find is the site of a Host header or server name, nil if there is none: an exact name
// before one that stands for many, and only hosts of the nginx kind have one for all.
func (s *state) find(n table.Name) *site {
	if found, ok := s.envoy.Exact(n); ok {
		return found
	}
	if found, ok := s.nginx.Exact(n); ok {
		return found
	}
	if found, ok := s.envoy.Pattern(n); ok {
		return found
	}
	if found, ok := s.nginx.Pattern(n); ok {
		return found
	}
	return s.nginx.Other()
}

// forServerName is the site whose certificate a TLS client gets for a server name: the
// exact one if it is served over https, else the wildcard's. Envoy chooses among the names
// that have a certificate only.
func (s *state) forServerName(n table.Name) *site {
	if found, ok := s.envoy.Exact(n); ok && found.TLS != nil {
		return found
	}
	if found, ok := s.nginx.Exact(n); ok {
		return found
	}
	if found, ok := s.envoy.Pattern(n); ok && found.TLS != nil {
		return found
	}
	if found, ok := s.nginx.Pattern(n); ok {
		return found
	}
	return nil
}

// with is the state after a change of sites, nil ones being gone.
func (s *state) with(changed map[string]*site) (*state, error) {
	next := &state{sites: make(map[string]*site, len(s.sites)+len(changed))}
	for name, x := range s.sites {
		next.sites[name] = x
	}
	sets := map[intent.PathForm]map[string]*site{intent.Normalized: {}, intent.Decoded: {}}
	var gone []string
	for name, x := range changed {
		gone = append(gone, name) // it may have been of the other kind
		if x == nil {
			delete(next.sites, name)
			continue
		}
		next.sites[name] = x
		sets[x.Plane][name] = x
	}
	var err error
	if next.envoy, err = s.envoy.With(sets[intent.Normalized], gone); err != nil {
		return nil, err
	}
	if next.nginx, err = s.nginx.With(sets[intent.Decoded], gone); err != nil {
		return nil, err
	}
	for _, x := range next.sites {
		if next.hasNginx = x.Plane == intent.Decoded; next.hasNginx {
			break
		}
	}
	return next, nil
}
