package automaton

import (
	"encoding/binary"
	"slices"
)

// Behind is one way in which a text may go on behind the byte of LookBehind, with the
// shortest text for it.
type Behind struct {
	Text  string
	Holds Set // of the conditions of LookBehind, those that hold for the whole
}

// LookBehind asks of a condition whether it holds for the text with a byte and any more
// printable text behind it: ends are told apart by that, and list what may follow. All
// conditions share one byte.
func (a *Automaton) LookBehind(number int, by byte) {
	if !slices.Contains(a.ahead, int32(number)) {
		a.ahead, a.by = append(a.ahead, int32(number)), by
	}
}

func (s Set) add(i int) { s[i>>6] |= 1 << (i & 63) }

// maxBehind bounds the sets of nodes that are looked at behind one end.
const maxBehind = 500

// behind lists what may follow a state; false if there is too much of it.
func (x *exploration) behind(nodes []uint32) ([]Behind, bool) {
	if len(x.ahead) == 0 {
		return nil, true
	}
	var own []uint32
	for _, id := range nodes {
		if slices.Contains(x.ahead, x.nodes[id].matcher) {
			own = append(own, id)
		}
	}
	key := setKey(own)
	known, ok := x.behinds[key]
	if !ok {
		known = x.follow(own)
		x.behinds[key] = known
	}
	return known.all, known.done
}

// followed is what follows a set of nodes.
type followed struct {
	all  []Behind
	done bool
}

// follow walks from a set of nodes over the byte and all printable texts, the shortest
// first.
func (x *exploration) follow(start []uint32) followed {
	type place struct {
		nodes []uint32
		text  string
	}
	seen, found := map[string]bool{}, map[string]bool{}
	todo := []place{{x.read(start, x.by), ""}}
	var out []Behind
	for ; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if at.text != "" {
			holds := x.holds(at.nodes)
			if key := setKey(asNodes(holds)); !found[key] {
				found[key] = true
				out = append(out, Behind{at.text, holds})
			}
			if key := setKey(at.nodes); seen[key] {
				continue
			} else if seen[key] = true; len(seen) > maxBehind {
				return followed{out, false}
			}
		}
		var cuts set
		for _, id := range at.nodes {
			x.nodes[id].reads.cuts(&cuts)
		}
		next := map[string]bool{}
		eachClass(cuts, printable(), func(b byte) {
			x.steps += len(at.nodes)
			to := x.read(at.nodes, b)
			if key := setKey(to); !next[key] {
				next[key] = true
				todo = append(todo, place{to, at.text + string(b)})
			}
		})
		if x.steps > x.limit.Steps {
			return followed{out, false}
		}
	}
	return followed{out, true}
}

// holds are the conditions that hold where a text ends at a set of nodes.
func (x *exploration) holds(nodes []uint32) Set {
	holds := make(Set, (len(x.matchers)+63)/64)
	for _, id := range nodes {
		if n := &x.nodes[id]; n.kind != reading {
			holds.add(int(n.matcher))
		}
	}
	return holds
}

// read are the nodes behind a byte.
func (x *exploration) read(nodes []uint32, b byte) []uint32 {
	var next []uint32
	for _, id := range nodes {
		switch n := &x.nodes[id]; {
		case n.kind == holding:
			next = append(next, id)
		case n.kind == reading && n.reads.has(b):
			next = append(next, n.next...)
		}
	}
	slices.Sort(next)
	return slices.Compact(next)
}

// printable are the bytes of a query.
func printable() set {
	var s set
	for b := byte('!'); b <= '~'; b++ {
		if b != '#' {
			s.add(b)
		}
	}
	return s
}

func setKey(nodes []uint32) string {
	key := make([]byte, 0, 4*len(nodes))
	for _, id := range nodes {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	return string(key)
}

// asNodes spells a set as numbers.
func asNodes(s Set) []uint32 {
	var out []uint32
	for _, w := range s {
		out = append(out, uint32(w), uint32(w>>32))
	}
	return out
}
