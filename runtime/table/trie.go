package table

import "bytes"

// ending is how a path may go on behind a text that it begins with.
type ending uint8

const (
	openEnd    ending = iota // in any way
	segmentEnd               // with "/", or not at all
	exactEnd                 // not at all
)

// endingAt is how a path does go on at a place in it; it serves every ending up to that.
func endingAt(path string, at int) ending {
	switch {
	case at == len(path):
		return exactEnd
	case path[at] == '/':
		return segmentEnd
	}
	return openEnd
}

// trie finds the routes of a host that are filed under the beginnings of a path. It is a
// compressed prefix tree: each node stands for a text, the labels from the root down to it.
type trie struct {
	folded  bool    // the texts are in lower case, and the case of a path does not count
	nodes   []node  // the root first, and the children of a node side by side
	leads   []byte  // the first byte of each node's label
	entries []entry // of all nodes
}

type node struct {
	label    string // what the text goes on with behind the parent's
	depth    int32  // length of the text
	up       int32  // nearest node above that has entries; -1: none
	least    int32  // first route of the entries here and in all nodes above
	first    int32  // entries
	count    int32
	kids     int32 // nodes
	kidCount int16
	_        [2]byte
}

// entry is a route under the text of a node.
type entry struct {
	route   int32
	end     ending
	checked bool // it takes more than the path's text: conditions, or a regular expression
}

// search looks for the first route that matches a request.
type search struct {
	request *Prepared
	view    *view
	routes  []route
	best    int32 // the first route found so far; as many as there are: none
	looked  int   // at labels and entries
}

// in looks for an earlier route in a trie. It goes down as far as the path says, and then
// up, since a longer text mostly stands before a shorter one.
func (s *search) in(t *trie) {
	if len(t.nodes) == 0 {
		return
	}
	for at := s.deepest(t); at >= 0; {
		n := &t.nodes[at]
		if n.least >= s.best {
			return
		}
		s.try(t.entries[n.first:n.first+n.count], endingAt(s.view.path, int(n.depth)))
		at = n.up
	}
}

// deepest is the node with the longest text that the path begins with.
func (s *search) deepest(t *trie) int32 {
	at, path := int32(0), s.view.path
	for path != "" {
		n := &t.nodes[at]
		c := path[0]
		if t.folded {
			c = lower(c)
		}
		kid := bytes.IndexByte(t.leads[n.kids:n.kids+int32(n.kidCount)], c)
		if kid < 0 {
			break
		}
		next := n.kids + int32(kid)
		label := t.nodes[next].label
		s.looked++
		if !hasPrefix(path, label, t.folded) {
			break
		}
		at, path = next, path[len(label):]
	}
	return at
}

// try goes through entries, which stand in the order of their routes.
func (s *search) try(entries []entry, end ending) {
	for _, e := range entries {
		if e.route >= s.best {
			return
		}
		s.looked++
		if e.end <= end && (!e.checked || s.holds(&s.routes[e.route])) {
			s.best = e.route
			return
		}
	}
}

// holds checks what the text of a path does not say.
func (s *search) holds(r *route) bool {
	return r.admits(s.request, s.view) && (r.path == nil || r.path.MatchString(s.view.path))
}
