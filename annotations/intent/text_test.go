package intent

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestRoundTrip: Parse reads back what String prints, whatever stands in the fields.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := genModel().Draw(t, "model")
		text := m.String()
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(m, back, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("-printed +parsed: %s\n%s", d, text)
		}
		if !m.Equal(back) || back.String() != text {
			t.Fatalf("printed otherwise:\n%s\n%s", text, back)
		}
	})
}

// TestEqualSeesEveryField: a model with another value anywhere is not equal.
func TestEqualSeesEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genModel().Draw(t, "a"), genModel().Draw(t, "b")
		if got, want := a.Equal(b), cmp.Equal(a, b, cmpopts.EquateEmpty()); got != want {
			t.Fatalf("Equal says %v:\n%s\n%s", got, a, b)
		}
	})
}

// TestFieldsArePrinted: a field without a name in the printed form would be lost silently.
func TestFieldsArePrinted(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || reflect.PointerTo(typ).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
			return
		}
		seen[typ] = true
		names := map[string]bool{}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := f.Tag.Get("text")
			if name == "" || names[name] || strings.ContainsAny(name, " =\t") {
				t.Errorf("%s.%s: the name %q in the printed form is missing, doubled or no word", typ.Name(), f.Name, name)
			}
			names[name] = true
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Model]())
	if len(seen) < 20 {
		t.Errorf("only %d types walked", len(seen))
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `line 1: empty line`},
		{"another root", "route\n", "line 1: want model, have route"},
		{"unknown attribute", "model\n\thost name=a colour=red\n", `line 2: host has no "colour"`},
		{"unknown block", "model\n\thost name=a\n\t\tport\n", `line 3: host has no "port"`},
		{"too deep", "model\n\t\thost name=a\n", `line 2: "\t\thost name=a" does not belong to the model`},
		{"second model", "model\nmodel\n", `line 2: "model" does not belong`},
		{"number", "model\n\thost\n\t\troute\n\t\t\trespond status=4x4\n", "line 4: status: "},
		{"open quote", "model\n\thost name=\"a\n", "line 2: name: unfinished string"},
		{"path kind", "model\n\thost\n\t\troute\n\t\t\tmatch path=\"glob /\"\n", `line 4: path "glob /": want one of`},
		{"operator", "model\n\thost\n\t\troute\n\t\t\tmatch header=\"x like y\"\n", "line 4: condition \"x like y\": operator is none of"},
		{"condition", "model\n\thost\n\t\troute\n\t\t\tmatch header=x\n", "line 4: condition \"x\": want name, operator and value"},
		{"form", "model paths=raw\n", `line 1: path form "raw" is none of`},
		{"origin", "model\n\thost from=a\n", `line 2: origin "a": want file|doc|line|object|key`},
		{"word for a block", "model host=a\n", "line 1: host is a block, not a word"},
		{"block for a word", "model\n\thost\n\t\tname=a\n", "line 3: "},
		{"blank line", "model\n\n\thost name=a\n", "line 2: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Parse(c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("got %v, want %q (read as\n%s)", err, c.want, m)
			}
		})
	}
}

// FuzzParse: no text makes Parse panic, an error names a line that is there, and what was
// read prints to what reads alike.
func FuzzParse(f *testing.F) {
	f.Add("model\n\thost name=a\n\t\troute\n\t\t\tmatch path=\"segment /a\" header=\"x is y\"\n\t\t\trespond status=404 implicit\n")
	f.Add("model paths=normalized\n\thost name=\"a b\" from=\"f|0|1|Ingress a/b|k\"\n")
	f.Add("model\n\thost\n\t\ttls\n\t\t\thsts max-age=1\n")
	f.Add("model \"")
	f.Add("\t")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("an error without a line: %v", err)
			}
			return
		}
		back, err := Parse(m.String())
		if err != nil || !m.Equal(back) {
			t.Fatalf("%v\n%s\n%s", err, m, back)
		}
	})
}
