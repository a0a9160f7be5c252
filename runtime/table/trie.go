package table

import "strings"

// forest holds the tries of a table's hosts side by side, each a compressed prefix tree: a
// node stands for a text, which is the labels from the root down to it, and has the routes
// that are filed under that text. There are no pointers in it, and few places to look at.
type forest struct {
	nodes   []node  // the children of a node stand side by side
	entries []entry // of all nodes
	text    string  // each node's label, and behind it the first bytes of its children's
}

type node struct {
	depth    int32 // length of the node's text
	label    int32 // where in the forest's text its label begins
	kids     int32 // first child
	first    int32 // first entry
	count    int32 // of entries
	up       int32 // nearest node above that has entries, or none
	least    int32 // first route of the entries here and in all nodes above
	kidCount int16
}

// none stands for no node.
const none = -1

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
	looked  int   // at labels going down, and at nodes and entries going up
}

// in looks for an earlier route in the trie of a root, whose texts are in lower case where
// the case of a path does not count. It goes down as far as the path says, and then up,
// since a longer text mostly stands before a shorter one.
func (s *search) in(f *forest, root int32, fold bool) {
	if root == none {
		return
	}
	for at := s.deepest(f, root, fold); at != none; {
		n := &f.nodes[at]
		s.looked++
		if n.least >= s.best {
			return
		}
		s.try(f.entries[n.first:n.first+n.count], endingAt(s.view.path, int(n.depth)))
		at = n.up
	}
}

// deepest is the node below a root with the longest text that the path begins with.
func (s *search) deepest(f *forest, root int32, fold bool) int32 {
	at, path := root, s.view.path
	n := &f.nodes[at]
	leads := n.label
	for path != "" {
		c := path[0]
		if fold {
			c = lower(c)
		}
		kid := strings.IndexByte(f.text[leads:leads+int32(n.kidCount)], c)
		if kid < 0 {
			break
		}
		next := n.kids + int32(kid)
		depth := n.depth
		n = &f.nodes[next]
		s.looked++
		leads = n.label + n.depth - depth
		label := f.text[n.label:leads]
		if !hasPrefix(path, label, fold) {
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
