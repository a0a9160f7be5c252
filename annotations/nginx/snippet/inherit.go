package snippet

import "slices"

// declared are the steps that hold wherever they stand.
func declared(steps []Step) []Step {
	var out []Step
	for _, s := range steps {
		if s.Do.array() != "" {
			out = append(out, s)
		}
	}
	return out
}

// Inherit is what is in force in an inner place: its own steps, and those of the outer one
// that it has nothing of the same kind in the place of. Those of headers-more add up, the
// outer ones first. Steps that run in their place are left out.
func Inherit(outer, inner []Step) []Step { return append(Outer(outer, inner), declared(inner)...) }

// Outer are the steps of an outer place that are in force in an inner one (see Inherit).
func Outer(outer, inner []Step) []Step {
	own := declared(inner)
	var out []Step
	for _, s := range declared(outer) {
		kind := s.Do.array()
		if kind == "more" || !slices.ContainsFunc(own, func(o Step) bool { return o.Do.array() == kind }) {
			out = append(out, s)
		}
	}
	return out
}

// Without leaves out the steps of some kinds, which are named as their directives; deny and
// allow are "access".
func Without(steps []Step, kinds ...string) []Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return slices.Contains(kinds, s.Do.array()) })
}

// Locations are the blocks among the steps.
func Locations(steps []Step) []Location {
	var out []Location
	for _, s := range steps {
		if l, ok := s.Do.(Location); ok {
			out = append(out, l)
		}
	}
	return out
}

// Sets are the steps, those in blocks too, that give a variable a value.
func Sets(steps []Step) []Step {
	var out []Step
	for _, s := range steps {
		switch a := s.Do.(type) {
		case Set:
			out = append(out, s)
		case If:
			out = append(out, Sets(a.Then)...)
		}
	}
	return out
}

// Declares says whether an if among the steps does more than to run in its place.
func Declares(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { a, ok := s.Do.(If); return ok && len(declared(a.Then)) > 0 })
}
