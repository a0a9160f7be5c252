package table

import (
	"cmp"
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

// grower makes tries. What they consist of is carved from blocks.
type grower struct {
	nodes   blocks[node]
	leads   blocks[byte]
	entries blocks[entry]

	keys  []key // of the trie at hand, by text and route
	trie  trie
	spans []span // by node
}

// span is the part of the keys whose texts begin with a node's.
type span struct {
	from, to int
	bar      int32 // a route that matches all that these do; later ones are never reached
}

// grow makes the trie of keys, which it sorts.
func (g *grower) grow(keys []key, folded bool) trie {
	if len(keys) == 0 {
		return trie{}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.route, b.route))
	})
	g.keys, g.spans = keys, g.spans[:0]
	g.trie = trie{nodes: g.trie.nodes[:0], leads: g.trie.leads[:0], entries: g.trie.entries[:0]}
	g.add(node{up: -1, least: math.MaxInt32}, 0, span{to: len(keys), bar: math.MaxInt32})
	for at := 0; at < len(g.trie.nodes); at++ {
		g.branch(at)
	}
	return trie{folded: folded, nodes: g.nodes.keep(g.trie.nodes), leads: g.leads.keep(g.trie.leads), entries: g.entries.keep(g.trie.entries)}
}

func (g *grower) add(n node, lead byte, s span) {
	g.trie.nodes = append(g.trie.nodes, n)
	g.trie.leads = append(g.trie.leads, lead)
	g.spans = append(g.spans, s)
}

// branch gives a node its entries and children.
func (g *grower) branch(at int) {
	s, bars := g.file(at)
	n := g.trie.nodes[at]
	up, depth := n.up, int(n.depth)
	if n.count > 0 {
		up = int32(at)
	}
	kids := len(g.trie.nodes)
	for s.from < s.to {
		first := g.keys[s.from].text
		lead := first[depth]
		to := s.from + sort.Search(s.to-s.from, func(i int) bool { return g.keys[s.from+i].text[depth] > lead })
		end := depth + common(first[depth:], g.keys[to-1].text[depth:])
		bar := bars[openEnd]
		if lead == '/' {
			bar = min(bar, bars[segmentEnd])
		}
		g.add(node{label: first[depth:end], depth: int32(end), up: up, least: n.least}, lead, span{s.from, to, bar})
		s.from = to
	}
	g.trie.nodes[at].kids, g.trie.nodes[at].kidCount = int32(kids), int16(len(g.trie.nodes)-kids)
}

// file makes entries of the keys whose text is the node's, but for those that are never
// reached behind others. It gives the keys that go on, and the first route of each ending
// that matches whatever has the text and ends so.
func (g *grower) file(at int) (rest span, bars [exactEnd + 1]int32) {
	n, s := &g.trie.nodes[at], g.spans[at]
	bars = [...]int32{s.bar, s.bar, s.bar}
	n.first = int32(len(g.trie.entries))
	for ; s.from < s.to && len(g.keys[s.from].text) == int(n.depth); s.from++ {
		e := g.keys[s.from].entry
		if e.route > bars[e.end] {
			continue
		}
		g.trie.entries = append(g.trie.entries, e)
		n.least = min(n.least, e.route)
		if !e.checked {
			for end := e.end; end <= exactEnd; end++ {
				bars[end] = min(bars[end], e.route)
			}
		}
	}
	n.count = int32(len(g.trie.entries)) - n.first
	return s, bars
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

// blocks keeps slices side by side in large ones, so that they cost few allocations.
type blocks[T any] struct{ free []T }

// keep gives a copy that may not be appended to.
func (b *blocks[T]) keep(s []T) []T {
	if len(s) > len(b.free) {
		b.free = make([]T, max(len(s), 4096))
	}
	n := copy(b.free, s)
	kept := b.free[:n:n]
	b.free = b.free[n:]
	return kept
}
