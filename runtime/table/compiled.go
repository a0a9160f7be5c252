package table

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Compiled answers as the Table of the same model does, without a scan: what a match costs
// depends on the path of the request and the conditions that it meets, and little on how
// many hosts and routes there are. It may be used by several goroutines.
type Compiled struct {
	envoy     bool // hosts are looked up as Envoy does it
	exact     map[string]*index
	wildcards map[string]*index // by what follows the "*"
	regexes   []hostRegex       // by name; all of them stand behind all wildcards
	fallback  *index
	forest    forest
	invalid   []Invalid
}

// hostRegex is a "~" name.
type hostRegex struct {
	pattern
	index *index
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
	c := &Compiled{
		envoy: m.Paths == intent.Normalized,
		exact: make(map[string]*index, len(t.exact)), wildcards: map[string]*index{},
		fallback: ix.index(t.fallback), invalid: t.invalid,
	}
	for i := range m.Hosts {
		name := m.Hosts[i].Name
		if h := t.exact[name]; h != nil {
			c.exact[name] = ix.index(h)
		}
	}
	for _, p := range t.patterns {
		if p.regex == nil {
			c.wildcards[p.suffix] = ix.index(p.host)
		} else {
			c.regexes = append(c.regexes, hostRegex{p, ix.index(p.host)})
		}
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
	x := c.find(p.host, p.name)
	v := &p.views[x.paths]
	hit := Hit{Host: x.host, RouteIndex: -1, table: &x.HostTable}
	if v.reject {
		hit.Status = 400
		return hit
	}
	i := int(c.first(x, p, v).best)
	if i == len(x.routes) {
		hit.Status = 404
		return hit
	}
	hit.Route, hit.RouteIndex = &x.model[i], i
	return hit
}

// first searches the first route of a host that matches.
func (c *Compiled) first(x *index, p *Prepared, v *view) search {
	s := search{request: p, view: v, routes: x.routes, best: int32(len(x.routes))}
	s.in(&c.forest, x.exact, false)
	s.in(&c.forest, x.folded, true)
	return s
}

// find is the index of the host as it was sent, or by its name, as Table.Host finds it. A
// wildcard's "*" is one label and no dot is in a label, so that only one of them can match.
func (c *Compiled) find(host, name string) *index {
	if x, ok := c.exact[name]; ok && !(c.envoy && strings.HasSuffix(host, ".")) {
		return x
	}
	label := isLabel
	if c.envoy {
		name, label = host, isLowerLabel
	}
	if dot := strings.IndexByte(name, '.'); dot > 0 && label(name[:dot]) {
		if x, ok := c.wildcards[name[dot:]]; ok {
			return x
		}
	}
	for i := range c.regexes {
		if c.regexes[i].matches(hostName(host)) {
			return c.regexes[i].index
		}
	}
	return c.fallback
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
