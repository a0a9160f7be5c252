// Package table says what an intent.Model answers to a request. It has two matchers that
// say the same. Table is the reference: a plain scan, in order, over the routes of a host;
// every proof asks it, and Compiled is held against it. Compiled is for serving: it looks
// a host up by its name, and its first matching route in a trie of the texts that paths
// begin with, where it finds the few routes that can match at all. Both read requests,
// check conditions and make answers with the same code.
package table

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Table answers requests by one model, which must not change any more. It may be used by
// several goroutines.
type Table struct {
	paths    intent.PathForm
	exact    map[string]*HostTable
	patterns []pattern  // wildcards and regexes, by name: nginx makes regexes of both and tries them in that order
	fallback *HostTable // the host "", or a table without routes
	invalid  []Invalid
}

// pattern is a host name that stands for many.
type pattern struct {
	suffix string         // of a wildcard: ".example.com"
	regex  *regexp.Regexp // of a "~" name
	host   *HostTable
}

// HostTable answers requests to one host of a table.
type HostTable struct {
	host     *intent.Host
	paths    intent.PathForm
	routes   []route
	fallback *changes // headers of an answer that no forwarding route gives
}

// Invalid is a route that never matches, or with RouteIndex -1 a host that is never
// chosen, because a regular expression in it does not compile.
type Invalid struct {
	Host       string
	RouteIndex int
	Err        error
}

// New makes the table of a model. A regular expression that does not compile costs only
// its own route, which Invalid names; an error says that the model breaks a rule of
// package intent (hosts sorted and unique, one action a route, known kinds).
func New(m intent.Model) (*Table, error) { return build(m, newRegexes()) }

// Pair makes the tables of two models that are to be compared; what both have in common is
// compiled once. See New.
func Pair(before, after intent.Model) (b, a *Table, err error) {
	all, err := All(before, after)
	if err != nil {
		return nil, nil, err
	}
	return all[0], all[1], nil
}

// All makes the tables of several models; what they have in common is compiled once. See
// New.
func All(models ...intent.Model) ([]*Table, error) {
	shared := newRegexes()
	tables := make([]*Table, len(models))
	for i, m := range models {
		var err error
		if tables[i], err = build(m, shared); err != nil {
			return nil, fmt.Errorf("model %d of %d: %w", i+1, len(models), err)
		}
	}
	return tables, nil
}

func build(m intent.Model, x *regexes) (*Table, error) {
	t := &Table{paths: m.Paths, exact: make(map[string]*HostTable, len(m.Hosts)), fallback: &HostTable{paths: m.Paths}}
	if m.Paths > intent.Normalized {
		return nil, fmt.Errorf("model: path form %d is unknown", m.Paths)
	}
	c := compiler{table: t, regexes: x}
	for i := range m.Hosts {
		h := &m.Hosts[i]
		if i > 0 && m.Hosts[i-1].Name >= h.Name {
			return nil, fmt.Errorf("model: host %q stands behind %q: hosts must be sorted and unique", h.Name, m.Hosts[i-1].Name)
		}
		ht, err := c.host(h)
		if err != nil {
			return nil, err
		}
		t.add(ht, &c)
	}
	return t, nil
}

// add files a host under its name.
func (t *Table) add(ht *HostTable, c *compiler) {
	name := ht.host.Name
	switch {
	case name == "":
		t.fallback = ht
	case strings.HasPrefix(name, "*."):
		t.patterns = append(t.patterns, pattern{suffix: name[1:], host: ht})
	case strings.HasPrefix(name, "~"):
		re, err := c.compile(expression{text: name[1:], fold: true})
		if err != nil {
			t.invalid = append(t.invalid, Invalid{Host: name, RouteIndex: -1, Err: fmt.Errorf("host name: %w", err)})
			return
		}
		t.patterns = append(t.patterns, pattern{regex: re, host: ht})
	default:
		t.exact[name] = ht
	}
}

// Invalid lists the routes and hosts that never match, by host and route.
func (t *Table) Invalid() []Invalid { return t.invalid }

// Host is the table of the host that a request with this Host header belongs to: the one
// of that name, else the first wildcard or regex by name that matches, else the default
// host. It is never nil: without a default host it is a table that answers 404.
func (t *Table) Host(header string) *HostTable {
	host := withoutPort(header)
	return t.find(host, hostName(host))
}

// find looks a host up as it was sent, without its port, and by its name. To Envoy a dot
// at the end is part of the name.
func (t *Table) find(host, name string) *HostTable {
	envoy := t.paths == intent.Normalized
	if h := t.exact[name]; h != nil && !(envoy && strings.HasSuffix(host, ".")) {
		return h
	}
	for i := range t.patterns {
		p := &t.patterns[i]
		if envoy && p.regex == nil && p.labels(host) || !(envoy && p.regex == nil) && p.matches(name) {
			return p.host
		}
	}
	return t.fallback
}

// Match says what the model answers.
func (t *Table) Match(r Request) Decision { return t.MatchPrepared(Prepare(r)) }

// MatchPrepared is Match for a request that is asked more than once.
func (t *Table) MatchPrepared(p *Prepared) Decision { return t.find(p.host, p.name).Match(p) }

// Host is the model's host; nil in the table that stands for unknown hosts.
func (h *HostTable) Host() *intent.Host { return h.host }

// Match says what this host answers, whatever host the request names.
func (h *HostTable) Match(p *Prepared) Decision {
	v := &p.views[h.paths]
	if v.reject {
		return h.refuse()
	}
	for i := range h.routes {
		if h.routes[i].matches(p, v) {
			return h.answer(i, p, v)
		}
	}
	return h.miss(p, v)
}

// Patterned says whether a host is given by a regular expression.
func (t *Table) Patterned() bool {
	return slices.ContainsFunc(t.patterns, func(p pattern) bool { return p.regex != nil })
}

// Paths is the form in which the host's routes read paths.
func (h *HostTable) Paths() intent.PathForm { return h.paths }

// Never says whether the route at index i matches nothing, because a regular expression of
// it does not compile.
func (h *HostTable) Never(i int) bool { return h.routes[i].never }

// MatchDecoded is Match as if this host's data plane decoded escapes before it compares a
// path with a pattern. Paths without a pattern are compared as they always are.
func (h *HostTable) MatchDecoded(p *Prepared) Decision {
	v := &p.views[h.paths]
	if v.reject {
		return Decision{Host: h.host, RouteIndex: -1, Status: 400}
	}
	decoded := *v
	decoded.path = p.views[intent.Decoded].path
	for i := range h.routes {
		seen := v
		if h.routes[i].Match.Path.Kind == intent.RegexPath {
			seen = &decoded
		}
		if h.routes[i].matches(p, seen) {
			return h.answer(i, p, v)
		}
	}
	return h.miss(p, v)
}

// Has says whether the table has a host of exactly this name, as a model spells it.
func (t *Table) Has(name string) bool {
	if name == "" {
		return t.fallback.host != nil
	}
	return t.exact[name] != nil || slices.ContainsFunc(t.patterns, func(p pattern) bool { return p.host.host.Name == name })
}
