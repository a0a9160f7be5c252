package manifest

import (
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// metadata is what is read of an object's metadata.
type metadata struct {
	name        string
	named       bool // it has a name, if of a wrong type
	generated   bool // it has a generateName
	namespace   string
	labels      []KeyValue
	annotations []KeyValue
	created     time.Time
}

const (
	lastApplied     = "kubectl.kubernetes.io/last-applied-configuration"
	notShown        = "(not shown)"
	maxAnnotations  = 256 << 10 // bytes of all keys and values, as in the API server
	reasonLabel     = "labels of an Ingress do not route; not copied to the result"
	reasonByServer  = "set by the API server"
	reasonLifecycle = "for the object's life cycle; does not route"
)

// metadata reads the metadata of an object. A name and a namespace get no entry of their
// own: they are in every origin.
func (o *object) metadata(v value) metadata {
	var m metadata
	o.each(v, func(key string, v value) bool {
		switch key {
		case "name":
			m.name, m.named = o.plain(v), typeOf(v.node) != "null"
		case "namespace":
			m.namespace = o.plain(v)
		case "labels":
			m.labels = o.labels(v)
		case "annotations":
			m.annotations = o.annotations(v)
		case "creationTimestamp":
			m.created = o.timestamp(v)
		case "generateName":
			m.generated = typeOf(v.node) == "string" && v.node.Value != ""
			o.leaf(v.node.Value, v.line, ledger.Ignored, "the name is given")
		case "uid", "resourceVersion", "generation", "selfLink", "deletionTimestamp", "managedFields":
			o.leaf(v.node.Value, v.line, ledger.Ignored, reasonByServer)
		case "finalizers", "ownerReferences", "deletionGracePeriodSeconds", "clusterName":
			o.leaf(v.node.Value, v.line, ledger.Ignored, reasonLifecycle)
		default:
			return false
		}
		return true
	})
	o.checkNames(v, m)
	return m
}

func (o *object) checkNames(v value, m metadata) {
	o.at("name", func() {
		switch {
		case m.name == "" && m.named: // said already, but for an empty string
			if len(o.problems) == 0 {
				o.invalid(v.line, "the name is empty", "give it a metadata.name")
			}
		case m.name == "" && m.generated:
			o.invalid(v.line, "it has a generateName and no name", "give it a name: what is converted must be referred to")
		case m.name == "":
			o.invalid(v.line, "it has no name", "give it a metadata.name")
		case !isSubdomain(m.name):
			o.misnamed(v.line, m.name, "a valid name", "use lower-case letters, digits, '-' and '.'")
		}
	})
	o.at("namespace", func() {
		if m.namespace != "" && !isLabel(m.namespace) {
			o.misnamed(v.line, m.namespace, "a valid namespace", "use lower-case letters, digits and '-', at most 63")
		}
	})
}

// plain reads a string that gets no entry.
func (o *object) plain(v value) string {
	switch typeOf(v.node) {
	case "null":
		return ""
	case "string":
		o.checkRendered(v)
		return v.node.Value
	}
	o.mistyped(v, "a string")
	return ""
}

func (o *object) timestamp(v value) time.Time {
	if typeOf(v.node) == "null" {
		o.null(v)
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.node.Value)
	if err != nil {
		o.mistyped(v, "a time such as 2024-05-06T07:08:09Z")
		return time.Time{}
	}
	o.leaf(v.node.Value, v.line, ledger.Ignored, reasonByServer)
	return t
}

func (o *object) labels(v value) []KeyValue {
	return o.keyValues(v, func(kv KeyValue, ok bool) KeyValue {
		if o.record {
			o.enter(ledger.Label, o.key(), kv.Value, kv.Line, ledger.Ignored, reasonLabel)
		}
		if ok && (!isQualifiedName(kv.Key) || !isLabelValue(kv.Value)) {
			o.misnamed(kv.Line, kv.Key+": "+kv.Value, "a valid label", "use at most 63 letters, digits, '-', '_' and '.'")
		}
		return kv
	})
}

func (o *object) annotations(v value) []KeyValue {
	size := 0
	out := o.keyValues(v, func(kv KeyValue, ok bool) KeyValue {
		size += len(kv.Key) + len(kv.Value)
		if kv.Key == lastApplied {
			kv.Value = notShown
		}
		if o.record {
			o.enter(ledger.Annotation, kv.Key, kv.Value, kv.Line, ledger.Open, "")
		}
		if ok && !isQualifiedName(strings.ToLower(kv.Key)) {
			o.misnamed(kv.Line, kv.Key, "a valid annotation key", "write it as example.com/name")
		}
		if o.record && !o.r.opts.Stored && isTemplate(kv.Value) && !holdsCode(kv.Key) {
			o.refuse(RuleTemplate, kv.Line, short(kv.Value)+" is a template", renderFirst)
		}
		return kv
	})
	if size > maxAnnotations {
		o.invalid(v.line, "the annotations have more than 256 KiB", "shorten them: the API server refuses the object, too")
	}
	return out
}

// holdsCode names annotations whose values may well hold braces of their own: code of the
// controller, and the variables that a dashboard fills in.
func holdsCode(key string) bool {
	return strings.HasSuffix(key, "snippet") || strings.HasPrefix(key, "gethomepage.dev/")
}

// keyValues reads a mapping of strings; note is called for each pair, ok says that its
// value is a string.
func (o *object) keyValues(v value, note func(kv KeyValue, ok bool) KeyValue) []KeyValue {
	switch typeOf(v.node) {
	case "null":
		o.null(v)
		return nil
	case "mapping":
	default:
		o.mistyped(v, "a mapping")
		return nil
	}
	ps := pairs(v.node)
	out := make([]KeyValue, 0, len(ps)/2)
	for i := 0; i+1 < len(ps); i += 2 {
		key, val := deref(ps[i]), deref(ps[i+1])
		mark := o.push(keyText(key))
		kv := KeyValue{Key: o.r.share(o.path[len(o.path)-len(keyText(key)):]), Value: val.Value, Line: key.Line + o.base}
		ok := typeOf(val) == "string"
		before := len(o.entries)
		kv = note(kv, ok)
		if len(o.entries) > before {
			kv.Origin = o.entries[len(o.entries)-1].Origin
		}
		if !ok {
			o.notString(value{val, kv.Line})
		}
		out = append(out, kv)
		o.path = o.path[:mark]
	}
	return out
}

// notString refuses a label or annotation that is no string; its entry is there already.
func (o *object) notString(v value) {
	record := o.record
	o.record = false
	o.mistyped(v, "a string")
	o.record = record
}
