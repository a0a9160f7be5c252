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

// Origin is the place in the input that a thing comes from.
type Origin struct {
	File   string `json:"file"`             // as the user named it; "-" is stdin
	Doc    int    `json:"doc"`              // document in the file, from 0
	Line   int    `json:"line"`             // line in the file, from 1; 0 unknown
	Object string `json:"object,omitempty"` // "Kind namespace/name"; empty for a document that is none
	Key    string `json:"key,omitempty"`    // annotation key or field path; empty for the whole document
}

// String is the place as error messages show it: "file:line: Ingress ns/name: key".
func (o Origin) String() string {
	var b strings.Builder
	b.WriteString(o.File)
	if o.Line > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(o.Line))
	}
	for _, part := range []string{o.Object, o.Key} {
		if part != "" {
			b.WriteString(": ")
			b.WriteString(part)
		}
	}
	return b.String()
}

// Compare orders origins by file, document, line, object and key.
func (o Origin) Compare(p Origin) int {
	return cmp.Or(
		cmp.Compare(o.File, p.File), cmp.Compare(o.Doc, p.Doc), cmp.Compare(o.Line, p.Line),
		cmp.Compare(o.Object, p.Object), cmp.Compare(o.Key, p.Key),
	)
}

// At is the same object's origin for another key and line.
func (o Origin) At(key string, line int) Origin {
	o.Key, o.Line = key, line
	return o
}

// MarshalText writes all five parts, separated by '|', with '|' and '\' escaped.
func (o Origin) MarshalText() ([]byte, error) {
	esc := strings.NewReplacer(`\`, `\\`, `|`, `\p`)
	parts := []string{esc.Replace(o.File), strconv.Itoa(o.Doc), strconv.Itoa(o.Line), esc.Replace(o.Object), esc.Replace(o.Key)}
	return []byte(strings.Join(parts, "|")), nil
}

// UnmarshalText reads what MarshalText wrote.
func (o *Origin) UnmarshalText(text []byte) error {
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
	*o = Origin{File: unesc.Replace(parts[0]), Doc: doc, Line: line, Object: unesc.Replace(parts[3]), Key: unesc.Replace(parts[4])}
	return nil
}
