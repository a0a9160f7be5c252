package httpproxy

import (
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// ranked is a route with what Contour orders it by: its class of path, the path's text, and
// the number of header conditions down to it.
type ranked struct {
	*delegation.Placed
	class  string // exact, regex or prefix
	fixed  int    // header conditions of its includes and of its path
	mirror int    // 1 if a twin with one condition more stands beside it
}

// conditions is how many conditions on headers a route has, the one on the method left out.
func (r ranked) conditions() int {
	n := r.fixed + len(r.Match.Headers) + len(r.Match.Cookies)
	if r.asksMethod() {
		n--
	}
	return n
}

func (r ranked) asksMethod() bool {
	return slices.ContainsFunc(r.Match.Headers, func(c intent.Cond) bool { return c.Name == methodHeader })
}

// precede keeps the order of routes with one path. Contour asks those first that ask for the
// method, then those with more header conditions, then those with more query conditions, and
// breaks ties by name; where the input has another order, an earlier route gets conditions
// that always hold.
func (l *lowering) precede() {
	if !l.twins() {
		return
	}
	groups := map[group][]ranked{}
	for _, r := range l.ranked() {
		g := group{r.class, r.Match.Path.Value}
		groups[g] = append(groups[g], r)
	}
	for _, rs := range groups { // each on its own, so that the order does not matter
		slices.SortStableFunc(rs, func(a, b ranked) int { return a.Index - b.Index })
		raise(rs)
	}
}

// group are the routes that Contour orders by their conditions.
type group struct{ class, path string }

// twins says whether two routes of the tree are of one group.
func (l *lowering) twins() bool {
	seen := map[group]bool{}
	again := func(p delegation.Placed) bool {
		g := group{rank(&p, 0).class, p.Match.Path.Value}
		before := seen[g]
		seen[g] = true
		return before
	}
	if slices.ContainsFunc(l.root, again) {
		return true
	}
	return l.fanout != nil && (slices.ContainsFunc(l.fanout.Routes, again) ||
		slices.ContainsFunc(l.fanout.Teams, func(t *delegation.Team) bool { return slices.ContainsFunc(t.Routes, again) }))
}

// ranked are the routes of all objects of the tree. Of one input route the pieces in a team
// object stand before the rest that is blocked in the fanout.
func (l *lowering) ranked() []ranked {
	e := encoder{opts: l.opts}
	var all []ranked
	note := func(ps []delegation.Placed, in include, above []contour.MatchCondition) {
		for i := range ps {
			own, _ := e.path(ps[i].Route, in) // what cannot be written is told by Encode
			all = append(all, rank(&ps[i], headerConditions(above)+headerConditions(own)))
		}
	}
	note(l.root, include{}, nil)
	if l.fanout == nil {
		return all
	}
	for _, t := range l.fanout.Teams {
		if len(t.Routes) > 0 {
			in, above, _ := e.includeOf(t)
			note(t.Routes, in, above)
		}
	}
	note(l.fanout.Routes, include{}, nil)
	return all
}

func rank(p *delegation.Placed, fixed int) ranked {
	r := ranked{Placed: p, class: "exact", fixed: fixed}
	switch {
	case p.Match.Path.Kind == intent.RegexPath:
		r.class = "regex"
	case prefixed(p.Route):
		r.class = "prefix"
	}
	if p.Forward != nil && p.Forward.Rewrite != nil {
		r.mirror = 1
	}
	return r
}

func headerConditions(cs []contour.MatchCondition) int {
	n := 0
	for _, c := range cs {
		if c.Header != nil {
			n++
		}
	}
	return n
}

// raise adds conditions from the last route to the first.
func raise(rs []ranked) {
	for i := len(rs) - 1; i >= 0; i-- {
		for _, later := range rs[i+1:] {
			if exclusive(rs[i].Match, later.Match) {
				continue
			}
			if later.asksMethod() && !rs[i].asksMethod() {
				redundant(&rs[i].Route, methodHeader)
			}
			if rs[i].asksMethod() && !later.asksMethod() {
				continue
			}
			for rs[i].conditions() < later.conditions()+later.mirror || rs[i].conditions() == later.conditions()+later.mirror && len(rs[i].Match.Query) <= len(later.Match.Query) {
				redundant(&rs[i].Route, pathHeader)
			}
		}
	}
}

// redundant adds a condition that changes nothing: every request has a path and a method.
func redundant(r *intent.Route, header string) {
	r.Match.Headers = append(slices.Clip(r.Match.Headers), intent.Cond{Name: header, Op: intent.Present})
}

// exclusive says whether no request can meet both matches: one thing would have two values.
func exclusive(a, b intent.Match) bool {
	differ := func(xs, ys []intent.Cond) bool {
		return slices.ContainsFunc(xs, func(x intent.Cond) bool {
			return slices.ContainsFunc(ys, func(y intent.Cond) bool {
				return x.Name == y.Name && x.Op == intent.Is && y.Op == intent.Is && x.Value != y.Value
			})
		})
	}
	return differ(a.Headers, b.Headers) || differ(a.Cookies, b.Cookies) || differ(a.Query, b.Query)
}
