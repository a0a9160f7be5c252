package httpproxy

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// precede keeps the order of routes with one path. Contour asks those with more header
// conditions first, and breaks ties by name; where the input has another order, an earlier
// route gets a redundant condition that its header is present.
func (l *lowering) precede() {
	var all []*delegation.Placed
	note := func(ps []delegation.Placed) {
		for i := range ps {
			all = append(all, &ps[i])
		}
	}
	note(l.root)
	if l.fanout != nil {
		note(l.fanout.Routes)
		for _, t := range l.fanout.Teams {
			note(t.Routes)
		}
	}
	slices.SortStableFunc(all, func(a, b *delegation.Placed) int { return a.Index - b.Index })
	byPath := map[intent.Path][]*intent.Route{}
	for _, p := range all {
		byPath[p.Match.Path] = append(byPath[p.Match.Path], &p.Route)
	}
	for _, rs := range byPath { // each on its own, so that the order does not matter
		raise(rs)
	}
}

// raise adds conditions from the last route to the first.
func raise(rs []*intent.Route) {
	for i := len(rs) - 1; i >= 0; i-- {
		for _, later := range rs[i+1:] {
			if exclusive(rs[i].Match, later.Match) {
				continue
			}
			for count(rs[i].Match) <= count(later.Match) && redundant(rs[i]) {
			}
		}
	}
}

// count is the number of header conditions that a match becomes.
func count(m intent.Match) int { return len(m.Headers) + len(m.Cookies) }

// redundant adds a condition that changes nothing; false if the match has none to repeat.
func redundant(r *intent.Route) bool {
	name := ""
	switch {
	case len(r.Match.Headers) > 0:
		name = r.Match.Headers[0].Name
	case len(r.Match.Cookies) > 0:
		name = "cookie"
	default:
		return false
	}
	r.Match.Headers = append(slices.Clip(r.Match.Headers), intent.Cond{Name: name, Op: intent.Present})
	return true
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
	return differ(a.Headers, b.Headers) || differ(a.Cookies, b.Cookies)
}
