package manifest

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// object is the walk over one object. It fills typed structs and, for an Ingress, notes
// each leaf on the way, so that every leaf is accounted for once.
type object struct {
	r        *reader
	origin   ledger.Origin // of the object; Key is empty
	id       ident
	homeless bool   // nothing names a namespace
	version  string // apiVersion
	base     int    // added to the lines of nodes
	record   bool   // leaves get ledger entries and unknown fields findings
	secret   bool   // values never go into messages
	entries  []ledger.Entry
	slab     []ledger.Place // where the next places go
	problems []ledger.Finding
	warnings []ledger.Finding
	path     []byte // of the value at hand
}

// value is a node under its key.
type value struct {
	node *yaml.Node // aliases resolved
	line int        // in the file: of the key, or of the list item
}

// The rules of findings about objects.
const (
	RuleUnreadable      = "unreadable"        // a file or document that can not be read
	RuleTemplate        = "template"          // a template that must be rendered first
	RulePlaceholder     = "placeholder"       // a ${VARIABLE} that must be substituted first
	RuleInvalidObject   = "invalid-object"    // the API server would refuse the object
	RuleDuplicateKey    = "duplicate-key"     // a key stands twice in a mapping
	RuleDuplicateObject = "duplicate-object"  // an object stands twice in the input
	RuleUnknownField    = "unknown-field"     // a field that the API version does not have
	RuleNoNamespace     = "no-namespace"      // neither object, flag nor kustomization names one
	RuleMissingPathType = "missing-path-type" // v1 wants a pathType
	RuleSkipped         = "skipped-file"      // a file or directory that is not read, or only once
)

const (
	reasonNull = "null: as if it were not there"
	quoteIt    = "quote the value, so that it is a string"
)

// each calls f for every pair of a mapping; a pair that f does not know is unknown. A
// null is no mapping and no mistake.
func (o *object) each(v value, f func(key string, v value) bool) {
	switch typeOf(v.node) {
	case "null":
		o.null(v)
		return
	case "mapping":
	default:
		o.mistyped(v, "a mapping")
		return
	}
	ps := pairs(v.node)
	if len(ps) == 0 {
		o.leaf("{}", v.line, ledger.Open, "")
	}
	for i := 0; i+1 < len(ps); i += 2 {
		key := deref(ps[i])
		mark := o.push(keyText(key))
		child := value{deref(ps[i+1]), key.Line + o.base}
		if !f(key.Value, child) {
			o.unknown(child)
		}
		o.path = o.path[:mark]
	}
}

// items calls f for every item of a list. A null item is refused: nothing can be meant by it.
func (o *object) items(v value, f func(i int, v value)) {
	switch typeOf(v.node) {
	case "null":
		o.null(v)
		return
	case "list":
	default:
		o.mistyped(v, "a list")
		return
	}
	if len(v.node.Content) == 0 {
		o.leaf("[]", v.line, ledger.Open, "")
	}
	for i, item := range v.node.Content {
		mark := len(o.path)
		o.path = fmt.Appendf(o.path, "[%d]", i)
		child := value{deref(item), item.Line + o.base}
		if typeOf(child.node) == "null" {
			o.leaves(child, ledger.Open, "")
			o.invalid(child.line, "an item of the list is empty", "remove the item, or fill it in")
		} else {
			f(i, child)
		}
		o.path = o.path[:mark]
	}
}

// text reads a string; null and what is no string give "".
func (o *object) text(v value) string {
	switch typeOf(v.node) {
	case "null":
		o.null(v)
		return ""
	case "string":
		o.leaf(v.node.Value, v.line, ledger.Open, "")
		o.checkRendered(v)
		return v.node.Value
	}
	o.mistyped(v, "a string")
	return ""
}

// number reads an integer from 1 to 65535, such as ports are; null gives 0.
func (o *object) port(v value) int {
	if typeOf(v.node) == "null" {
		o.null(v)
		return 0
	}
	i, ok := integer(v.node)
	if !ok {
		o.mistyped(v, "an integer")
		return 0
	}
	o.leaf(v.node.Value, v.line, ledger.Open, "")
	if i < 1 || i > 65535 {
		o.invalid(v.line, fmt.Sprintf("the port %s is out of range", v.node.Value), "use a port from 1 to 65535")
		return 0
	}
	return int(i)
}

func (o *object) null(v value) { o.leaf("null", v.line, ledger.Ignored, reasonNull) }

