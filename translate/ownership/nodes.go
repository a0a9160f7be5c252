package ownership

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// reader takes YAML nodes apart and notes every problem.
type reader struct{ problems }

// fields are the values of a mapping by key.
type fields struct {
	line   int
	values map[string]*yaml.Node
}

// mapping reads a mapping that may have the known keys and must have the required ones; what
// names it in messages. A node that is none gives false.
func (r *reader) mapping(n *yaml.Node, what string, required, optional []string) (fields, bool) {
	if n.Kind != yaml.MappingNode {
		r.at(n.Line, "%s: want a mapping, have %s", what, kindOf(n))
		return fields{}, false
	}
	known := slices.Concat(required, optional)
	f := fields{n.Line, make(map[string]*yaml.Node, len(known))}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch first, twice := f.values[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			r.at(k.Line, "%s: a key must be a word, have %s", what, kindOf(k))
		case twice:
			r.at(k.Line, "%s: key %q is on line %d already; drop one", what, k.Value, first.Line)
		case !slices.Contains(known, k.Value):
			r.at(k.Line, "%s: unknown key %q%s", what, k.Value, r.hint(k.Value, known))
		default:
			f.values[k.Value] = v
		}
	}
	for _, k := range required {
		if f.values[k] == nil {
			r.at(n.Line, "%s: %s is missing", what, k)
		}
	}
	return f, true
}

// hint names the nearest known word, or all of them.
func (r *reader) hint(word string, known []string) string {
	if s := r.suggest(strings.ToLower(word), known); s != "" {
		return s
	}
	return "; known keys: " + strings.Join(known, ", ")
}

// text is a key's text and line. It is empty, and noted unless the key is missing, where
// the value is no text; the line is then that of the mapping.
func (r *reader) text(f fields, key string) (string, int) {
	n := f.values[key]
	if n == nil {
		return "", f.line
	}
	return r.scalar(n, key), n.Line
}

// filled is a text that must not be empty.
func (r *reader) filled(f fields, key string) (string, int) {
	n := f.values[key]
	if n != nil && isText(n) && n.Value == "" {
		r.at(n.Line, "%s is empty", key)
	}
	return r.text(f, key)
}

// timestampTag is what YAML makes of a date without quotes.
const timestampTag = "!!timestamp"

func isText(n *yaml.Node) bool {
	tag := n.ShortTag()
	return n.Kind == yaml.ScalarNode && (tag == yaml.NodeTagString || tag == timestampTag)
}

func (r *reader) scalar(n *yaml.Node, what string) string {
	switch {
	case isText(n):
		return n.Value
	case n.Kind == yaml.ScalarNode && n.ShortTag() != yaml.NodeTagNull:
		r.at(n.Line, "%s: want text, have %s; put it in quotes", what, kindOf(n))
	default:
		r.at(n.Line, "%s: want text, have %s", what, kindOf(n))
	}
	return ""
}

// list are the items under a key; none if it is missing or null.
func (r *reader) list(f fields, key string) []*yaml.Node {
	n := f.values[key]
	switch {
	case n == nil || n.ShortTag() == yaml.NodeTagNull:
		return nil
	case n.Kind != yaml.SequenceNode:
		r.at(n.Line, "%s: want a list, have %s", key, kindOf(n))
		return nil
	}
	return n.Content
}

func (r *reader) texts(f fields, key string) []string {
	var all []string
	for _, n := range r.list(f, key) {
		s := r.scalar(n, key)
		switch {
		case s == "" && isText(n):
			r.at(n.Line, "%s: an item is empty", key)
		case s != "" && slices.Contains(all, s):
			r.at(n.Line, "%s: %q is listed twice; drop one", key, s)
		case s != "":
			all = append(all, s)
		}
	}
	return all
}

// kindOf names a node for people.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias, which a plan cannot hold: write it out"
	}
	switch n.ShortTag() {
	case yaml.NodeTagNull:
		return "nothing"
	case yaml.NodeTagBool:
		return "the boolean " + n.Value
	case yaml.NodeTagInt, yaml.NodeTagFloat:
		return "the number " + n.Value
	case yaml.NodeTagString:
		return "the text " + n.Value
	}
	return "a value tagged " + n.Tag
}
