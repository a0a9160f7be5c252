package manifest

import (
	"fmt"
	"hash/maphash"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// scan walks a whole object, its aliases and merges written out, before anything is made
// of it: it bounds the work, refuses keys that stand twice, and digests the content.
type scan struct {
	object *object
	nodes  int
	sum    maphash.Hash
}

// errTooLarge stops a scan; the object's fields can not be listed then.
type errTooLarge string

func (e errTooLarge) Error() string { return string(e) }

// scanObject returns the digest of an object, the same for the same content. Keys that
// stand twice become problems of the object; an error means that it exceeds the bounds.
func scanObject(o *object, root *yaml.Node) (uint64, error) {
	s := scan{object: o}
	s.sum.SetSeed(o.r.seed)
	if err := s.walk(root, 0); err != nil {
		return 0, err
	}
	return s.sum.Sum64(), nil
}

func (s *scan) walk(n *yaml.Node, depth int) error {
	n = deref(n)
	if s.nodes++; s.nodes > maxNodes {
		return errTooLarge(fmt.Sprintf("it has more than %d nodes with its aliases written out", maxNodes))
	}
	if depth > maxDepth {
		return errTooLarge(fmt.Sprintf("it is nested more than %d levels deep", maxDepth))
	}
	switch n.Kind {
	case yaml.ScalarNode:
		s.digest('s', typeOf(n), n.Value)
	case yaml.SequenceNode:
		s.digest('[', "", "")
		for _, item := range n.Content {
			if err := s.walk(item, depth+1); err != nil {
				return err
			}
		}
		s.digest(']', "", "")
	case yaml.MappingNode:
		return s.mapping(n, depth)
	}
	return nil
}

func (s *scan) mapping(n *yaml.Node, depth int) error {
	s.duplicates(n)
	s.mergesAreMappings(n)
	if s.nodes += flatten(n); s.nodes > maxNodes {
		return errTooLarge(fmt.Sprintf("it has more than %d nodes with its merges written out", maxNodes))
	}
	ps := n.Content
	s.digest('{', "", "")
	for i := 0; i+1 < len(ps); i += 2 {
		key := deref(ps[i])
		if key.Kind != yaml.ScalarNode {
			s.object.oddKey(key, n)
		}
		s.digest('k', "", key.Value)
		if err := s.walk(ps[i+1], depth+1); err != nil {
			return err
		}
	}
	s.digest('}', "", "")
	return nil
}

// duplicates reports keys that a mapping itself has twice; a merged key is none.
func (s *scan) duplicates(n *yaml.Node) {
	var have map[string]int
	if len(n.Content) > 32 {
		have = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := deref(n.Content[i])
		if key.Kind != yaml.ScalarNode || isMergeKey(key) {
			continue
		}
		first := s.find(n, key.Value, i, have)
		if first >= 0 {
			s.object.duplicateKey(key, deref(n.Content[first]))
		}
	}
}

// find is the index of an equal key before i, or -1.
func (s *scan) find(n *yaml.Node, key string, i int, have map[string]int) int {
	if have != nil {
		if j, ok := have[key]; ok {
			return j
		}
		have[key] = i
		return -1
	}
	for j := 0; j < i; j += 2 {
		if k := deref(n.Content[j]); k.Value == key && k.Kind == yaml.ScalarNode {
			return j
		}
	}
	return -1
}

// mergesAreMappings refuses a merge key with anything but mappings.
func (s *scan) mergesAreMappings(n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMergeKey(n.Content[i]) {
			continue
		}
		from := []*yaml.Node{deref(n.Content[i+1])}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if deref(m).Kind != yaml.MappingNode {
				s.object.invalid(n.Content[i].Line+s.object.base, "a merge key (<<) without a mapping", "give it an alias of a mapping")
			}
		}
	}
}

func (s *scan) digest(mark byte, kind, value string) {
	_ = s.sum.WriteByte(mark) // a Hash never fails
	_, _ = s.sum.WriteString(kind)
	_, _ = s.sum.WriteString(value)
	_ = s.sum.WriteByte(0)
}
