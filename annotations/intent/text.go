package intent

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// String prints the model, one line a thing, indented by tabs; Parse reads it back.
// Fields with their zero value are left out.
func (m Model) String() string {
	var b strings.Builder
	printFields(&b, reflect.ValueOf(m), "model", 0)
	return b.String()
}

// String prints the route as it stands in a printed model.
func (r Route) String() string {
	var b strings.Builder
	printFields(&b, reflect.ValueOf(r), "route", 0)
	return b.String()
}

// field is how a struct field is printed.
type field struct {
	index int
	name  string
}

var fieldCache sync.Map // reflect.Type -> []field

func fieldsOf(t reflect.Type) []field {
	if fs, ok := fieldCache.Load(t); ok {
		return fs.([]field)
	}
	var fs []field
	for i := range t.NumField() {
		if name, ok := t.Field(i).Tag.Lookup("text"); ok {
			fs = append(fs, field{i, name})
		}
	}
	fieldCache.Store(t, fs)
	return fs
}

// printFields writes "name attr=value ..." and below it the nested things.
func printFields(b *strings.Builder, v reflect.Value, name string, depth int) {
	b.WriteString(strings.Repeat("\t", depth))
	b.WriteString(name)
	fields := fieldsOf(v.Type())
	for _, f := range fields {
		for _, item := range items(v.Field(f.index)) {
			if text, ok := scalarText(item); ok {
				b.WriteByte(' ')
				b.WriteString(f.name)
				if item.Kind() != reflect.Bool {
					b.WriteByte('=')
					b.WriteString(text)
				}
			}
		}
	}
	b.WriteByte('\n')
	for _, f := range fields {
		for _, item := range items(v.Field(f.index)) {
			if _, ok := scalarText(item); !ok {
				printFields(b, item, f.name, depth+1)
			}
		}
	}
}

// items are the values to print for a field: none if it is zero, all of a slice, what a
// pointer points to.
func items(v reflect.Value) []reflect.Value {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	case v.Kind() == reflect.Pointer:
		return []reflect.Value{v.Elem()}
	case v.Kind() == reflect.Slice:
		all := make([]reflect.Value, v.Len())
		for i := range all {
			all[i] = v.Index(i)
		}
		return all
	case v.IsZero() && v.Type() != reflect.TypeFor[Path]():
		return nil
	}
	return []reflect.Value{v}
}

// scalarText is the value in one token, and whether it fits into one.
func scalarText(v reflect.Value) (string, bool) {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return strconv.Quote(err.Error()), true
		}
		return quote(string(text)), true
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String()), true
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint8:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Bool:
		return "", true
	case reflect.Struct:
		return "", false
	}
	return fmt.Sprintf("%q", "unprintable "+v.Kind().String()), true
}

// quote leaves plain words as they are.
func quote(s string) string {
	plain := s != ""
	for _, r := range s {
		if r <= ' ' || r == '"' || r == '=' || r == '\\' || r > '~' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
