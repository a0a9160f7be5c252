package manifest

import (
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Bounds of one object, its aliases written out.
const (
	maxNodes = 1_000_000
	maxDepth = 1000
)

// deref follows aliases to the node that they stand for. An alias cannot lead to an alias
// of itself alone, since an anchor stands at a node.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pairs are the keys and values of a mapping, in turns, with the merge keys (<<) written
// out: a key of the mapping itself hides a merged one, an earlier merge a later one.
func pairs(n *yaml.Node) []*yaml.Node {
	flatten(n)
	return n.Content
}

// flatten writes the merge keys of a mapping out, once, in place. It returns how many
// keys it looked at.
func flatten(n *yaml.Node) int {
	if !slices.ContainsFunc(n.Content, isMergeKey) {
		return 0
	}
	m := merger{have: map[string]bool{}, seen: map[*yaml.Node]bool{}}
	m.add(n, 0)
	n.Content = m.out
	return m.work
}

func isMergeKey(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!merge" }

// merger collects the pairs of a mapping and of all that it merges.
type merger struct {
	out  []*yaml.Node
	have map[string]bool     // keys of the mappings collected so far
	seen map[*yaml.Node]bool // mappings collected so far: each counts once
	work int
}

func (m *merger) add(n *yaml.Node, depth int) {
	if depth > maxDepth || n.Kind != yaml.MappingNode || m.seen[n] {
		return
	}
	m.seen[n] = true
	own := len(m.out)
	for i := 0; i+1 < len(n.Content); i += 2 {
		m.work++
		if key := deref(n.Content[i]); !isMergeKey(key) && !m.have[keyText(key)] {
			m.out = append(m.out, n.Content[i], n.Content[i+1])
		}
	}
	for ; own < len(m.out); own += 2 {
		m.have[keyText(deref(m.out[own]))] = true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMergeKey(n.Content[i]) {
			continue
		}
		from := deref(n.Content[i+1])
		if from.Kind != yaml.SequenceNode {
			m.add(from, depth+1)
			continue
		}
		for _, item := range from.Content {
			m.work++
			m.add(deref(item), depth+1)
		}
	}
}

// get is the value of a key of a mapping, or nil.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	ps := pairs(n)
	for i := 0; i+1 < len(ps); i += 2 {
		if deref(ps[i]).Value == key {
			return deref(ps[i+1])
		}
	}
	return nil
}

// scalar is the value of a string scalar under a key of a mapping, or "".
func scalar(n *yaml.Node, key string) string {
	v := get(n, key)
	if v == nil || typeOf(v) != "string" {
		return ""
	}
	return v.Value
}

// typeOf names a node's type as kubectl sees it: it reads YAML 1.1, where a plain yes or
// off is a boolean, and keeps timestamps as strings.
func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	}
	switch n.Tag {
	case "!!null":
		return "null"
	case "!!bool":
		return "boolean"
	case "!!int", "!!float":
		return "number"
	case "!!str":
		if n.Style == 0 && isYAML11Boolean(n.Value) {
			return "boolean"
		}
	}
	return "string"
}

func isYAML11Boolean(s string) bool {
	if len(s) > 3 || s == "" {
		return false
	}
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return true
	}
	return false
}

// integer is the value of an integer scalar.
func integer(n *yaml.Node) (int64, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" {
		return 0, false
	}
	i, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 0, 64)
	return i, err == nil
}
