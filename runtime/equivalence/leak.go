package equivalence

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// mayLeak says whether a request to a guarded route before might be answered by a route with
// less of a guard after, for instance behind escapes: there are routes that refuse requests,
// and not every route that forwards after refuses in the same way.
func mayLeak(before, after *intent.Host, edits []intent.Edit) bool {
	if before == nil {
		return false
	}
	opaque := slices.ContainsFunc(before.Routes, func(r intent.Route) bool {
		return slices.ContainsFunc(r.Opaque, func(o intent.Opaque) bool { return o.Security })
	})
	answers := slices.ContainsFunc(before.Routes, func(r intent.Route) bool { return answersFirst(&r) })
	return opaque || answers || slices.ContainsFunc(guards, func(d intent.Dimension) bool { return !throughout(d, before, after, edits) })
}

// throughout says whether all routes that have a guard before have the same, and all that
// forward after have it, too, or one that an edit of each of the former names.
func throughout(d intent.Dimension, before, after *intent.Host, edits []intent.Edit) bool {
	was, same := alikeIn(d, before, func(r *intent.Route) bool { return r.Has(d) })
	if was == nil || !same || after == nil {
		return same
	}
	is, same := alikeIn(d, after, func(r *intent.Route) bool { return r.Forward != nil })
	if is == nil || !same {
		return same
	}
	if intent.SameIn(d, was, is) {
		return true
	}
	from, to := was.Text(d), is.Text(d)
	return to != "" && !slices.ContainsFunc(indices(before, d), func(i int) bool {
		return !slices.ContainsFunc(edits, func(e intent.Edit) bool {
			return e.Dimension == d && e.Route == i && e.From == from && e.To == to
		})
	})
}

// alikeIn is one of the routes of a kind, nil if there are none, and whether all of them do
// the same in a part.
func alikeIn(d intent.Dimension, h *intent.Host, kind func(*intent.Route) bool) (one *intent.Route, same bool) {
	for i := range h.Routes {
		switch r := &h.Routes[i]; {
		case !kind(r):
		case one == nil:
			one = r
		case !intent.SameIn(d, one, r):
			return one, false
		}
	}
	return one, true
}

// indices are those of the routes that do something in a part.
func indices(h *intent.Host, d intent.Dimension) (all []int) {
	for i := range h.Routes {
		if h.Routes[i].Has(d) {
			all = append(all, i)
		}
	}
	return all
}
