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
	if x.alphabet.escaped != (set{}) && x.uniform(s) {
		for _, f := range forms {
			x.classes(s, cuts, f.bytes, Decoded, f.as)
		}
		return
	}
	groups := x.groups(s)
	for _, f := range forms {
		x.grouped(s, cuts, f, groups)
	}
}

// grouped takes one escape of every group of those that lead the raw view to the same place,
// for every class of bytes that the decoded view tells apart.
func (x *exploration) grouped(s int32, cuts set, f written, groups *groups) {
	type told struct {
		signature uint64
		group     int
	}
	tried := map[told]bool{}
	for lo := 0; lo < 256; {
		hi := nextCut(&cuts, lo+1)
		signature, known := uint64(0), false // of all bytes up to the next cut
		for b := lo; b < hi; b++ {
			if !f.bytes.has(byte(b)) {
				continue
			}
			sym := symbol{byte(b), true, f.as.lower}
			if !known {
				signature, known = x.signature(s, sym, Decoded), true
			}
			t := told{signature, groups.of(sym)}
			if t.signature == unsigned || !tried[t] {
				tried[t] = true
				x.step(s, sym)
			}
		}
		lo = hi
	}
}

// groups are numbers for where the raw view comes by the two digits of an escape.
type groups struct {
	first [256]int // by digit: the number of the set behind it
	last  []*[256]int
}

func (g *groups) of(s symbol) int {
	digits := s.digits()
	return g.last[g.first[digits[s.b>>4]]][digits[s.b&15]]
}

func (x *exploration) groups(s int32) *groups {
	var at []uint32
	for _, id := range x.states[s].nodes {
		if n := &x.nodes[id]; n.view == Raw && n.kind == reading {
			at = append(at, id)
		}
	}
	at = x.read(at, '%')
	own := setKey(at)
	if g := x.escapes[own]; g != nil {
		return g
	}
	g := &groups{}
	x.escapes[own] = g
	behind, numbers := map[string]int{}, map[string]int{}
	for _, c := range []byte("0123456789ABCDEFabcdef") {
		next := x.read(at, c)
		key := setKey(next)
		n, known := behind[key]
		if !known {
			n = len(g.last)
			behind[key] = n
			g.last = append(g.last, x.lastDigits(next, numbers))
		}
		g.first[c] = n
	}
	return g
}

// lastDigits are the numbers of the sets behind each digit.
func (x *exploration) lastDigits(nodes []uint32, numbers map[string]int) *[256]int {
	out := &[256]int{}
	for _, c := range []byte("0123456789ABCDEFabcdef") {
		x.steps += len(nodes)
		key := setKey(x.read(nodes, c))
		n, known := numbers[key]
		if !known {
			n = len(numbers)
			numbers[key] = n
		}
		out[c] = n
	}
	return out
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
