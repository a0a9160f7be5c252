package proxy

import (
	"cmp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// state is what is served at one moment. It does not change.
type state struct {
	sites *table.Names[*site]
	envoy *table.Directory[*site] // sites of either plane
	nginx *table.Directory[*site]

	routes     int
	nginxSites int                        // sites of the nginx kind
	secured    *table.Names[*intent.HSTS] // what these say of HSTS, if they do
}

func newState() *state {
	return &state{
		sites: table.NewNames[*site](), secured: table.NewNames[*intent.HSTS](),
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

// forServerName is the site by which a TLS client's handshake is made: the one of the server
// name, else nginx's default server; nil if there is none.
func (s *state) forServerName(serverName string) *site {
	return cmp.Or(s.named(serverName), s.nginx.Other())
}

// named is the site that has a server name: the exact one if it is served over https, else the
// wildcard's. Envoy chooses among the names that have a certificate only.
func (s *state) named(serverName string) *site {
	n := table.NameOf(serverName)
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
	return s.belowWildcard(serverName)
}

// belowWildcard is the site of the longest wildcard that a server name is below, by any
// number of labels: so Envoy chooses certificates, although the routes are for one label only.
func (s *state) belowWildcard(serverName string) *site {
	host, _, _ := strings.Cut(strings.ToLower(serverName), ":")
	for _, parent, found := strings.Cut(host, "."); found; _, parent, found = strings.Cut(parent, ".") {
		if x, ok := s.sites.Get("*." + parent); ok && x.Plane == intent.Normalized && x.TLS != nil {
			return x
		}
	}
	return nil
}

// with is the state after a change of sites, nil ones being gone. It costs what the change
// touches, however many other sites there are.
func (s *state) with(changed map[string]*site) (*state, error) {
	next := &state{routes: s.routes, nginxSites: s.nginxSites}
	sets := map[intent.PathForm]map[string]*site{intent.Normalized: {}, intent.Decoded: {}}
	now, secured := map[string]*site{}, map[string]*intent.HSTS{}
	var gone []string
	for name, x := range changed {
		gone = append(gone, name) // it may have been of the other kind
		if before, there := s.sites.Get(name); there {
			next.count(before, -1)
		}
		if x == nil {
			continue
		}
		next.count(x, 1)
		now[name], sets[x.Plane][name] = x, x
		if t := x.Host.TLS; x.Plane == intent.Decoded && t != nil && t.HSTS != nil {
			secured[name] = t.HSTS
		}
	}
	next.sites, next.secured = s.sites.With(now, gone), s.secured.With(secured, gone)
	var err error
	if next.envoy, err = s.envoy.With(sets[intent.Normalized], gone); err != nil {
		return nil, err
	}
	next.nginx, err = s.nginx.With(sets[intent.Decoded], gone)
	if err != nil {
		return nil, err
	}
	return next, nil
}

// count counts a site in (1) or out (-1).
func (s *state) count(x *site, by int) {
	s.routes += by * len(x.routes)
	if x.Plane == intent.Decoded {
		s.nginxSites += by
	}
}

// hsts is what nginx's default server says of it: the settings are the controller's, and
// those of any site of its kind.
func (s *state) hsts() *intent.HSTS {
	for _, h := range s.secured.All() {
		return h
	}
	return nil
}
