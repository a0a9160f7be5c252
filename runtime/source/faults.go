package source

import (
	"encoding/base64"
	gojson "encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
)

// misfit says which field of an object has the wrong type. Of a Secret it tells only names
// that are no values.
func misfit(t manifest.Tree, r Ref, data []byte, err error) note {
	n := note{line: t.Line(), object: r.String(), message: "a field is not of its type: " + strings.TrimPrefix(err.Error(), "json: ")}
	if r.Kind == kindSecret {
		n.key, n.message = secretMisfit(data)
		n.line = t.LineOf(n.key)
		return n
	}
	var typed *gojson.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		n.key, n.message = typed.Field, fmt.Sprintf("a %s is not what belongs here", typed.Value)
		n.line = t.LineOf(n.key)
	}
	return n
}

// secretMisfit finds the field of a Secret that is not of its type.
func secretMisfit(data []byte) (key, message string) {
	var s struct {
		Data       map[string]any `json:"data"`
		StringData map[string]any `json:"stringData"`
	}
	if gojson.Unmarshal(data, &s) != nil {
		return "data", "a field of the Secret is not of its type"
	}
	for _, name := range slices.Sorted(maps.Keys(s.Data)) {
		text, ok := s.Data[name].(string)
		if _, err := base64.StdEncoding.DecodeString(text); err != nil || !ok && s.Data[name] != nil {
			return "data." + name, "no base64; encode the value, or write it under stringData"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.StringData)) {
		if _, ok := s.StringData[name].(string); !ok && s.StringData[name] != nil {
			return "stringData." + name, "no string; quote the value"
		}
	}
	return "", "a field of the Secret is not of its type"
}

// superfluous tells of a field that the type does not have.
func superfluous(t manifest.Tree, r Ref, err error) note {
	n := note{line: t.Line(), object: r.String(), message: "no such field: the object is served without it; correct the name, or remove the field"}
	var field json.FieldError
	if errors.As(err, &field) {
		n.line, n.key = t.LineOf(field.FieldPath()), field.FieldPath()
	}
	if r.Kind == kindSecret {
		n.key = "" // a value that is not indented well may pass for the name of a field
	}
	return n
}

// doubled tells of a key that stands twice.
func doubled(r Ref, f manifest.Duplicate) note {
	n := note{line: f.Line, object: r.String(), key: f.Key, message: "the key stands twice: the last one counts; remove one of them"}
	if r.Kind == kindSecret {
		n.key = ""
	}
	return n
}

// unite moves the stringData of a Secret into its data, where it wins, as the API server does.
func unite(v metav1.Object) {
	s, ok := v.(*corev1.Secret)
	if !ok || s.StringData == nil {
		return
	}
	if s.Data == nil {
		s.Data = make(map[string][]byte, len(s.StringData))
	}
	for name, text := range s.StringData {
		s.Data[name] = []byte(text)
	}
	s.StringData = nil
}

// ingress reads an Ingress.
func (d *decoding) ingress(t manifest.Tree, it *item) bool {
	set := t.Read(manifest.Options{Namespace: d.namespace})
	before := len(d.notes)
	for _, f := range set.Findings {
		if f.Severity == ledger.Error && len(d.notes)-before < maxNotes {
			d.fail(note{line: d.lineIn(it, f.Origin), object: it.String(), key: f.Origin.Key, message: f.Message + "; " + f.Action})
		}
	}
	if len(set.Ingresses) != 1 && len(d.notes) == before {
		d.fail(note{line: it.line, object: it.String(), message: "it can not be read as an Ingress"})
	}
	it.value = set // until it is known where the document stands
	return len(d.notes) == before
}

// lineIn is a line of the item's text as one of the document.
func (d *decoding) lineIn(it *item, o ledger.Origin) int {
	if d.whole && o.Known() {
		return o.Line
	}
	return it.line
}
