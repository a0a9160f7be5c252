package source

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/json"
)

const (
	maxNotes = 10 // of one object
	maxLists = 8  // lists within lists
)

// content is what a document holds. Lines count from 1 at the document's first line.
type content struct {
	items   []item
	notes   []note
	broken  bool // something in it can not be read
	ignored int  // objects of other kinds
}

// item is an object as it was read.
type item struct {
	Ref
	text  []byte
	value any
	line  int
}

// note is something wrong in a document; line 0 is where the document's content begins.
type note struct {
	line                 int
	object, key, message string
}

// decoding is the reading of one document.
type decoding struct {
	content
	namespace string // of objects without one
	text      []byte
	whole     bool // the document is one object
}

// decode reads a document. The content keeps no part of the text.
func decode(text []byte, namespace string) content {
	d := &decoding{namespace: namespace, text: text}
	trees, line, err := manifest.Trees(text, 1)
	if err != nil {
		d.fail(note{line: line, message: "no YAML: " + err.Error() + "; correct the document"})
	}
	d.whole = len(trees) == 1
	for _, t := range trees {
		d.tree(t, "", "", 0)
	}
	d.bound(bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1)
	return d.content
}

// bound keeps lines within the document: the parser counts line breaks that only YAML knows
// of, and may find out only behind the end that something is missing.
func (d *decoding) bound(lines int) {
	for i := range d.notes {
		d.notes[i].line = min(d.notes[i].line, lines)
	}
	for i := range d.items {
		d.items[i].line = min(d.items[i].line, lines)
	}
}

func (d *decoding) fail(n note) {
	d.broken = true
	d.notes = append(d.notes, n)
}

// tree reads an object or a list of them; items of a list that give no type are of the
// given one.
func (d *decoding) tree(t manifest.Tree, version, name string, depth int) {
	if !t.IsMapping() {
		d.fail(note{line: t.Line(), message: "not a mapping: no Kubernetes object; remove it"})
		return
	}
	if v, n := t.Text("apiVersion"), t.Text("kind"); v != "" || n != "" {
		version, name = v, n
	}
	if version == "" || name == "" {
		d.fail(note{line: t.Line(), message: "no apiVersion or no kind: no Kubernetes object; add them, or remove the document"})
		return
	}
	if of, ok := strings.CutSuffix(name, "List"); ok {
		if _, ours := kindOf(version, of); ours || version == "v1" && of == "" {
			d.list(t, version, of, depth)
			return
		}
	}
	k, ok := kindOf(version, name)
	switch {
	case !ok:
		d.ignored++
	case k.name != name:
		d.fail(note{line: t.LineOf("kind"), key: "kind", message: fmt.Sprintf("no such kind; write kind: %s", k.name)})
	case !k.reads(version):
		d.fail(note{line: t.LineOf("apiVersion"), key: "apiVersion", object: name,
			message: fmt.Sprintf("the version of this %s is not one that is read; write apiVersion: %s", name, k.versions[0])})
	default:
		d.object(t, k)
	}
}

// list reads the items of a list, each as an object.
func (d *decoding) list(t manifest.Tree, version, of string, depth int) {
	items, ok := t.Get("items").Items()
	if !ok || depth == maxLists {
		d.fail(note{line: t.LineOf("items"), key: "items", message: "no list, or lists are nested too deep; write a list of objects"})
		return
	}
	d.whole = false
	if of == "" {
		version = ""
	}
	for item := range items {
		d.tree(item, version, of, depth+1)
	}
}

// object reads an object of a known kind.
func (d *decoding) object(t manifest.Tree, k kind) {
	meta := t.Get("metadata")
	it := item{Ref: Ref{k.name, meta.Text("namespace"), meta.Text("name")}, line: t.Line()}
	if k.global {
		it.Namespace = ""
	} else if it.Namespace == "" {
		it.Namespace = d.namespace
	}
	if n := nameless(t, it.Ref); n.message != "" {
		d.fail(n)
		return
	}
	if k.name == kindIngress && !d.ingress(t, &it) { // before JSON, which changes a tree with keys that stand twice
		return
	}
	data, ok := d.json(t, &it)
	if ok && (k.name == kindIngress || d.value(t, k, &it, data)) {
		d.items = append(d.items, it)
	}
}

// json gives an object its text, and writes it as JSON, but for a whole document with an
// Ingress, whose value needs none.
func (d *decoding) json(t manifest.Tree, it *item) (data []byte, ok bool) {
	if d.whole {
		it.text = bytes.Clone(d.text)
		if it.Kind == kindIngress {
			return nil, true
		}
	}
	data, twice, err := t.JSON()
	if err != nil {
		d.fail(note{line: it.line, object: it.String(), message: err.Error() + "; correct the object"})
		return nil, false
	}
	for _, f := range twice {
		d.notes = append(d.notes, doubled(it.Ref, f))
	}
	if !d.whole {
		it.text = data
	}
	return data, true
}

// nameless says what is wrong with an object's name or namespace; nothing is the zero note.
func nameless(t manifest.Tree, r Ref) note {
	if what := validation.IsDNS1123Subdomain(r.Name); len(what) > 0 {
		return note{t.LineOf("metadata.name"), r.String(), "metadata.name", "no valid name; use lower-case letters, digits, '-' and '.'"}
	}
	if what := validation.IsDNS1123Label(r.Namespace); r.Namespace != "" && len(what) > 0 {
		return note{t.LineOf("metadata.namespace"), r.String(), "metadata.namespace", "no valid namespace; use lower-case letters, digits and '-'"}
	}
	return note{}
}

// value decodes an object into its type, without what its type does not have, which is
// noted.
func (d *decoding) value(t manifest.Tree, k kind, it *item, data []byte) bool {
	v := k.empty()
	strict, err := json.UnmarshalStrict(data, v)
	if err == nil && k.name == kindSecret {
		unite(v)
	}
	if err != nil {
		d.fail(misfit(t, it.Ref, data, err))
		return false
	}
	for _, err := range strict[:min(len(strict), maxNotes)] {
		d.notes = append(d.notes, superfluous(t, it.Ref, err))
	}
	v.SetNamespace(it.Namespace)
	it.value = v
	return true
}

// String is the object as origins name it.
func (r Ref) String() string {
	name := r.Name
	if name == "" {
		name = "(no name)"
	}
	if r.Namespace == "" {
		return r.Kind + " " + name
	}
	return r.Kind + " " + r.Namespace + "/" + name
}
