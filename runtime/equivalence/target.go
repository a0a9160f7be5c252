package equivalence

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
)

// target is a condition on path and query together, which Envoy holds in ":path".
type target struct {
	cond     intent.Cond
	number   int // of the condition on the path, and on what stands behind "?"
	negative bool
	anyhow   bool // the text does not matter
}

// target adds a condition on :path to a route.
func (q *question) target(r *sideRoute, c intent.Cond) (err error) {
	t := target{cond: c}
	p, looks := textCondition(c)
	switch c.Op {
	case intent.Present:
		return nil // every request has one
	case intent.Absent, intent.IsNot, intent.NotHas, intent.NotMatches:
		t.negative = true
	}
	if t.anyhow = !looks; looks {
		if t.number, err = q.paths.Add(p, automaton.Raw); err != nil {
			return fmt.Errorf("condition on :path: %w", err)
		}
		q.paths.LookBehind(t.number, '?')
	}
	q.targets = true
	r.targets = append(r.targets, t)
	return nil
}

// holds says whether the condition holds for the paths of an end, without a query or with
// the one at a place in the end's list.
func (t *target) holds(e automaton.End, query int) bool {
	switch {
	case t.anyhow:
		return !t.negative
	case query < 0:
		return e.Holds.Has(t.number) != t.negative
	}
	return e.Behind[query].Holds.Has(t.number) != t.negative
}
