package emit

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// shape says how the values of a type are written.
type shape uint8

const (
	unwritable shape = iota
	structShape
	mapShape
	listShape
	refShape // pointer or interface
	textShape
	boolShape
	intShape
	uintShape
	ownShape // has its own JSON form, which is followed
)

// plan is what there is to know about a type, worked out once.
type plan struct {
	shape   shape
	fields  []field // of a struct, embedded ones flattened
	elem    *plan   // of a list, a map or a pointer; nil for an interface
	pointer bool    // the methods of an ownShape are on the pointer
}

// field is one field of a struct as it is written.
type field struct {
	name      string
	index     []int
	plan      *plan
	omitEmpty bool
	omitZero  bool
	plain     bool // the name needs no quotes
}

// plans keeps the plan of each type (reflect.Type -> *plan); a cache, nothing more.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	b := builder{}
	p := b.plan(t)
	plans.Store(t, p)
	return p
}

// builder holds the plans under construction, so that a type may contain itself.
type builder map[reflect.Type]*plan

func (b builder) plan(t reflect.Type) *plan {
	if p, ok := b[t]; ok {
		return p
	}
	p := &plan{}
	b[t] = p
	p.shape, p.pointer = shapeOf(t)
	switch p.shape {
	case structShape:
		p.fields = apiFirst(b.fields(t, nil, nil))
	case listShape:
		p.elem = b.plan(t.Elem())
	case mapShape:
		p.elem = b.plan(t.Elem())
	case refShape:
		if t.Kind() == reflect.Pointer {
			p.elem = b.plan(t.Elem())
		}
	}
	return p
}

// shapeOf is the shape of a type, and whether its methods are on its pointer.
func shapeOf(t reflect.Type) (shape, bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return refShape, false
	}
	if hasOwnForm(t) || t == reflect.TypeFor[json.Number]() {
		return ownShape, false
	}
	if hasOwnForm(reflect.PointerTo(t)) {
		return ownShape, true
	}
	switch t.Kind() {
	case reflect.Struct:
		return structShape, false
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !hasOwnForm(t.Key()) {
			return mapShape, false
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return ownShape, false // base64
		}
		return listShape, false
	case reflect.Array:
		return listShape, false
	case reflect.String:
		return textShape, false
	case reflect.Bool:
		return boolShape, false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intShape, false
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintShape, false
	case reflect.Float32, reflect.Float64:
		return ownShape, false
	}
	return unwritable, false
}

func hasOwnForm(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// fields lists the written fields of a struct, those of embedded structs in their place.
// A name that is there already at an outer level hides the inner one, as in encoding/json.
func (b builder) fields(t reflect.Type, at []int, outer []string) []field {
	var names []string
	for i := range t.NumField() {
		if name, _, inlined := jsonName(t.Field(i)); name != "" && !inlined {
			names = append(names, name)
		}
	}
	hidden := append(slices.Clone(outer), names...)
	var fs []field
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(at), i)
		name, options, inlined := jsonName(sf)
		switch {
		case inlined:
			inner := sf.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			fs = append(fs, b.fields(inner, index, hidden)...)
		case name != "" && !slices.Contains(outer, name):
			p := b.plan(sf.Type)
			if slices.Contains(options, "string") {
				p = &plan{shape: unwritable}
			}
			fs = append(fs, field{
				name: name, index: index, plan: p, plain: isPlain(name),
				omitEmpty: slices.Contains(options, "omitempty"),
				omitZero:  slices.Contains(options, "omitzero"),
			})
		}
	}
	return fs
}

// jsonName reads a json tag: the name, empty if the field is not written; the options;
// and whether the field is an embedded struct whose fields stand in its place.
func jsonName(sf reflect.StructField) (name string, options []string, inlined bool) {
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return "", nil, false
	}
	name, rest, _ := strings.Cut(tag, ",")
	options = strings.Split(rest, ",")
	if sf.Anonymous && name == "" {
		t := sf.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() == reflect.Struct {
			return "", options, true
		}
	}
	if !sf.IsExported() {
		return "", nil, false
	}
	if name == "" {
		name = sf.Name
	}
	return name, options, false
}

// apiFirst puts apiVersion before the kind that it follows: metav1.TypeMeta declares them
// the other way round.
func apiFirst(fs []field) []field {
	for i := 1; i < len(fs); i++ {
		if fs[i].name == "apiVersion" && fs[i-1].name == "kind" {
			fs[i], fs[i-1] = fs[i-1], fs[i]
		}
	}
	return fs
}
