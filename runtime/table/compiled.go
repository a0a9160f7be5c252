package table

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Compiled answers as the Table of the same model does, without a scan: what a match costs
// depends on the path of the request and the conditions that it meets, and little on how
// many hosts and routes there are. It may be used by several goroutines.
type Compiled struct {
	hosts   *Directory[*index]
	forest  forest
	invalid []Invalid
}

// Hit is where a request belongs: a host, and the first of its routes that matches. It
// points into the model and must not be changed.
type Hit struct {
	Host       *intent.Host  // nil: no host of that name and no default one
	Route      *intent.Route // nil: none matched, or the target was refused
	RouteIndex int           // in the host's routes; -1 without a route
	Status     int           // 0 with a route; else 404, or 400 for a refused target
	table      *HostTable
}

// Compile makes the compiled table of a model, which must not change any more. Errors and
// what Invalid names are those of New.
func Compile(m intent.Model) (*Compiled, error) {
	t, err := New(m)
	if err != nil {
		return nil, err
	}
	ix := &indexer{leadings: map[leadingOf]string{}}
	c := &Compiled{invalid: t.invalid}
	hosts := make(map[string]*index, len(m.Hosts))
	for i := range m.Hosts {
		name := m.Hosts[i].Name
		if h := t.exact[name]; h != nil {
			hosts[name] = ix.index(h)
		}
	}
	for _, p := range t.patterns {
		hosts[p.host.host.Name] = ix.index(p.host)
	}
	if c.hosts, err = NewDirectory(m.Paths, ix.index(t.fallback)).With(hosts, nil); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if c.forest, err = ix.done(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return c, nil
}

// Invalid lists the routes and hosts that never match, by host and route.
func (c *Compiled) Invalid() []Invalid { return c.invalid }

// Match finds the host and the first of its routes that matches. It allocates nothing, but
// for what package regexp needs for the first uses of a regular expression.
func (c *Compiled) Match(p *Prepared) Hit {
	return c.hosts.Find(Name{p.host, p.name}).match(&c.forest, p)
}

// match finds the first of the host's routes that matches.
func (x *index) match(f *forest, p *Prepared) Hit {
	v := &p.views[x.paths]
	hit := Hit{Host: x.host, RouteIndex: -1, table: &x.HostTable}
	if v.reject {
		hit.Status = 400
		return hit
	}
	i := int(x.first(f, p, v).best)
	if i == len(x.routes) {
		hit.Status = 404
		return hit
	}
	hit.Route, hit.RouteIndex = &x.model[i], i
	return hit
}

// first searches the first route of the host that matches.
func (x *index) first(f *forest, p *Prepared, v *view) search {
	s := search{request: p, view: v, routes: x.routes, best: int32(len(x.routes))}
	s.in(f, x.exact, false)
	s.in(f, x.folded, true)
	return s
}

// Answer is the whole decision on the request that Match gave the hit for.
func (h Hit) Answer(p *Prepared) Decision {
	v := &p.views[h.table.paths]
	switch {
	case h.Route != nil:
		return h.table.answer(h.RouteIndex, p, v)
	case h.Status == 400:
		return h.table.refuse()
	}
	return h.table.miss(p, v)
}
