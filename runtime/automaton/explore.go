package automaton

import (
	"encoding/binary"
	"slices"
)

// Work counts what an exploration did.
type Work struct {
	States int // states that were reached
	Steps  int // nodes that were looked at to go from state to state
}

// Explore walks over all texts of the domain, the shortest first, and visits each
// combination of conditions once, with one of its shortest texts; with escapes, once more
// for texts that hold an escape in another than its canonical form. It is false if it had to give up because
// there is more work than limit allows. What it visits must not use the automaton.
func (a *Automaton) Explore(limit Work, visit func(End)) (Work, bool) {
	x := a.begin(limit)
	x.visit = visit
	for i := range a.matchers {
		x.next = append(x.next, a.in(a.matchers[i].start)...)
	}
	x.reach(place{}, x.settled(), -1, symbol{}, 0)
	for length := 0; x.waiting > 0; length++ {
		for i := 0; i < len(x.queue[length&3]); i++ {
			s := x.queue[length&3][i]
			x.waiting--
			if int(x.states[s].length) != length || x.states[s].done {
				continue // reached by a shorter text since
			}
			x.states[s].done = true
			if len(x.states) > limit.States || x.steps > limit.Steps {
				return x.work(), false
			}
			x.end(s)
			x.leave(s)
		}
		x.queue[length&3] = x.queue[length&3][:0]
	}
	return x.work(), true
}

// state is a set of nodes with where the text stands, and a shortest text that leads here.
type state struct {
	place
	done   bool
	by     symbol
	set    int32
	same   int32 // another state with the same set; -1: none
	length int32
	from   int32
}

// place is what a state is told by besides its nodes.
type place struct {
	rule    int8
	escaped bool // an escaped reserved byte has been read
}

// exploration is one walk over the texts. An automaton has one, whose room every walk uses
// again.
type exploration struct {
	*Automaton
	states  []state
	sets    sets            // of the states, and others on the way
	found   map[string]bool // combinations that were visited
	queue   [4][]int32      // by length of text, modulo the longest step and one
	waiting int
	steps   int
	limit   Work
	visit   func(End)
	behinds map[int32]followed // by the nodes that LookBehind is about
	scratch
}

// begin makes an exploration that has been nowhere.
func (a *Automaton) begin(limit Work) *exploration {
	if a.exploration == nil {
		a.exploration = &exploration{Automaton: a}
	}
	x := a.exploration
	x.limit, x.steps, x.waiting = limit, 0, 0
	x.states, x.next = x.states[:0], x.next[:0]
	for i := range x.queue {
		x.queue[i] = x.queue[i][:0]
	}
	x.sets.clear()
	x.found, x.behinds = emptied(x.found), emptied(x.behinds)
	x.held, x.round = slices.Grow(x.held[:0], len(a.matchers))[:len(a.matchers)], 0
	clear(x.held)
	return x
}

// mostKept is how many entries a map may hold that is used again: to clear a large one costs
// as much as it did, whatever comes next.
const mostKept = 1000

func emptied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil || len(m) > mostKept {
		return map[K]V{}
	}
	clear(m)
	return m
}

func (x *exploration) work() Work { return Work{States: len(x.states), Steps: x.steps} }

// settled is the set of the nodes in scratch.next; where a condition holds whatever follows,
// its other nodes go.
func (x *exploration) settled() int32 {
	x.next = sorted(x.next)
	x.round++
	holds, others := false, false
	for _, id := range x.next {
		if n := &x.nodes[id]; n.kind == holding {
			x.held[n.matcher], holds = x.round, true
		} else {
			others = true
		}
	}
	if holds && others {
		x.next = slices.DeleteFunc(x.next, func(id uint32) bool {
			n := &x.nodes[id]
			return n.kind != holding && x.held[n.matcher] == x.round
		})
	}
	return x.sets.number(x.next)
}

// sorted sorts a list and leaves out what is there twice. Most lists are in order.
func sorted(nodes []uint32) []uint32 {
	for i := 1; i < len(nodes); i++ {
		if nodes[i-1] >= nodes[i] {
			slices.Sort(nodes)
			return slices.Compact(nodes)
		}
	}
	return nodes
}

// reach files the state of a set at a place, if it is new or is reached by a shorter text.
func (x *exploration) reach(at place, set, from int32, by symbol, length int32) {
	s := x.sets.all[set].first
	for s >= 0 && x.states[s].place != at {
		s = x.states[s].same
	}
	switch {
	case s < 0:
		s = int32(len(x.states))
		x.states = append(x.states, state{place: at, set: set, same: x.sets.all[set].first})
		x.sets.all[set].first = s
	case x.states[s].length <= length:
		return
	}
	st := &x.states[s]
	st.from, st.by, st.length = from, by, length
	x.queue[length&3] = append(x.queue[length&3], s)
	x.waiting++
}

// end visits a state where a text may end, if its combination is new.
func (x *exploration) end(s int32) {
	st := &x.states[s]
	if !x.alphabet.rules.ends(st.rule) {
		return
	}
	nodes := x.sets.of(st.set)
	x.holding = x.holds(x.holding[:0], nodes)
	behind, done := x.behind(nodes)
	key := appendSet(x.key[:0], x.holding)
	for _, b := range behind {
		key = appendSet(key, b.Holds)
	}
	if st.escaped {
		key = append(key, 1)
	}
	x.key = key
	if x.found[string(key)] {
		return
	}
	x.found[string(key)] = true
	x.visit(End{Holds: slices.Clone(x.holding), Escaped: st.escaped, Text: x.textOf(s), Behind: behind, Cut: !done})
}

func appendSet(key []byte, s Set) []byte {
	for _, w := range s {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}

// textOf is the text that led to a state.
func (x *exploration) textOf(s int32) string {
	x.symbols, x.text = x.symbols[:0], x.text[:0]
	for ; x.states[s].from >= 0; s = x.states[s].from {
		x.symbols = append(x.symbols, x.states[s].by)
	}
	for _, sym := range slices.Backward(x.symbols) {
		x.text = sym.appendTo(x.text)
	}
	return string(x.text)
}
