package manifest

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// ident is what two manifests of one object have in common.
type ident struct{ kind, namespace, name string }

// seen is an accepted object.
type seen struct {
	origin      ledger.Origin
	sum         uint64 // of its content
	first, last int    // its entries in the ledger, from and up to
	index       int    // in Set.Ingresses or Set.Proxies
}

// begin starts the walk over an object. The object is valid until the next one begins.
func (r *reader) begin(p place, v value, t typeMeta, k *kindReader) *object {
	o := &r.obj
	*o = object{
		r: r, version: t.version, base: p.base, record: k.kind == "Ingress", secret: k.secret,
		entries: o.entries[:0], path: o.path[:0], slab: o.slab,
	}
	meta := get(v.node, "metadata")
	o.id = ident{kind: t.kind, name: scalar(meta, "name")}
	o.origin = p.origin(v.line)
	if !k.global {
		o.id.namespace = scalar(meta, "namespace")
		if o.id.namespace == "" {
			o.id.namespace, o.homeless = r.defaultNamespace(p.file)
		}
	}
	o.origin.Object = o.id.String()
	o.origin = r.apart(o.origin)
	return o
}

// String is the object as origins name it.
func (id ident) String() string {
	name := id.name
	if name == "" {
		name = "(no name)"
	}
	if id.namespace == "" {
		return id.kind + " " + name
	}
	return id.kind + " " + id.namespace + "/" + name
}

// refuse enters an object that can not be used.
func (r *reader) refuse(o *object) {
	problems := o.problems
	for _, p := range o.problems {
		if p.Rule == RuleTemplate { // what else is wrong comes from that
			problems = []ledger.Finding{p}
			break
		}
	}
	r.set.Unreadable++
	r.set.Findings = append(r.set.Findings, problems...)
	reason := "the object was refused: " + problems[0].Message
	r.enter(o, ledger.Malformed, reason)
	for i := range o.entries {
		o.entries[i].Fate, o.entries[i].Reason = ledger.Malformed, reason
	}
	r.addAll(o)
}

// accept enters an object and keeps it. An equal copy of an earlier one is ignored, a
// different one takes the earlier one's place, as when both are applied in turn.
func (r *reader) accept(o *object, k *kindReader, sum uint64, thing any) {
	r.set.Findings = append(r.set.Findings, o.warnings...)
	before, dup := r.seen[o.id]
	if dup && before.sum == sum {
		r.ignoreCopy(o, "the same as "+at(before.origin))
		return
	}
	now := seen{origin: o.origin, sum: sum, index: before.index, first: r.set.Ledger.Len()}
	if dup {
		r.replace(o, before)
	} else {
		now.index = r.nextIndex(thing)
	}
	if o.homeless && k.routes {
		r.set.Findings = append(r.set.Findings, noNamespace(o))
	}
	fate := ledger.Ignored
	if k.kind == "Ingress" {
		fate = ledger.Open
	}
	r.enter(o, fate, k.reason)
	r.addAll(o)
	now.last = r.set.Ledger.Len()
	r.seen[o.id] = now
	r.keep(o, thing, now.index)
}

func (r *reader) ignoreCopy(o *object, reason string) {
	r.enter(o, ledger.Ignored, reason)
	for i := range o.entries {
		o.entries[i].Fate, o.entries[i].Reason = ledger.Ignored, reason
	}
	r.addAll(o)
}

// replace settles the entries of an object that a later one replaces.
func (r *reader) replace(o *object, before seen) {
	reason := "replaced by " + at(o.origin)
	for i := before.first; i < before.last; i++ {
		e := r.set.Ledger.Entry(i)
		e.Fate, e.Reason = ledger.Ignored, reason
	}
	o.path = o.path[:0]
	r.set.Findings = append(r.set.Findings, o.finding(RuleDuplicateObject, ledger.Warning, o.origin.Line,
		"it differs from the object of this name in "+at(before.origin)+" and replaces it",
		"remove one of them; of objects that are applied in turn the last one stays"))
}

// collisions refuses an annotation that can not be told from a field: on the same line,
// with a field's path as its key.
func (o *object) collisions() {
	for _, a := range o.entries {
		if a.Kind != ledger.Annotation || !(strings.HasPrefix(a.Key, "spec") || strings.HasPrefix(a.Key, "metadata")) {
			continue
		}
		for _, e := range o.entries {
			if e.Kind != ledger.Annotation && e.Origin.Same(a.Origin) {
				o.invalid(a.Line, "the annotation "+short(a.Key)+" can not be told from the field", "write each on a line of its own")
			}
		}
	}
}

func (r *reader) enter(o *object, fate ledger.Fate, reason string) {
	r.set.Documents++
	r.add(ledger.Entry{Origin: o.origin, Kind: ledger.Document, Fate: fate, Reason: reason})
}

// addAll enters an object's leaves. Only in an object that is refused can two be alike,
// keys that stand twice on one line: they get a number.
func (r *reader) addAll(o *object) {
	if len(o.problems) == 0 {
		r.add(o.entries...)
		return
	}
	taken := map[ledger.Place]bool{}
	for _, e := range o.entries {
		key := e.Key
		for n := 2; taken[*e.Place]; n++ {
			e.Place.Key = fmt.Sprintf("%s (%d)", key, n)
		}
		taken[*e.Place] = true
		r.add(e)
	}
}

// add enters entries; that none is there already is seen to by the callers.
func (r *reader) add(entries ...ledger.Entry) { r.set.Ledger.Add(entries...) }

func at(o ledger.Origin) string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

func noNamespace(o *object) ledger.Finding {
	o.path = o.path[:0]
	return o.finding(RuleNoNamespace, ledger.Warning, o.origin.Line,
		"neither the object nor a kustomization names a namespace; it goes under "+Unassigned, "give -n NAMESPACE, or build its kustomization with -k")
}
