package automaton

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// View says how a data plane reads escapes.
type View uint8

// The views.
const (
	Decoded View = iota // an escape is the byte that it stands for
	Raw                 // an escape is three characters
	either              // the condition cannot tell the views apart
)

// node is a place within a condition. Those that read have a set of bytes and go on to the
// nodes of a closure.
type node struct {
	reads   set
	next    list
	matcher int32
	kind    nodeKind
	view    View
}

type nodeKind uint8

const (
	reading nodeKind = iota
	ending           // the condition holds if the text ends here
	holding          // the condition holds, whatever follows
)

// What Add says of patterns that it cannot follow byte by byte.
var (
	ErrUnsupported = errors.New("word and line boundaries and characters beyond ASCII in a pattern are not followed")
	ErrTooLarge    = errors.New("the pattern has too many ways to go on")
)

// matcher is one condition: its first nodes.
type matcher struct {
	start list
}

// list is a list of nodes, by where it stands in the edges of the automaton.
type list struct{ from, to uint32 }

// in are the nodes of a list.
func (a *Automaton) in(l list) []uint32 { return a.edges[l.from:l.to] }

// literal adds the nodes of a text, and what counts behind it.
func (a *Automaton) literal(c intent.Path, view View) matcher {
	m := int32(len(a.matchers))
	text := c.Value
	if c.Kind == intent.SegmentPrefix {
		text = strings.TrimSuffix(text, "/")
	}
	if text == "" && c.Kind != intent.ExactPath {
		return matcher{start: a.list(a.node(node{matcher: m, kind: holding, view: view}))}
	}
	a.nodes = slices.Grow(a.nodes, len(text)+3)
	after := a.behind(c.Kind, m, view)
	for i := len(text) - 1; i >= 0; i-- {
		n := node{matcher: m, view: view, next: after}
		n.reads.add(text[i])
		if c.Fold {
			n.reads.add(otherCase(text[i]))
		}
		after = a.list(a.node(n))
	}
	return matcher{start: after}
}

// behind are the nodes behind the last byte of a literal.
func (a *Automaton) behind(kind intent.PathKind, m int32, view View) list {
	end := node{matcher: m, kind: ending, view: view}
	hold := node{matcher: m, kind: holding, view: view}
	switch kind {
	case intent.ExactPath:
		return a.list(a.node(end))
	case intent.StringPrefix:
		return a.list(a.node(hold))
	}
	slash := node{matcher: m, view: view, next: a.list(a.node(hold))}
	slash.reads.add('/')
	return a.list(a.node(end), a.node(slash))
}

// list keeps a list of nodes in the room of all lists.
func (a *Automaton) list(ids ...uint32) list {
	from := uint32(len(a.edges))
	a.edges = append(a.edges, ids...)
	return list{from, uint32(len(a.edges))}
}

func (a *Automaton) node(n node) uint32 {
	a.nodes = append(a.nodes, n)
	return uint32(len(a.nodes) - 1)
}

func otherCase(b byte) byte {
	switch {
	case 'a' <= b && b <= 'z':
		return b - 'a' + 'A'
	case 'A' <= b && b <= 'Z':
		return b - 'A' + 'a'
	}
	return b
}

// pattern adds the nodes of a regular expression that is searched in the text.
func (a *Automaton) pattern(c intent.Path, view View) (matcher, error) {
	text := c.Value
	if c.Fold {
		text = "(?i)" + text
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return matcher{}, fmt.Errorf("pattern %q: %w", c.Value, ErrUnsupported)
	}
	prog, err := program(text)
	if err == nil && prog.StartCond()&syntax.EmptyBeginText == 0 {
		prog, err = program(`(?s:.*?)(?:` + text + `)`)
	}
	if err != nil {
		return matcher{}, fmt.Errorf("pattern %q: %w", c.Value, err)
	}
	b := compiling{a: a, prog: prog, view: view, matcher: int32(len(a.matchers)), made: make(map[uint32]uint32, len(prog.Inst)),
		seen: [2][]int32{make([]int32, len(prog.Inst)), make([]int32, len(prog.Inst))}}
	start, err := b.closure(uint32(prog.Start), true)
	if err != nil {
		return matcher{}, fmt.Errorf("pattern %q: %w", c.Value, err)
	}
	if err := b.connect(); err != nil || !b.odd {
		return matcher{start: start}, err
	}
	return matcher{}, fmt.Errorf("pattern %q: %w", c.Value, ErrUnsupported)
}

func program(text string) (*syntax.Prog, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return syntax.Compile(tree.Simplify())
}
