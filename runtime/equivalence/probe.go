package equivalence

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
)

// A probe is a condition on the path that no route has, and that tells requests apart by
// what an edit or a rewrite says of them.

// probed marks a condition as one that decisions depend on.
func (q *question) probed(n int) {
	for len(q.probes) <= n>>6 {
		q.probes = append(q.probes, 0)
	}
	q.probes[n>>6] |= 1 << (n & 63)
}

// probe adds what the guards of edits ask for.
func (q *question) probe(edits []intent.Edit) error {
	if len(q.sides) == 0 || q.sides[0].table.Host() == nil {
		return nil
	}
	routes := q.sides[0].table.Host().Routes
	for _, e := range edits {
		if e.Route < 0 || e.Route >= len(routes) || e.Guard == intent.Always {
			continue
		}
		lit := literal(routes[e.Route].Match.Path)
		for _, p := range guardPaths(e.Guard, lit) {
			n, err := q.path(p, automaton.Raw)
			if err != nil {
				return err
			}
			q.probed(n)
		}
	}
	return nil
}

// guardPaths are the conditions that a guard is made of, for a route with a literal.
func guardPaths(g intent.Guard, lit string) []intent.Path {
	exact := intent.Path{Kind: intent.ExactPath, Value: lit}
	prefix := intent.Path{Kind: intent.StringPrefix, Value: lit}
	folded := intent.Path{Kind: intent.StringPrefix, Value: lit, Fold: true}
	segment := intent.Path{Kind: intent.SegmentPrefix, Value: lit}
	switch g {
	case intent.CaseOnly:
		return []intent.Path{prefix, folded}
	case intent.OpenEnd, intent.Widened:
		return []intent.Path{prefix, segment}
	case intent.BelowPath, intent.EmptyRest:
		return []intent.Path{exact}
	}
	return nil
}

// fixed is how many first bytes all paths of an end share, and whether they are the same
// path.
func (q *question) fixed(e automaton.End) (n int, whole bool) {
	for number, l := range q.literals {
		if (l.length > n || l.whole) && e.Holds.Has(number) {
			n = max(n, l.length)
			whole = whole || l.whole
		}
	}
	return n, whole
}

// literalText is a condition that fixes the first bytes of a path; others fix none.
type literalText struct {
	length int
	whole  bool // and there are no others
}
