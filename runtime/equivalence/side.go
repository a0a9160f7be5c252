package equivalence

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// side is one of the tables that are compared, for one host.
type side struct {
	table  *table.HostTable
	view   automaton.View
	routes []sideRoute
}

// sideRoute is a route as the walk sees it: numbers of path conditions in the automaton,
// and of conditions on variables.
type sideRoute struct {
	*intent.Route
	index   int
	path    int
	targets []target
	atoms   []atom
	rewrite *rewriteForms // nil: the path stays
}

// atom is one condition on a variable.
type atom struct{ variable, cond int }

// question is everything that one host is asked: the sides, the conditions on paths, and
// the variables.
type question struct {
	host      string
	paths     *automaton.Automaton
	literals  []literalText // by condition on a path
	probes    automaton.Set
	sides     []side
	cookies   bool // some route has a condition on the Cookie header as a whole
	targets   bool // some route has a condition on path and query together
	variables []variable
	numbers   map[varName]int
}

type varName struct {
	kind kind
	name string
}

// question compiles the sides; the one before is no more. It fails for what the comparison
// cannot follow.
func (r *Room) question(host string, tables []*table.HostTable, edits []intent.Edit, escapes bool) (*question, error) {
	if r.alphabet == nil {
		r.alphabet = automaton.Paths()
	}
	r.paths.Reset(r.alphabet, escapes)
	q := &question{
		host: host, paths: &r.paths, literals: r.literals[:0],
		variables: []variable{{kind: ofScheme}, {kind: ofQuery}}, numbers: map[varName]int{{kind: ofScheme}: 0, {kind: ofQuery}: 1},
	}
	q.cookies = slices.ContainsFunc(tables, wholeCookies)
	q.sides = make([]side, len(tables))
	for i, t := range tables {
		var err error
		if q.sides[i], err = q.side(t); err != nil {
			return nil, err
		}
	}
	if err := q.probe(edits); err != nil {
		return nil, err
	}
	r.literals = q.literals
	q.variables[1].name = "q"
	for _, taken := q.numbers[varName{ofArgument, q.variables[1].name}]; taken; _, taken = q.numbers[varName{ofArgument, q.variables[1].name}] {
		q.variables[1].name += "q"
	}
	for i := range q.variables {
		if q.targets && q.variables[i].kind == ofArgument {
			return nil, errors.New("conditions on :path and on query arguments together are not followed")
		}
		if err := q.variables[i].settle(); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *question) side(t *table.HostTable) (side, error) {
	s := side{table: t, view: automaton.Decoded}
	h := t.Host()
	if h == nil {
		return s, nil
	}
	q.variables[0].secure = q.variables[0].secure || h.TLS != nil && !relays(h)
	if t.Paths() == intent.Normalized {
		s.view = automaton.Raw
	}
	s.routes = make([]sideRoute, 0, len(h.Routes))
	for i := range h.Routes {
		if t.Never(i) {
			continue
		}
		r, err := q.route(&s, &h.Routes[i], i)
		if err != nil {
			return s, fmt.Errorf("route %s: %w", h.Routes[i].Match.Path, err)
		}
		s.routes = append(s.routes, r)
	}
	return s, nil
}

func (q *question) route(s *side, from *intent.Route, index int) (r sideRoute, err error) {
	r.Route, r.index = from, index
	if r.path, err = q.path(from.Match.Path, s.view); err != nil {
		return r, err
	}
	for _, c := range from.Match.Headers {
		if err := q.header(&r, s.view, c); err != nil {
			return r, err
		}
	}
	for _, c := range from.Match.Query {
		q.atom(&r, ofArgument, c.Name, c)
	}
	for _, c := range from.Match.Cookies {
		if q.cookies {
			q.want(&r, ofHeader, "cookie", headerOf(c, s.view))
		} else {
			q.atom(&r, ofCookie, c.Name, c)
		}
	}
	if len(from.Match.Methods) > 0 {
		q.atom(&r, ofMethod, "", intent.Cond{Op: intent.Matches, Value: alternatives(from.Match.Methods)})
	}
	r.rewrite, err = q.rewrites(from, s.view)
	return r, err
}

// path adds a condition on the path, and remembers how much of it a literal fixes.
func (q *question) path(p intent.Path, view automaton.View) (int, error) {
	p = table.Plain(p)
	n, err := q.paths.Add(p, view)
	if err == nil && p.Kind != intent.RegexPath && !p.Fold && (view == automaton.Raw || clean(p.Value)) {
		text := p.Value
		if p.Kind == intent.SegmentPrefix {
			text = strings.TrimSuffix(text, "/")
		}
		for len(q.literals) <= n {
			q.literals = append(q.literals, literalText{})
		}
		q.literals[n] = literalText{len(text), p.Kind == intent.ExactPath}
	}
	return n, err
}

// header adds a condition on a header. Pseudo headers stand for other parts of the request,
// and behind Envoy some others do, too.
func (q *question) header(r *sideRoute, view automaton.View, c intent.Cond) error {
	name := strings.ToLower(c.Name)
	switch {
	case name == ":method":
		q.atom(r, ofMethod, "", c)
		return nil
	case name == ":scheme", name == "x-forwarded-proto" && view == automaton.Raw:
		q.atom(r, ofScheme, "", c)
		return nil
	case name == ":path" && view == automaton.Raw:
		return q.target(r, c)
	case name == ":path", name == ":authority", name == "host" && view == automaton.Raw:
		return fmt.Errorf("a condition on %s is not followed", name)
	}
	q.atom(r, ofHeader, name, c)
	return nil
}

func (q *question) atom(r *sideRoute, k kind, name string, c intent.Cond) {
	c.Name = name
	q.want(r, k, name, wanted{Cond: c})
}

func (q *question) want(r *sideRoute, k kind, name string, c wanted) {
	key := varName{k, name}
	n, known := q.numbers[key]
	if !known {
		n = len(q.variables)
		q.numbers[key] = n
		q.variables = append(q.variables, variable{kind: k, name: name})
	}
	r.atoms = append(r.atoms, atom{n, q.variables[n].number(c)})
}

// wholeCookies says whether a host has a condition on the Cookie header as a whole.
func wholeCookies(t *table.HostTable) bool {
	return t.Host() != nil && slices.ContainsFunc(t.Host().Routes, func(r intent.Route) bool {
		return slices.ContainsFunc(r.Match.Headers, func(c intent.Cond) bool { return strings.EqualFold(c.Name, "cookie") })
	})
}

// alternatives is a pattern for one of several texts.
func alternatives(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = regexp.QuoteMeta(t)
	}
	slices.Sort(quoted)
	return strings.Join(quoted, "|")
}
