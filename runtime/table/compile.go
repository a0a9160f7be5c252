package table

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// compiler makes host tables.
type compiler struct {
	table *Table
	*regexes
}

// route is a route with its regular expressions compiled.
type route struct {
	*intent.Route
	never    bool           // a regular expression does not compile
	end      ending         // behind text
	text     string         // that the path begins with; unless path is set
	path     *regexp.Regexp // that is found in the path
	conds    []cond
	to       *intent.Rewrite // nil: the path stays
	rewrite  *rewriter       // of a rewrite or redirect by regular expression
	dead     bool            // no backend can have an endpoint
	request  *changes
	response *changes
}

func (c *compiler) host(h *intent.Host) (*HostTable, error) {
	hsts := newChanges(hstsHeaders(h.TLS))
	ht := &HostTable{host: h, paths: c.table.paths, routes: make([]route, len(h.Routes)), fallback: hsts}
	for i := range h.Routes {
		if err := check(&h.Routes[i]); err != nil {
			return nil, fmt.Errorf("model: host %q: route %d: %w", h.Name, i, err)
		}
		r, err := c.route(&h.Routes[i], hsts)
		if err != nil {
			c.table.invalid = append(c.table.invalid, Invalid{Host: h.Name, RouteIndex: i, Err: err})
			r = route{Route: &h.Routes[i], never: true}
		}
		ht.routes[i] = r
	}
	return ht, nil
}

// route fails where a regular expression does not compile.
func (c *compiler) route(from *intent.Route, hsts *changes) (r route, err error) {
	r.Route = from
	p, plain := from.Match.Path, false
	if r.text, r.end, plain = shape(p); !plain {
		if r.path, err = c.compile(expression{text: p.Value, fold: p.Fold}); err != nil {
			return r, fmt.Errorf("path: %w", err)
		}
	}
	if r.conds, err = c.conds(from.Match); err != nil {
		return r, err
	}
	if from.Forward == nil {
		if red := from.Redirect; red != nil && red.From != "" {
			if r.rewrite, err = c.rewriter(expression{text: red.From, fold: true}); err != nil {
				return r, fmt.Errorf("redirect: %w", err)
			}
		}
		return r, nil
	}
	r.to, r.dead = from.Forward.Rewrite, !anyEndpoint(from.Forward.Backends)
	if w := r.to; w != nil && w.Kind == intent.RegexRewrite {
		if r.rewrite, err = c.rewriter(expression{text: w.From, fold: w.Fold}); err != nil {
			return r, fmt.Errorf("rewrite: %w", err)
		}
	}
	r.request = newChanges(from.Forward.Request)
	r.response = hsts.before(from.Forward.Response)
	return r, nil
}

func mentions(changes []intent.HeaderChange, name string) bool {
	for _, c := range changes {
		if strings.EqualFold(c.Name, name) {
			return true
		}
	}
	return false
}

// check holds a route against the rules of package intent.
func check(r *intent.Route) error {
	actions := 0
	for _, set := range []bool{r.Forward != nil, r.Redirect != nil, r.Respond != nil} {
		if set {
			actions++
		}
	}
	if actions != 1 {
		return fmt.Errorf("%d of forward, redirect and respond are set, want one", actions)
	}
	if r.Match.Path.Kind > intent.RegexPath {
		return fmt.Errorf("path kind %d is unknown", r.Match.Path.Kind)
	}
	if f := r.Forward; f != nil && f.Rewrite != nil && f.Rewrite.Kind > intent.RegexRewrite {
		return fmt.Errorf("rewrite kind %d is unknown", f.Rewrite.Kind)
	}
	for _, conds := range [][]intent.Cond{r.Match.Headers, r.Match.Query, r.Match.Cookies} {
		for _, c := range conds {
			if c.Op > intent.NotMatches {
				return fmt.Errorf("condition on %s: operator %d is unknown", c.Name, c.Op)
			}
		}
	}
	return nil
}
