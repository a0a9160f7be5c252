package automaton

import (
	"math/bits"
	"slices"
)

// scratch is room that is used again at every step.
type scratch struct {
	next, raw, raw2 []uint32
	held            []int32 // by condition: the last round in which it held whatever follows
	round           int32
	holding         Set
	key             []byte
	text            []byte
	symbols         []symbol
	tried           []uint64
	told            []told
}

// leave goes from a state to all that follow it.
func (x *exploration) leave(s int32) {
	nodes := x.sets.of(x.states[s].set)
	if !x.reads(nodes) {
		x.idle(s)
		return
	}
	cuts := x.alphabet.cuts
	for _, id := range nodes {
		x.nodes[id].reads.cuts(&cuts)
	}
	x.classes(s, cuts, &x.alphabet.plain, either, symbol{}, nil)
	x.escapedSteps(s, cuts)
}

func (x *exploration) reads(nodes []uint32) bool {
	return slices.ContainsFunc(nodes, func(id uint32) bool { return x.nodes[id].kind == reading })
}

// idle leaves a state in which nothing can change any more: one step is enough to come to
// where a text may end. A condition that only holds here is still told from those that go on.
func (x *exploration) idle(s int32) {
	st := &x.states[s]
	nodes, rule, escaped := x.sets.of(st.set), st.rule, st.escaped
	still := slices.ContainsFunc(nodes, func(id uint32) bool { return x.nodes[id].kind == ending })
	if x.alphabet.rules.ends(rule) && !still && !(x.parted && !escaped) {
		return
	}
	for i := range 256 {
		b := byte('x' + i) // the letters first
		if x.alphabet.plain.has(b) && x.alphabet.rules.step(rule, symbol{b: b}) >= 0 {
			x.step(s, symbol{b: b}, nil)
			break
		}
	}
	if x.parted && !escaped {
		x.step(s, symbol{b: '@', escaped: true}, nil) // no node reads
	}
}

// classes takes one byte of every class of a set, as the nodes of a view tell them apart. The
// nodes of the raw view behind an escape are the same for all of them.
func (x *exploration) classes(s int32, cuts set, of *set, view View, as symbol, raw []uint32) {
	x.tried = x.tried[:0]
	try := func(b byte) {
		sym := symbol{b, as.escaped, as.lower}
		if sig := x.signature(s, sym, view); sig == unsigned || !slices.Contains(x.tried, sig) {
			x.tried = append(x.tried, sig)
			x.step(s, sym, raw)
		}
	}
	if of.has('x') && len(x.sets.of(x.states[s].set)) <= maxSigned {
		try('x') // reads better than what comes first in ASCII
	}
	eachClass(cuts, of, try)
}

// eachClass visits one byte of each run of bytes between two cuts that holds one of a set.
func eachClass(cuts set, of *set, visit func(byte)) {
	for lo := 0; lo < 256; {
		hi := nextCut(&cuts, lo+1)
		if b, ok := pick(of, lo, hi); ok {
			visit(b)
		}
		lo = hi
	}
}

// nextCut is the first cut at or behind b, or 256.
func nextCut(cuts *set, b int) int {
	for w := b >> 6; w < 4; w++ {
		bitsLeft := cuts[w]
		if w == b>>6 {
			bitsLeft &= ^uint64(0) << (b & 63)
		}
		if bitsLeft != 0 {
			return w<<6 + bits.TrailingZeros64(bitsLeft)
		}
	}
	return 256
}

// pick is a byte of a set in a range, a common letter or digit if there is one.
func pick(of *set, lo, hi int) (byte, bool) {
	for _, b := range []byte("xaX0") {
		if lo <= int(b) && int(b) < hi && of.has(b) {
			return b, true
		}
	}
	if b := nextCut(of, lo); b < hi {
		return byte(b), true
	}
	return 0, false
}

// unsigned says that there are too many nodes for a signature.
const unsigned = ^uint64(0)

// maxSigned is how many nodes a signature has room for.
const maxSigned = 55

// signature says which nodes of a view read a symbol, and how the rules take it.
func (x *exploration) signature(s int32, sym symbol, view View) uint64 {
	st := &x.states[s]
	nodes := x.sets.of(st.set)
	if len(nodes) > maxSigned {
		return unsigned
	}
	sig := uint64(uint8(x.alphabet.rules.step(st.rule, sym))) << maxSigned
	for i, id := range nodes {
		if n := &x.nodes[id]; (view == either || n.view == view) && n.reads.has(sym.b) {
			sig |= 1 << i
		}
	}
	return sig
}

// step goes on by one symbol. For an escape, raw are the nodes of the raw view behind its three
// characters.
func (x *exploration) step(s int32, sym symbol, raw []uint32) {
	st := x.states[s]
	rule := x.alphabet.rules.step(st.rule, sym)
	if rule < 0 {
		return
	}
	nodes, next := x.sets.of(st.set), x.next[:0]
	x.steps += len(nodes)
	for _, id := range nodes {
		n := &x.nodes[id]
		switch {
		case n.kind == holding:
			next = append(next, id)
		case sym.escaped && n.view != Decoded: // told by raw
		case n.kind == reading && n.reads.has(sym.b):
			next = append(next, x.in(n.next)...)
		}
	}
	x.next = append(next, raw...)
	at := place{rule: rule, escaped: st.escaped || !x.alphabet.canonical(sym)}
	x.reach(at, x.settled(), s, sym, st.length+int32(sym.length()))
}
