package manifest

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// place is where a node was read.
type place struct {
	file *file
	doc  int
	base int // added to the lines of nodes
}

func (p place) origin(line int) ledger.Origin {
	return ledger.New(ledger.Place{File: p.file.name, Doc: p.doc, Line: line})
}

// typeMeta is an object's apiVersion and kind.
type typeMeta struct{ version, kind string }

func (t typeMeta) group() string {
	group, _, ok := strings.Cut(t.version, "/")
	if !ok {
		return ""
	}
	return group
}

// chunk reads the documents of a chunk.
func (r *reader) chunk(f *file, c chunk) {
	if c.oversize() {
		r.unreadable(place{f, f.docs, 0}, c.content, c.content, fmt.Sprintf("the document has more than %d bytes", r.opts.MaxDocument),
			"split it: one object per document", RuleUnreadable)
		f.docs++
		return
	}
	for _, d := range parseChunk(c.text, c.line-1) {
		p := place{f, f.docs, d.base}
		switch {
		case d.err != nil:
			rule, action := RuleUnreadable, "correct the document; the other documents of the file are read"
			if strings.Contains(string(c.text), "{{") || strings.Contains(string(c.text), "{%") {
				rule, action = RuleTemplate, renderFirst
			}
			r.unreadable(p, c.content, max(d.line, c.content), "no YAML: "+d.err.Error(), action, rule)
		case typeOf(d.root) == "null" || d.root.Kind == 0:
			continue
		default:
			r.node(p, value{d.root, d.root.Line + d.base}, typeMeta{}, 0)
		}
		f.docs++
	}
}

// unreadable enters a document that could not be parsed.
func (r *reader) unreadable(p place, line, at int, message, action, rule string) {
	r.set.Unreadable++
	r.set.Findings = append(r.set.Findings, ledger.Finding{
		Rule: rule, Severity: ledger.Error, Origin: p.origin(at), Message: message, Action: action,
	})
	r.document(p.origin(line), ledger.Malformed, message+"; "+action)
}

// document enters a document. Objects that share a line with an equal one, in a list on
// one line, are told apart by a number.
func (r *reader) document(origin ledger.Origin, fate ledger.Fate, reason string) {
	r.set.Documents++
	r.add(ledger.Entry{Origin: r.apart(origin), Kind: ledger.Document, Fate: fate, Reason: reason})
}

// apart is the origin, or if it is taken the same with a number.
func (r *reader) apart(origin ledger.Origin) ledger.Origin {
	p := *origin.Place
	for n := 2; r.taken[p]; n++ {
		p.Object = fmt.Sprintf("%s (%d)", origin.Object, n)
	}
	r.taken[p] = true
	if p == *origin.Place {
		return origin
	}
	return ledger.New(p)
}

// node reads a document or an item of a list; of is the type of items that give none.
func (r *reader) node(p place, v value, of typeMeta, depth int) {
	origin := p.origin(v.line)
	if v.node.Kind != yaml.MappingNode {
		if of.kind != "" || depth > 0 {
			r.unreadable(p, v.line, v.line, "an item of a list that is no object", "remove it", RuleInvalidObject)
			return
		}
		r.document(origin, ledger.Ignored, "not a mapping: no Kubernetes object")
		return
	}
	t := typeMeta{scalar(v.node, "apiVersion"), scalar(v.node, "kind")}
	if t.version == "" && t.kind == "" {
		t = of
	}
	items := get(v.node, "items")
	switch {
	case isKustomization(p.file.name, t):
		r.document(origin, ledger.Ignored, "kustomization: names the namespace of its resources")
	case t.kind == "":
		r.document(origin, ledger.Ignored, "no kind: no Kubernetes object")
	case isList(t) && items != nil:
		r.list(p, v, t, items, depth)
	default:
		r.object(p, v, t)
	}
}

// isList says whether a type is a list of something that is read.
func isList(t typeMeta) bool {
	item, ok := strings.CutSuffix(t.kind, "List")
	return ok && (t == typeMeta{"v1", "List"} || readerOf(typeMeta{t.version, item}) != nil)
}

// list reads the items of a list, each as an object of the same document.
func (r *reader) list(p place, v value, t typeMeta, items *yaml.Node, depth int) {
	if kind := typeOf(items); depth > 8 || (kind != "list" && kind != "null") {
		r.unreadable(p, v.line, v.line, "items is no list, or lists are nested too deep", "write a list of objects", RuleInvalidObject)
		return
	}
	r.document(p.origin(v.line), ledger.Ignored, "a list: its items are accounted for")
	of := typeMeta{t.version, strings.TrimSuffix(t.kind, "List")}
	if of.kind == "" {
		of = typeMeta{}
	}
	for _, item := range items.Content {
		r.node(p, value{deref(item), item.Line + p.base}, of, depth+1)
	}
}
