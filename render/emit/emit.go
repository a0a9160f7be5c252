// Package emit writes API objects for people: YAML, JSON and names, in API field order.
//
// An object is a struct (or a pointer to one) with json tags, as in the Kubernetes APIs,
// or a map with string keys. Its fields stand in the order of the Go struct, but
// apiVersion before kind, as every published manifest has it; map keys are sorted.
// omitempty and omitzero are honoured, and more is left out, because it says nothing in a
// Kubernetes API: null fields, and structs tagged omitempty that have nothing set (status).
package emit

import (
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Commented is an object with a comment above it. Head may have several lines; each is
// written behind "# ". JSON and names have no place for it and leave it out.
type Commented struct {
	Object any
	Head   string
}

// flushAt is the number of bytes that are gathered before they go to the writer.
const flushAt = 1 << 16

// YAML writes one document an object, "---" between them. No object is no byte. The error
// names the object that can't be written; those before it may have been written.
func YAML(w io.Writer, objects []any) error {
	p := &yamlPrinter{}
	for i, o := range objects {
		if i > 0 {
			p.buf = append(p.buf, "---\n"...)
		}
		if err := document(p, o); err != nil {
			return fmt.Errorf("object %d: %w", i+1, err)
		}
		if len(p.buf) >= flushAt {
			if _, err := w.Write(p.buf); err != nil {
				return err
			}
			p.buf = p.buf[:0]
		}
	}
	if len(p.buf) == 0 {
		return nil
	}
	_, err := w.Write(p.buf)
	return err
}

// Document is the object as one YAML document, without a document marker.
func Document(object any) ([]byte, error) { return new(Documents).Document(object) }

// Documents writes many objects in the room of one. The zero value is ready to use; it is not
// safe for concurrent use.
type Documents struct{ printer yamlPrinter }

// Document is as the function of that name; the bytes hold until the next call.
func (d *Documents) Document(object any) ([]byte, error) {
	p := &d.printer
	*p = yamlPrinter{buf: p.buf[:0], frames: p.frames[:0]}
	if err := document(p, object); err != nil {
		return nil, err
	}
	return p.buf, nil
}

// Scalar is the string as YAML writes it in one line: plain where that reads back as the
// same string, else quoted. Bytes that are not UTF-8 become U+FFFD.
func Scalar(s string) string { return string(appendScalar(nil, s)) }

// JSON writes a single object as itself and any other number of them as a v1 List,
// indented by two spaces, with a newline at the end.
func JSON(w io.Writer, objects []any) error {
	p := &jsonPrinter{}
	if len(objects) != 1 {
		p.openMap()
		for _, kv := range [][2]string{{"apiVersion", "v1"}, {"kind", "List"}} {
			p.key(kv[0], true)
			p.text(kv[1])
		}
		p.key("items", true)
		p.openList()
	}
	for i, o := range objects {
		if len(objects) != 1 {
			p.item()
		}
		if err := object(p, o); err != nil {
			return fmt.Errorf("object %d: %w", i+1, err)
		}
	}
	if len(objects) != 1 {
		p.closeList()
		p.closeMap()
	}
	_, err := w.Write(append(p.buf, '\n'))
	return err
}

func document(p *yamlPrinter, o any) error {
	if c, ok := o.(Commented); ok {
		p.comment(c.Head)
	}
	return object(p, o)
}

func object(p printer, o any) error {
	v, err := target(o)
	if err != nil {
		return err
	}
	if err := write(p, v); err != nil {
		return fmt.Errorf("%s: %w", describe(v), err)
	}
	return nil
}

// target is the struct or map that an object comes down to.
func target(object any) (reflect.Value, error) {
	if c, ok := object.(Commented); ok {
		object = c.Object
	}
	v := reflect.ValueOf(object)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return v, errors.New("is nil")
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Invalid:
		return v, errors.New("is nil")
	case reflect.Struct, reflect.Map:
		return v, nil
	default:
		return v, fmt.Errorf("is a %s, and must be a struct or a map", v.Type())
	}
}
