// Package ledger keeps the account of a conversion: every document, annotation and
// field of the input has exactly one Entry, which says what was understood of it and
// what became of it. It imports nothing of ours and no Kubernetes type.
package ledger

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Place is where in the input a thing stands.
type Place struct {
	File   string `json:"file"`             // as the user named it; "-" is stdin
	Doc    int    `json:"doc"`              // document in the file, from 0
	Line   int    `json:"line"`             // line in the file, from 1; 0 unknown
	Object string `json:"object,omitempty"` // "Kind namespace/name"; empty for a document that is none
	Key    string `json:"key,omitempty"`    // annotation key or field path; empty for the whole document

	entry int32 // place in the ledger, from 1; 0 for none
}

// Origin is the place that a thing comes from: a handle, which many things share. Two
// origins are the same (==) if they were made once and handed on. The zero value is no
// place; its fields must not be read.
type Origin struct{ *Place }

// New makes the origin of a place.
func New(p Place) Origin { return Origin{&p} }

// Known says whether there is a place.
func (o Origin) Known() bool { return o.Place != nil }

// String is the place as error messages show it: "file:line: Ingress ns/name: key".
func (o Origin) String() string {
	if !o.Known() {
		return ""
	}
	var b strings.Builder
	b.WriteString(o.Spot())
	for _, part := range []string{o.Object, o.Key} {
		if part != "" && b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return b.String()
}

// Spot is the place in the input: "file:line", or the file where no line is known.
func (o Origin) Spot() string {
	switch {
	case !o.Known():
		return ""
	case o.Line == 0:
		return o.File
	}
	return o.File + ":" + strconv.Itoa(o.Line)
}

// Compare orders origins by file, document, line, object and key; none comes first.
func (o Origin) Compare(p Origin) int {
	if o.Place == p.Place {
		return 0
	}
	if !o.Known() || !p.Known() {
		return cmp.Compare(btoi(o.Known()), btoi(p.Known()))
	}
	return cmp.Or(
		cmp.Compare(o.File, p.File), cmp.Compare(o.Doc, p.Doc), cmp.Compare(o.Line, p.Line),
		cmp.Compare(o.Object, p.Object), cmp.Compare(o.Key, p.Key),
	)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Same says whether two origins are the same place, wherever they were made.
func (o Origin) Same(p Origin) bool { return o.Compare(p) == 0 }

// At makes the origin of another key and line of the same object.
func (o Origin) At(key string, line int) Origin {
	var p Place
	if o.Known() {
		p = *o.Place
	}
	p.Key, p.Line, p.entry = key, line, 0
	return Origin{&p}
}

// MarshalText writes all five parts, separated by '|', with '|' and '\' escaped.
func (o Origin) MarshalText() ([]byte, error) {
	if !o.Known() {
		return nil, nil
	}
	esc := strings.NewReplacer(`\`, `\\`, `|`, `\p`)
	parts := []string{esc.Replace(o.File), strconv.Itoa(o.Doc), strconv.Itoa(o.Line), esc.Replace(o.Object), esc.Replace(o.Key)}
	return []byte(strings.Join(parts, "|")), nil
}

// UnmarshalText reads what MarshalText wrote.
func (o *Origin) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*o = Origin{}
		return nil
	}
	parts := strings.Split(string(text), "|")
	if len(parts) != 5 {
		return fmt.Errorf("origin %q: want file|doc|line|object|key", text)
	}
	unesc := strings.NewReplacer(`\\`, `\`, `\p`, `|`)
	doc, err := strconv.Atoi(parts[1])
	if err != nil {
		return fmt.Errorf("origin %q: document: %w", text, err)
	}
	line, err := strconv.Atoi(parts[2])
	if err != nil {
		return fmt.Errorf("origin %q: line: %w", text, err)
	}
	*o = New(Place{File: unesc.Replace(parts[0]), Doc: doc, Line: line, Object: unesc.Replace(parts[3]), Key: unesc.Replace(parts[4])})
	return nil
}
