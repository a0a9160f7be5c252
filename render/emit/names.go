package emit

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Names writes one line an object, as `kubectl -o name` does: the kind in lower case, "."
// and the group (nothing for the core group), "/" and the name. An object without kind or
// name is an error, and nothing is written.
func Names(w io.Writer, objects []any) error {
	var b strings.Builder
	for i, o := range objects {
		v, err := target(o)
		if err != nil {
			return fmt.Errorf("object %d: %w", i+1, err)
		}
		kind, name := stringAt(v, "kind"), stringAt(v, "metadata", "name")
		if kind == "" || name == "" {
			return fmt.Errorf("object %d: %s needs a kind and a metadata.name, has %q and %q", i+1, v.Type(), kind, name)
		}
		b.WriteString(strings.ToLower(kind))
		if group, _, ok := strings.Cut(stringAt(v, "apiVersion"), "/"); ok {
			b.WriteString("." + group)
		}
		b.WriteString("/" + name + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe names an object in errors: "Kind namespace/name", or its Go type.
func describe(v reflect.Value) string {
	kind, name := stringAt(v, "kind"), stringAt(v, "metadata", "name")
	if kind == "" || name == "" {
		return v.Type().String()
	}
	if namespace := stringAt(v, "metadata", "namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	return kind + " " + name
}

// stringAt is the string under a path of JSON names; empty if there is none.
func stringAt(v reflect.Value, path ...string) string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if len(path) == 0 {
		if v.Kind() == reflect.String {
			return v.String()
		}
		return ""
	}
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		return stringAt(v.MapIndex(reflect.ValueOf(path[0]).Convert(v.Type().Key())), path[1:]...)
	case v.Kind() == reflect.Struct:
		fields := planOf(v.Type()).fields
		for i := range fields {
			if fv, ok := fields[i].at(v); ok && fields[i].name == path[0] {
				return stringAt(fv, path[1:]...)
			}
		}
	}
	return ""
}
