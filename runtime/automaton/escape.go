package automaton

import "slices"

// escapedSteps takes one escaped byte of every class. Where the raw view tells one escape
// from another, all of them are taken.
func (x *exploration) escapedSteps(s int32, cuts set) {
	forms := []set{x.alphabet.escaped}
	if x.parted {
		forms = append(forms, x.alphabet.reserved)
	}
	uniform := x.alphabet.escaped != (set{}) && x.uniform(s)
	for _, of := range forms {
		if !uniform {
			for b := range 256 {
				if of.has(byte(b)) {
					x.step(s, symbol{b: byte(b), escaped: true})
				}
			}
			continue
		}
		x.classes(s, cuts, of, Decoded, true)
	}
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
	for i := range len(hexDigits) {
		has := n.kind == reading && n.reads.has(hexDigits[i])
		some, all = some || has, all && has
	}
	return some, all
}
