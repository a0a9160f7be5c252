package emit

import "reflect"

// at is the field's value in a struct; false if it is behind an embedded nil pointer.
func (f *field) at(v reflect.Value) (reflect.Value, bool) {
	if len(f.index) == 1 {
		return v.Field(f.index[0]), true
	}
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// absent says whether the field is left out.
func (f *field) absent(v reflect.Value) bool {
	switch {
	case isNull(v):
		return true
	case f.omitZero && isZero(v):
		return true
	default:
		return f.omitEmpty && f.plan.empty(v)
	}
}

func isNull(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// isZero asks the type's own IsZero first, as omitzero does in encoding/json.
func isZero(v reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	m := v
	if v.Kind() != reflect.Pointer && v.CanAddr() {
		m = v.Addr() // has the methods of the value, too
	}
	if z, ok := m.Interface().(zeroer); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

// empty is omitempty's sense of empty, and also true of a struct that would be written
// without any field.
func (p *plan) empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		if p.shape != structShape {
			return v.IsZero()
		}
	default:
		return v.IsZero()
	}
	for i := range p.fields {
		f := &p.fields[i]
		if fv, ok := f.at(v); ok && !f.absent(fv) {
			return false
		}
	}
	return true
}
