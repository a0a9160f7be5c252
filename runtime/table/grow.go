package table

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// key is a route with the text that it is filed under.
type key struct {
	text string
	entry
}

// grower makes the tries of a forest, whose text is still bytes.
type grower struct {
	forest
	text []byte

	// Of the trie at hand:
	root  int
	keys  []key  // by text and route
	spans []span // by node
}

// span is the part of the keys whose texts begin with a node's.
type span struct {
	from, to int
	label    string // of the node
	bar      int32  // a route that matches all that these do; later ones are never reached
}

// grow makes the trie of keys, which it sorts, and gives its root.
func (g *grower) grow(keys []key) int32 {
	if len(keys) == 0 {
		return none
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.route, b.route))
	})
	g.root, g.keys, g.spans = len(g.nodes), keys, g.spans[:0]
	g.add(node{up: none, least: math.MaxInt32}, span{to: len(keys), bar: math.MaxInt32})
	for at := g.root; at < len(g.nodes); at++ {
		g.branch(at)
	}
	return int32(g.root)
}

func (g *grower) add(n node, s span) {
	g.nodes = append(g.nodes, n)
	g.spans = append(g.spans, s)
}

// branch gives a node its text, entries and children. Texts that go on with the same byte
// become one child, which goes as far as they are alike.
func (g *grower) branch(at int) {
	g.nodes[at].label = int32(len(g.text))
	g.text = append(g.text, g.spans[at-g.root].label...)
	s, bars := g.file(at)
	n := &g.nodes[at]
	kid := node{up: n.up, least: n.least}
	if n.count > 0 {
		kid.up = int32(at)
	}
	depth, kids := int(n.depth), len(g.nodes)
	for s.from < s.to {
		first := g.keys[s.from].text
		lead := first[depth]
		to := s.from + sort.Search(s.to-s.from, func(i int) bool { return g.keys[s.from+i].text[depth] > lead })
		kid.depth = int32(depth + common(first[depth:], g.keys[to-1].text[depth:]))
		bar := bars[openEnd]
		if lead == '/' {
			bar = min(bar, bars[segmentEnd])
		}
		g.add(kid, span{s.from, to, first[depth:kid.depth], bar})
		g.text = append(g.text, lead)
		s.from = to
	}
	g.nodes[at].kids, g.nodes[at].kidCount = int32(kids), int16(len(g.nodes)-kids)
}

// file makes entries of the keys whose text is the node's, but for those that are never
// reached because an earlier route matches all that they do. It gives the keys whose texts
// go on, and for each ending the first route that matches whatever ends so.
func (g *grower) file(at int) (rest span, bars [exactEnd + 1]int32) {
	n, s := &g.nodes[at], g.spans[at-g.root]
	bars = [...]int32{s.bar, s.bar, s.bar}
	n.first = int32(len(g.entries))
	for ; s.from < s.to && len(g.keys[s.from].text) == int(n.depth); s.from++ {
		e := g.keys[s.from].entry
		if e.route > bars[e.end] {
			continue
		}
		g.entries = append(g.entries, e)
		n.least = min(n.least, e.route)
		if !e.checked {
			for end := e.end; end <= exactEnd; end++ {
				bars[end] = min(bars[end], e.route)
			}
		}
	}
	n.count = int32(len(g.entries)) - n.first
	return s, bars
}

// done is the forest of all tries. It fails where a place in the text is no int32.
func (g *grower) done() (forest, error) {
	if len(g.text) > math.MaxInt32 {
		return forest{}, fmt.Errorf("the paths of all routes are %d bytes, of which %d fit in a table", len(g.text), math.MaxInt32)
	}
	return forest{nodes: g.nodes, entries: g.entries, text: string(g.text)}, nil
}

// common is how many bytes two texts begin with alike.
func common(s, t string) int {
	n := min(len(s), len(t))
	for i := range n {
		if s[i] != t[i] {
			return i
		}
	}
	return n
}
