package equivalence

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
)

// target adds a condition on path and query together, as two on the path: what holds
// without a query, and what holds whatever the query is. A condition that looks into the
// query is not followed.
func (q *question) target(r *sideRoute, c intent.Cond) error {
	t := target{cond: c}
	p, looks := textCondition(c)
	switch c.Op {
	case intent.Present:
		return nil // every request has one
	case intent.Absent:
		t.onlyPresent, t.negative = true, true
	case intent.IsNot, intent.NotHas, intent.NotMatches:
		t.negative = true
	}
	if looks {
		if err := q.halves(&t, p); err != nil {
			return fmt.Errorf("condition on :path: %w", err)
		}
	}
	r.targets = append(r.targets, t)
	return nil
}

func (q *question) halves(t *target, p intent.Path) (err error) {
	if t.without, err = q.paths.Add(p, automaton.Raw); err != nil {
		return err
	}
	all, some, err := q.paths.AddBefore(p, automaton.Raw, '?')
	t.with, t.sometimes = all, some
	return err
}

// holds says whether the condition holds for the paths of an end, with or without a query;
// sure is false where that depends on the query's text.
func (t *target) holds(e automaton.End, query bool) (holds, sure bool) {
	switch {
	case t.onlyPresent:
		return !t.negative, true
	case !query:
		return e.Holds.Has(t.without) != t.negative, true
	case e.Holds.Has(t.with):
		return !t.negative, true
	}
	return t.negative, !e.Holds.Has(t.sometimes)
}
