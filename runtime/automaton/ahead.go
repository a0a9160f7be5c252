package automaton

import "slices"

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
	own := x.raw[:0]
	for _, id := range nodes {
		if slices.Contains(x.ahead, x.nodes[id].matcher) {
			own = append(own, id)
		}
	}
	x.raw = own
	set := x.sets.number(own)
	known, ok := x.behinds[set]
	if !ok {
		known = x.follow(set)
		x.behinds[set] = known
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
func (x *exploration) follow(start int32) followed {
	type place struct {
		set  int32
		text string
	}
	seen, found := map[int32]bool{}, map[string]bool{}
	todo := []place{{x.behindByte(start, x.by), ""}}
	printable := printable()
	var out []Behind
	for ; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		nodes := x.sets.of(at.set)
		if at.text != "" {
			holds := x.holds(nil, nodes)
			if key := string(appendSet(nil, holds)); !found[key] {
				found[key] = true
				out = append(out, Behind{at.text, holds})
			}
			if seen[at.set] {
				continue
			} else if seen[at.set] = true; len(seen) > maxBehind {
				return followed{out, false}
			}
		}
		var cuts set
		for _, id := range nodes {
			x.nodes[id].reads.cuts(&cuts)
		}
		var next []int32
		eachClass(cuts, &printable, func(b byte) {
			x.steps += len(nodes)
			if to := x.behindByte(at.set, b); !seen[to] && !slices.Contains(next, to) {
				next = append(next, to)
				todo = append(todo, place{to, at.text + string(b)})
			}
		})
		if x.steps > x.limit.Steps {
			return followed{out, false}
		}
	}
	return followed{out, true}
}

// behindByte is the set of the nodes behind a byte.
func (x *exploration) behindByte(set int32, b byte) int32 {
	x.raw2 = x.read(x.raw2[:0], x.sets.of(set), b)
	return x.sets.number(x.raw2)
}

// holds are the conditions that hold where a text ends at a set of nodes, in a list that is
// used again.
func (x *exploration) holds(room Set, nodes []uint32) Set {
	words := (len(x.matchers) + 63) / 64
	holds := slices.Grow(room[:0], words)[:words]
	clear(holds)
	for _, id := range nodes {
		if n := &x.nodes[id]; n.kind != reading {
			holds.add(int(n.matcher))
		}
	}
	return holds
}

// read appends the nodes behind a byte to an empty list.
func (x *exploration) read(to, nodes []uint32, b byte) []uint32 {
	for _, id := range nodes {
		switch n := &x.nodes[id]; {
		case n.kind == holding:
			to = append(to, id)
		case n.kind == reading && n.reads.has(b):
			to = append(to, x.in(n.next)...)
		}
	}
	return sorted(to)
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
