package automaton

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"unicode"
)

// compiling turns the program of a regular expression into nodes: one for each instruction
// that reads a rune, and at most one each for "holds at the end" and "holds anyhow".
type compiling struct {
	a       *Automaton
	prog    *syntax.Prog
	view    View
	matcher int32
	made    map[uint32]uint32 // nodes by instruction
	end     uint32            // the nodes that stand for the whole condition; 0: not made yet
	hold    uint32
	todo    []uint32 // instructions whose nodes have no successors yet
	edges   int
	visits  int
	room    []uint32
	odd     bool       // some instruction tells characters beyond ASCII apart
	seen    [2][]int32 // rounds in which instructions were reached, by visit.ended
	round   int32
}

// Bounds on the room and the work of one pattern: some have a number of edges that is the
// square of their length.
const (
	maxEdges  = 200_000
	maxVisits = 2_000_000
)

// connect gives every node its successors.
func (c *compiling) connect() error {
	for len(c.todo) > 0 {
		pc := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		next, err := c.closure(c.prog.Inst[pc].Out, false)
		if err != nil {
			return err
		}
		c.a.nodes[c.made[pc]].next = next
		if c.edges += int(next.to - next.from); c.edges > maxEdges {
			return ErrTooLarge
		}
	}
	return nil
}

// closure are the nodes that are reached from an instruction without reading.
func (c *compiling) closure(pc uint32, start bool) (list, error) {
	c.round++
	w := walk{compiling: c, start: start, out: c.room[:0]}
	if err := w.from(visit{pc, false}); err != nil {
		return list{}, err
	}
	switch {
	case w.holds:
		return c.a.list(c.terminal(&c.hold, holding)), nil
	case w.ends:
		w.out = append(w.out, c.terminal(&c.end, ending))
	}
	c.room = w.out
	slices.Sort(w.out)
	return c.a.list(slices.Compact(w.out)...), nil
}

func (c *compiling) terminal(at *uint32, kind nodeKind) uint32 {
	if *at == 0 {
		*at = c.a.node(node{matcher: c.matcher, kind: kind, view: c.view}) + 1
	}
	return *at - 1
}

// visit is an instruction, reached with or without having asked for the end of the text.
type visit struct {
	pc    uint32
	ended bool
}

type walk struct {
	*compiling
	start       bool
	out         []uint32
	holds, ends bool
}

func (w *walk) from(v visit) error {
	at := &w.seen[0][v.pc]
	if v.ended {
		at = &w.seen[1][v.pc]
	}
	if *at == w.round {
		return nil
	}
	*at = w.round
	if w.visits++; w.visits > maxVisits {
		return ErrTooLarge
	}
	in := &w.prog.Inst[v.pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return cmp.Or(w.from(visit{in.Out, v.ended}), w.from(visit{in.Arg, v.ended}))
	case syntax.InstCapture, syntax.InstNop:
		return w.from(visit{in.Out, v.ended})
	case syntax.InstEmptyWidth:
		return w.empty(in, v)
	case syntax.InstMatch:
		w.holds, w.ends = w.holds || !v.ended, w.ends || v.ended
	case syntax.InstFail:
	default:
		if !v.ended {
			w.out = append(w.out, w.read(v.pc))
		}
	}
	return nil
}

// empty passes an assertion, if it can hold here.
func (w *walk) empty(in *syntax.Inst, v visit) error {
	op := syntax.EmptyOp(in.Arg)
	if op&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
		return ErrUnsupported
	}
	if op&syntax.EmptyBeginText != 0 && !w.start {
		return nil
	}
	return w.from(visit{in.Out, v.ended || op&syntax.EmptyEndText != 0})
}

// read is the node of an instruction that reads.
func (w *walk) read(pc uint32) uint32 {
	if n, ok := w.made[pc]; ok {
		return n
	}
	n := node{matcher: w.matcher, view: w.view, reads: bytesOf(&w.prog.Inst[pc])}
	if beyondASCII(&w.prog.Inst[pc]) {
		w.odd = true
	}
	w.made[pc] = w.a.node(n)
	w.todo = append(w.todo, pc)
	return w.made[pc]
}

// beyondASCII says whether an instruction tells characters beyond ASCII apart: all of them
// or none is fine, and so are the two that fold to ASCII letters.
func beyondASCII(in *syntax.Inst) bool {
	if in.Op != syntax.InstRune && in.Op != syntax.InstRune1 {
		return false
	}
	for i, r := range in.Rune {
		whole := i%2 == 1 && r == unicode.MaxRune
		folded := r == '\u017f' || r == '\u212a'
		if r > unicode.MaxASCII && !whole && !folded {
			return true
		}
	}
	return false
}

// bytesOf are the bytes that an instruction reads.
func bytesOf(in *syntax.Inst) set {
	switch in.Op {
	case syntax.InstRuneAny:
		return set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	case syntax.InstRuneAnyNotNL:
		return set{^uint64(1 << '\n'), ^uint64(0), ^uint64(0), ^uint64(0)}
	}
	var s set
	add := func(from, to rune) {
		for r := from; r <= min(to, 255); r++ {
			s.add(byte(r))
		}
	}
	if len(in.Rune) == 1 { // a character of a text, and maybe its other cases
		first := in.Rune[0]
		add(first, first)
		if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
			for r := unicode.SimpleFold(first); r != first; r = unicode.SimpleFold(r) {
				add(r, r)
			}
		}
		return s
	}
	for i := 0; i+1 < len(in.Rune); i += 2 { // a class: pairs of the first and the last of a range
		add(in.Rune[i], in.Rune[i+1])
	}
	return s
}
