// Package automaton follows many conditions on a text at once, byte by byte, over all texts
// of a domain. It tells which combinations of the conditions occur, each with the shortest
// text that shows it. Nothing is sampled: states are determinised as they are reached, and
// two texts that lead to one state cannot be told apart by what follows.
package automaton

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Automaton is a set of conditions over one alphabet. It is not safe for concurrent use.
type Automaton struct {
	alphabet *Alphabet
	parted   bool // reserved bytes come in both forms: the views differ everywhere
	nodes    []node
	edges    []uint32 // what the nodes' lists are slices of
	matchers []matcher
	known    map[condition]int
	ahead    []int32 // conditions of LookBehind
	by       byte    // and their byte

	exploration *exploration // nil: none yet
}

// condition is what tells matchers apart.
type condition struct {
	path intent.Path
	view View
}

// New makes an automaton without conditions. With escapes set, reserved bytes are written
// both ways, so that the views see different texts; without, every text has one form.
func New(alphabet *Alphabet, escapes bool) *Automaton {
	a := new(Automaton)
	a.Reset(alphabet, escapes)
	return a
}

// Reset makes what New does, in the room that the automaton has: many small ones cost less
// when they are one. The zero Automaton may be reset, too.
func (a *Automaton) Reset(alphabet *Alphabet, escapes bool) {
	*a = Automaton{alphabet: alphabet, parted: escapes, nodes: a.nodes[:0], edges: a.edges[:0], matchers: a.matchers[:0],
		known: emptied(a.known), ahead: a.ahead[:0], exploration: a.exploration}
}

// Add adds a condition as one of the views reads it, and gives its number; equal conditions
// have one number. It fails for a pattern that is not in RE2 syntax, or that is
// ErrUnsupported or ErrTooLarge.
func (a *Automaton) Add(c intent.Path, view View) (int, error) {
	if c.Kind != intent.RegexPath && !a.parted && a.allPlain(c.Value) {
		view = either // escapes are no part of the text, however they are read
	}
	if c.Kind != intent.RegexPath && strings.ToLower(c.Value) == strings.ToUpper(c.Value) {
		c.Fold = false
	}
	key := condition{c, view}
	if i, ok := a.known[key]; ok {
		return i, nil
	}
	var m matcher
	var err error
	if c.Kind == intent.RegexPath {
		m, err = a.pattern(c, view)
	} else {
		m = a.literal(c, view)
	}
	if err != nil {
		return 0, err
	}
	a.matchers = append(a.matchers, m)
	a.known[key] = len(a.matchers) - 1
	return len(a.matchers) - 1, nil
}

func (a *Automaton) allPlain(text string) bool {
	for i := range len(text) {
		if !a.alphabet.plain.has(text[i]) {
			return false
		}
	}
	return true
}

// Set is a set of conditions by their numbers.
type Set []uint64

// Has says whether a condition is in the set.
func (s Set) Has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }

// End is a combination of conditions that hold for some text.
type End struct {
	Holds   Set
	Escaped bool // the text holds an escape in another than its canonical form
	Text    string
	Behind  []Behind // what may follow, by LookBehind
	Cut     bool     // Behind is not all
}
