package automaton

import "slices"

// escapedSteps takes one escaped byte of every class. Where the raw view tells one escape
// from another, all of them are taken.
func (x *exploration) escapedSteps(s int32, cuts set) {
	forms := x.alphabet.forms
	if !x.parted && len(forms) > 0 {
		forms = forms[:1]
	}
	behind := x.behindPercent(x.sets.of(x.states[s].set))
	if x.uniform(behind) {
		raw := x.behindDigits(behind)
		for i := range forms {
			x.classes(s, cuts, &forms[i].bytes, Decoded, forms[i].as, raw)
		}
		return
	}
	groups := x.groups(behind)
	for i := range forms {
		x.grouped(s, &cuts, &forms[i], groups)
	}
}

// told is what tells one escape of a form from another: by the decoded view, and by the raw.
type told struct {
	signature uint64
	group     int32
}

// grouped takes one escape of every group of those that lead the raw view to the same place,
// for every class of bytes that the decoded view tells apart.
func (x *exploration) grouped(s int32, cuts *set, f *written, groups *groups) {
	x.told = x.told[:0]
	last := told{signature: unsigned}
	for lo := 0; lo < 256; {
		hi := nextCut(cuts, lo+1)
		signature, known := uint64(0), false // of all bytes up to the next cut
		for b := nextCut(&f.bytes, lo); b < hi; b = nextCut(&f.bytes, b+1) {
			sym := symbol{byte(b), true, f.as.lower}
			if !known {
				signature, known = x.signature(s, sym, Decoded), true
			}
			t := told{signature, groups.of(sym)}
			if signature != unsigned && (t == last || slices.Contains(x.told, t)) {
				last = t
				continue
			}
			x.told = append(x.told, t)
			last = t
			x.step(s, sym, x.sets.of(t.group))
		}
		lo = hi
	}
}

// groups are numbers for where the raw view comes by the two digits of an escape.
type groups struct {
	first [len(everyDigit)]uint8   // by digit: the place in last
	last  [][len(everyDigit)]int32 // by digit: the number of a set of nodes
}

// everyDigit are the digits of escapes.
const everyDigit = hexDigits + "abcdef"

// of is the set of the nodes of the raw view behind an escape.
func (g *groups) of(s symbol) int32 { return g.last[g.first[s.digit(s.b>>4)]][s.digit(s.b&15)] }

// digit is the place of a digit of the symbol among all digits.
func (s symbol) digit(d byte) byte {
	if s.lower && d > 9 {
		return d + 6
	}
	return d
}

// groups are those of the nodes behind a "%".
func (x *exploration) groups(behind []uint32) *groups {
	own := x.sets.number(behind)
	if g := x.sets.all[own].groups; g != nil {
		return g
	}
	g := &groups{}
	x.sets.all[own].groups = g
	var firsts []int32 // the sets that last is about
	for i := range len(everyDigit) {
		x.raw2 = x.read(x.raw2[:0], behind, everyDigit[i])
		set := x.sets.number(x.raw2)
		at := slices.Index(firsts, set)
		if at < 0 {
			at = len(firsts)
			firsts = append(firsts, set)
			g.last = append(g.last, x.lastDigits(set))
		}
		g.first[i] = uint8(at)
	}
	return g
}

// lastDigits are the numbers of the sets behind each digit.
func (x *exploration) lastDigits(set int32) (out [len(everyDigit)]int32) {
	nodes := x.sets.of(set)
	for i := range len(everyDigit) {
		x.steps += len(nodes)
		x.raw2 = x.read(x.raw2[:0], nodes, everyDigit[i])
		out[i] = x.sets.number(x.raw2)
	}
	return out
}

// behindPercent are the nodes of the raw view behind the "%" of an escape.
func (x *exploration) behindPercent(nodes []uint32) []uint32 {
	at := x.raw[:0]
	for _, id := range nodes {
		if n := &x.nodes[id]; n.view == Raw && n.kind == reading && n.reads.has('%') {
			at = append(at, x.in(n.next)...)
		}
	}
	x.raw = sorted(at)
	return x.raw
}

// behindDigits are the nodes of the raw view behind any digits, where it tells none from another.
func (x *exploration) behindDigits(behind []uint32) []uint32 {
	x.raw2 = x.read(x.raw2[:0], behind, '0')
	x.raw = x.read(x.raw[:0], x.raw2, '0')
	return x.raw
}

// uniform says whether the raw view goes to one place by all escapes: behind the "%" it
// tells no hex digit from another.
func (x *exploration) uniform(behind []uint32) bool {
	return x.alike(behind) && x.alike(x.read(x.raw2[:0], behind, '0'))
}

// alike says whether each of some nodes reads all hex digits or none.
func (x *exploration) alike(nodes []uint32) bool {
	for _, id := range nodes {
		if some, all := x.nodes[id].onDigits(); some && !all {
			return false
		}
	}
	return true
}

// onDigits says whether a node reads some of the hex digits, and whether all.
func (n *node) onDigits() (some, all bool) {
	all = true
	for i := range len(everyDigit) {
		has := n.kind == reading && n.reads.has(everyDigit[i])
		some, all = some || has, all && has
	}
	return some, all
}
