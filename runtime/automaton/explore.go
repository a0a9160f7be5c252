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
// there is more work than limit allows.
func (a *Automaton) Explore(limit Work, visit func(End)) (Work, bool) {
	x := exploration{Automaton: a, limit: limit, states: make([]state, 0, 64), seen: map[string]int32{}, found: map[string]bool{}, behinds: map[string]followed{}, escapes: map[string]*groups{}, visit: visit}
	for i := range a.matchers {
		x.scratch.next = append(x.scratch.next, a.matchers[i].start...)
	}
	x.settle()
	x.reach(place{}, -1, symbol{}, 0)
	for length := 0; x.waiting > 0; length++ {
		for i := 0; i < len(x.queue[length&3]); i++ {
			s := x.queue[length&3][i]
			x.waiting--
			if x.states[s].length != length || x.states[s].done {
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
	nodes  []uint32
	done   bool
	length int
	from   int32
	by     symbol
}

type exploration struct {
	*Automaton
	states  []state
	room    []uint32         // what the states' sets are slices of
	seen    map[string]int32 // by nodes and rule
	found   map[string]bool  // combinations that were visited
	queue   [4][]int32       // by length of text, modulo the longest step and one
	waiting int
	steps   int
	limit   Work
	visit   func(End)
	behinds map[string]followed // by the nodes that LookBehind is about
	escapes map[string]*groups  // by the nodes of the raw view behind a "%"
	scratch scratch
}

func (x *exploration) work() Work { return Work{States: len(x.states), Steps: x.steps} }

// place is what a state is told by besides its nodes.
type place struct {
	rule    int8
	escaped bool // an escaped reserved byte has been read
}

// settle sorts the nodes in scratch.next; where a condition holds whatever follows, its
// other nodes go.
func (x *exploration) settle() {
	n := &x.scratch
	slices.Sort(n.next)
	n.next = slices.Compact(n.next)
	n.held = n.held[:0]
	for _, id := range n.next {
		if x.nodes[id].kind == holding {
			n.held = append(n.held, x.nodes[id].matcher)
		}
	}
	if len(n.held) > 0 {
		n.next = slices.DeleteFunc(n.next, func(id uint32) bool {
			return x.nodes[id].kind != holding && slices.Contains(n.held, x.nodes[id].matcher)
		})
	}
}

// reach files the state in scratch.next, if it is new or is reached by a shorter text.
func (x *exploration) reach(at place, from int32, by symbol, length int) {
	key := x.scratch.key[:0]
	for _, id := range x.scratch.next {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	mark := byte(at.rule)
	if at.escaped {
		mark |= 0x80
	}
	key = append(key, mark)
	x.scratch.key = key
	s, known := x.seen[string(key)]
	switch {
	case !known:
		s = int32(len(x.states))
		x.seen[string(key)] = s
		x.states = append(x.states, state{place: at, nodes: x.keep(x.scratch.next)})
	case x.states[s].length <= length:
		return
	}
	st := &x.states[s]
	st.from, st.by, st.length = from, by, length
	x.queue[length&3] = append(x.queue[length&3], s)
	x.waiting++
}

// keep copies a set of nodes into the room of all sets.
func (x *exploration) keep(nodes []uint32) []uint32 {
	if cap(x.room)-len(x.room) < len(nodes) {
		x.room = make([]uint32, 0, max(2*cap(x.room), 256, len(nodes)))
	}
	start := len(x.room)
	x.room = append(x.room, nodes...)
	return x.room[start:len(x.room):len(x.room)]
}

// end visits a state where a text may end, if its combination is new.
func (x *exploration) end(s int32) {
	st := &x.states[s]
	if !x.alphabet.rules.ends(st.rule) {
		return
	}
	e := End{Holds: x.holds(st.nodes), Escaped: st.escaped}
	behind, done := x.behind(st.nodes)
	e.Behind, e.Cut = behind, !done
	key := x.scratch.key[:0]
	key = appendSet(key, e.Holds)
	for _, b := range behind {
		key = appendSet(key, b.Holds)
	}
	if st.escaped {
		key = append(key, 1)
	}
	x.scratch.key = key
	if x.found[string(key)] {
		return
	}
	x.found[string(key)] = true
	e.Text = x.text(s)
	x.visit(e)
}

func appendSet(key []byte, s Set) []byte {
	for _, w := range s {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}

// text is the text that led to a state.
func (x *exploration) text(s int32) string {
	var by []symbol
	for ; x.states[s].from >= 0; s = x.states[s].from {
		by = append(by, x.states[s].by)
	}
	var text []byte
	for _, sym := range slices.Backward(by) {
		text = sym.appendTo(text)
	}
	return string(text)
}
