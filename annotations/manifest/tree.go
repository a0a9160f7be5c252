package manifest

import (
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Tree is a parsed document, or a part of one, for those who decode it into types of their
// own. The zero Tree is a part that is not there.
type Tree struct {
	node *yaml.Node // aliases resolved
	base int
}

// Trees parses the text of a Document, whose first line is the given one, as Read does: one
// tree, but for JSON objects that follow each other. Documents that are null are left out.
// An error comes with its line, 0 if it is not known; it quotes no scalar.
func Trees(text []byte, line int) (trees []Tree, at int, err error) {
	for _, d := range parseChunk(text, line-1) {
		switch {
		case d.err != nil:
			return nil, d.line, errors.New(strings.TrimPrefix(d.err.Error(), fmt.Sprintf("line %d: ", d.line)))
		case d.root.Kind != 0 && typeOf(d.root) != "null":
			trees = append(trees, Tree{deref(d.root), d.base})
		}
	}
	return trees, 0, nil
}

// Read reads the object that the tree is, as the function Read does; its places are of no
// file. Options must be good ones.
func (t Tree) Read(o Options) *Set {
	r := newReader(o)
	r.node(place{&file{}, 0, t.base}, value{t.node, t.Line()}, typeMeta{}, 0)
	return r.set
}

// Move says where in its file stands what was read of one document: the number of that
// document, and by how many lines further down.
func (s *Set) Move(file string, doc, lines int) {
	moved := make(map[*ledger.Place]bool, s.Ledger.Len())
	move := func(o ledger.Origin) {
		if !o.Known() || moved[o.Place] {
			return
		}
		moved[o.Place] = true
		o.Place.File, o.Place.Doc = file, doc
		if o.Place.Line > 0 {
			o.Place.Line += lines
		}
	}
	for _, e := range s.Ledger.Entries() {
		move(e.Origin)
	}
	for i := range s.Findings {
		move(s.Findings[i].Origin)
	}
}

// Line is where the tree begins in its file.
func (t Tree) Line() int { return t.node.Line + t.base }

// IsMapping says whether the tree is a mapping.
func (t Tree) IsMapping() bool { return t.node != nil && t.node.Kind == yaml.MappingNode }

// Get is what stands under a key; the zero Tree if there is no such key.
func (t Tree) Get(key string) Tree { return Tree{get(t.node, key), t.base} }

// Text is the string under a key, "" if there is none.
func (t Tree) Text(key string) string { return scalar(t.node, key) }

// Items are the elements of a list; ok says that the tree is one, or null, or not there.
func (t Tree) Items() (items iter.Seq[Tree], ok bool) {
	if t.node == nil || typeOf(t.node) == "null" {
		return func(func(Tree) bool) {}, true
	}
	return func(yield func(Tree) bool) {
		for _, item := range t.node.Content {
			if !yield(Tree{deref(item), t.base}) {
				return
			}
		}
	}, t.node.Kind == yaml.SequenceNode
}

// errNoJSON is what is said of a tree that JSON cannot express; the values are not quoted.
var errNoJSON = errors.New("it has a key that is no string, a number that JSON does not have, or a merge key without a mapping")

// Duplicate is a key that stands in a mapping again.
type Duplicate struct {
	Key  string
	Line int // of the key
}

// JSON writes the tree on one line, its aliases and merges written out within the bounds of
// Read. Of keys that stand twice in a mapping the last one counts; the first few of them are
// returned, too.
func (t Tree) JSON() (text []byte, twice []Duplicate, err error) {
	o := &object{r: &reader{seed: maphash.MakeSeed(), shared: map[string]string{}}, base: t.base}
	if _, err := scanObject(o, t.node); err != nil {
		return nil, nil, err
	}
	if len(o.problems) > 0 {
		lastOnly(t.node, map[*yaml.Node]bool{})
	}
	text = o.json(nil, t.node)
	for _, p := range o.problems {
		if p.Rule != RuleDuplicateKey {
			return nil, nil, errNoJSON
		}
		twice = append(twice, Duplicate{p.Origin.Key, p.Origin.Line})
	}
	return text, twice, nil
}

// lastOnly removes pairs of mappings whose key comes again.
func lastOnly(n *yaml.Node, done map[*yaml.Node]bool) {
	if n = deref(n); done[n] {
		return
	}
	done[n] = true
	if n.Kind == yaml.MappingNode {
		last := map[string]int{}
		for i, ps := 0, pairs(n); i+1 < len(ps); i += 2 {
			last[keyText(deref(ps[i]))] = i
		}
		var kept []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if last[keyText(deref(n.Content[i]))] == i {
				kept = append(kept, n.Content[i], n.Content[i+1])
			}
		}
		n.Content = kept
	}
	for _, child := range n.Content {
		lastOnly(child, done)
	}
}

// LineOf is the line of the field at a path such as spec.routes[2].conditions, or of the
// nearest one above it that is there.
func (t Tree) LineOf(path string) int {
	line, node := t.Line(), t.node
	for path != "" {
		key, value, rest := step(node, strings.TrimPrefix(path, "."))
		if value == nil {
			return line
		}
		line, node, path = key.Line+t.base, deref(value), rest
	}
	return line
}

// step follows the first part of a path: the longest key that it begins with, or an index.
func step(n *yaml.Node, path string) (key, value *yaml.Node, rest string) {
	switch n.Kind {
	case yaml.SequenceNode:
		text, after, ok := strings.Cut(strings.TrimPrefix(path, "["), "]")
		i, err := strconv.Atoi(text)
		if !ok || err != nil || i < 0 || i >= len(n.Content) {
			return nil, nil, ""
		}
		return n.Content[i], n.Content[i], after
	case yaml.MappingNode:
		longest := -1
		for i, ps := 0, pairs(n); i+1 < len(ps); i += 2 {
			k := deref(ps[i])
			after, ok := strings.CutPrefix(path, k.Value)
			if ok && len(k.Value) >= longest && (after == "" || after[0] == '.' || after[0] == '[') {
				key, value, rest, longest = ps[i], ps[i+1], after, len(k.Value)
			}
		}
	}
	return key, value, rest
}
