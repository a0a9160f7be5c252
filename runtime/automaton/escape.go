package automaton

import "slices"

// escapedSteps takes one escaped byte of every class. Where the raw view tells one escape
// from another, all of them are taken.
func (x *exploration) escapedSteps(s int32, cuts set) {
	forms := []written{{x.alphabet.escaped, symbol{escaped: true}}}
	if x.parted {
		lower := symbol{escaped: true, lower: true}
		forms = append(forms, written{x.alphabet.reserved, symbol{escaped: true}},
			written{cased(x.alphabet.reserved), lower}, written{cased(x.alphabet.escaped), lower})
	}
	uniform := x.alphabet.escaped != (set{}) && x.uniform(s)
	for _, f := range forms {
		if uniform {
			x.classes(s, cuts, f.bytes, Decoded, f.as)
			continue
		}
		for b := range 256 {
			if f.bytes.has(byte(b)) {
				x.step(s, symbol{byte(b), true, f.as.lower})
			}
		}
	}
}

// written are bytes in one of the ways to write them.
type written struct {
	bytes set
	as    symbol
}

// uniform says whether the raw view goes to one place by all escapes: behind the "%" it
// tells no hex digit from another.
func (x *exploration) uniform(s int32) bool {
	var at []uint32
	for _, id := range x.states[s].nodes {
		if n := &x.nodes[id]; n.view == Raw && n.kind == reading && n.reads.has('%') {
			at = append(at, n.next...)
		}
	}
	for range 2 {
		var next []uint32
		for _, id := range at {
			n := &x.nodes[id]
			some, all := n.onDigits()
			if some && !all {
				return false
			}
			if all {
				next = append(next, n.next...)
			}
		}
		slices.Sort(next)
		at = slices.Compact(next)
	}
	return true
}

// onDigits says whether a node reads some of the hex digits, and whether all.
func (n *node) onDigits() (some, all bool) {
	all = true
	for _, digits := range []string{hexDigits, lowerDigits} {
		for i := range len(digits) {
			has := n.kind == reading && n.reads.has(digits[i])
			some, all = some || has, all && has
		}
	}
	return some, all
}