// mistyped enters the leaves of a value of the wrong type and refuses the object.
func (o *object) mistyped(v value, want string) {
	o.leaves(v, ledger.Open, "")
	got := typeOf(v.node)
	action := "write " + want
	switch {
	case got == "null":
		got = "empty"
	case got == "mapping", got == "list":
		got = "a " + got
	case o.secret:
		got = "a " + got
	default:
		got = fmt.Sprintf("the %s %s", got, short(v.node.Value))
	}
	switch {
	case want == "a string" && v.node.Kind == yaml.ScalarNode:
		action = quoteIt
	case want == "an integer" && typeOf(v.node) == "string":
		action = "write the number without quotes"
	}
	o.invalid(v.line, fmt.Sprintf("want %s, not %s", want, got), action)
}

// unknown enters the leaves of a field that the API version does not have.
func (o *object) unknown(v value) {
	if !o.record {
		return
	}
	o.leaves(v, ledger.Unknown, "no such field in "+o.version+": strict validation refuses it, otherwise the API server drops it")
	o.warnings = append(o.warnings, o.finding(RuleUnknownField, ledger.Warning, v.line,
		"no such field in "+o.version, "correct the name, or remove the field"))
}

// leaves enters everything beneath a value.
func (o *object) leaves(v value, fate ledger.Fate, reason string) {
	if !o.record {
		return
	}
	switch v.node.Kind {
	case yaml.MappingNode:
		ps := pairs(v.node)
		if len(ps) == 0 {
			o.leaf("{}", v.line, fate, reason)
		}
		for i := 0; i+1 < len(ps); i += 2 {
			key := deref(ps[i])
			mark := o.push(keyText(key))
			o.leaves(value{deref(ps[i+1]), key.Line + o.base}, fate, reason)
			o.path = o.path[:mark]
		}
	case yaml.SequenceNode:
		if len(v.node.Content) == 0 {
			o.leaf("[]", v.line, fate, reason)
		}
		for i, item := range v.node.Content {
			mark := len(o.path)
			o.path = fmt.Appendf(o.path, "[%d]", i)
			o.leaves(value{deref(item), item.Line + o.base}, fate, reason)
			o.path = o.path[:mark]
		}
	default:
		if typeOf(v.node) == "null" {
			fate, reason = ledger.Ignored, reasonNull
		}
		o.leaf(v.node.Value, v.line, fate, reason)
	}
}

// leaf enters the field at the current path.
func (o *object) leaf(text string, line int, fate ledger.Fate, reason string) {
	if o.record {
		o.enter(ledger.Field, o.key(), text, line, fate, reason)
	}
}

func (o *object) enter(kind ledger.Kind, key, text string, line int, fate ledger.Fate, reason string) {
	o.entries = append(o.entries, ledger.Entry{
		Origin: o.placeOf(key, line), Kind: kind, Value: text, Fate: fate, Reason: reason,
	})
}

// placeOf is the origin of a key of the object. Places are made many at a time, but not many
// more than there are: one that is kept keeps those that were made with it.
func (o *object) placeOf(key string, line int) ledger.Origin {
	if len(o.slab) == cap(o.slab) {
		o.slab = make([]ledger.Place, 0, min(max(16, 2*cap(o.slab)), 256))
	}
	o.slab = append(o.slab, ledger.Place{File: o.origin.File, Doc: o.origin.Doc, Line: line, Object: o.origin.Object, Key: key})
	return ledger.Origin{Place: &o.slab[len(o.slab)-1]}
}

// origins are those of the entries since a mark, in a slice of their own.
func (o *object) origins(from int) []ledger.Origin { return o.originsBetween(from, len(o.entries)) }

func (o *object) originsBetween(from, to int) []ledger.Origin {
	out := make([]ledger.Origin, 0, to-from)
	for i := range o.entries[from:to] {
		out = append(out, o.entries[from+i].Origin)
	}
	return out
}

// push appends a key to the path and returns the mark to cut it off again.
func (o *object) push(key string) int {
	mark := len(o.path)
	if mark > 0 {
		o.path = append(o.path, '.')
	}
	o.path = append(o.path, key...)
	return mark
}

// key is the current path. Equal paths share their bytes.
func (o *object) key() string { return o.r.share(o.path) }

func keyText(key *yaml.Node) string {
	if key.Kind != yaml.ScalarNode {
		return "{...}"
	}
	return key.Value
}

// short is a value as messages quote it.
func short(s string) string {
	const max = 60
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "") + "..."
	}
	return fmt.Sprintf("%q", s)
}
