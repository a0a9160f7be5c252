package automaton

import (
	"encoding/binary"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// ahead asks what a condition says of the text with one byte and anything behind it.
type ahead struct {
	matcher   int32
	by        byte
	all, some int
}

// AddBefore adds two conditions made of one: that it holds for the text with the byte and
// any printable text behind it, and that it does so with some. They have numbers of their
// own, as from Add.
func (a *Automaton) AddBefore(c intent.Path, view View, by byte) (all, some int, err error) {
	m, err := a.Add(c, view)
	if err != nil {
		return 0, 0, err
	}
	for _, old := range a.aheads {
		if old.matcher == int32(m) && old.by == by {
			return old.all, old.some, nil
		}
	}
	all, some = len(a.matchers), len(a.matchers)+1
	a.matchers = append(a.matchers, matcher{}, matcher{})
	a.aheads = append(a.aheads, ahead{int32(m), by, all, some})
	return all, some, nil
}

// lookAhead adds to a set what the conditions of AddBefore say of a state.
func (x *exploration) lookAhead(nodes []uint32, holds Set) {
	for _, h := range x.aheads {
		var own []uint32
		for _, id := range nodes {
			if x.nodes[id].matcher == h.matcher {
				own = append(own, id)
			}
		}
		all, some := x.continues(x.read(own, h.by))
		if all {
			holds.add(h.all)
		}
		if some {
			holds.add(h.some)
		}
	}
}

func (s Set) add(i int) { s[i>>6] |= 1 << (i & 63) }

// read are the nodes of one condition behind a byte.
func (a *Automaton) read(nodes []uint32, b byte) []uint32 {
	var next []uint32
	for _, id := range nodes {
		switch n := &a.nodes[id]; {
		case n.kind == holding:
			return []uint32{id}
		case n.kind == reading && n.reads.has(b):
			next = append(next, n.next...)
		}
	}
	slices.Sort(next)
	return slices.Compact(next)
}

// maxAhead bounds the sets of nodes that are looked at; beyond, not all texts are said to hold.
const maxAhead = 200

// continues says whether a condition holds for all printable texts from here, and whether
// for some.
func (a *Automaton) continues(start []uint32) (all, some bool) {
	seen := map[string]bool{}
	todo := [][]uint32{start}
	all = true
	for len(todo) > 0 {
		nodes := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		key := setKey(nodes)
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(seen) > maxAhead {
			return false, true
		}
		holds := slices.ContainsFunc(nodes, func(id uint32) bool { return a.nodes[id].kind != reading })
		all, some = all && holds, some || holds
		if slices.ContainsFunc(nodes, func(id uint32) bool { return a.nodes[id].kind == holding }) {
			continue
		}
		var cuts, printable set
		for _, id := range nodes {
			a.nodes[id].reads.cuts(&cuts)
		}
		for b := byte('!'); b <= '~'; b++ {
			printable.add(b)
		}
		eachClass(cuts, printable, func(b byte) { todo = append(todo, a.read(nodes, b)) })
	}
	return all, some
}

func setKey(nodes []uint32) string {
	key := make([]byte, 0, 4*len(nodes))
	for _, id := range nodes {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	return string(key)
}
