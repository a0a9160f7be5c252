package intent

import (
	"testing"

	"pgregory.net/rapid"
)

func TestExpand(t *testing.T) {
	values := map[string]string{"host": "h", "uri": "/a?b={host}", "$1": "one", "var:x": "y", "": "empty"}
	lookup := func(name string) string { return values[name] }
	for in, want := range map[Template]string{
		"":                "",
		"/plain$1":        "/plain$1",
		"{host}":          "h",
		"{uri}":           "/a?b={host}", // what a variable gives is not expanded again
		"a{host}b{$1}c":   "ahbonec",
		"{var:x}{nosuch}": "y",
		"{{":              "{",
		"{{host}":         "{host}",
		"{{{host}":        "{h",
		"{{{{":            "{{",
		"a}b":             "a}b",
		"{}":              "empty",
		"{open":           "{open",
		"x{open{host}":    "x",
	} {
		if got := in.Expand(lookup); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestConstant(t *testing.T) {
	for in, want := range map[Template]string{"": "", "a": "a", "{{a}": "{a}", "{open": "{open"} {
		if got, ok := in.Constant(); !ok || got != want {
			t.Errorf("%q: got %q, %v", in, got, ok)
		}
	}
	for _, in := range []Template{"{host}", "a{?query}", "{}"} {
		if got, ok := in.Constant(); ok {
			t.Errorf("%q is no constant, got %q", in, got)
		}
	}
}

// TestLiteral: a literal is a constant that stands for the text itself.
func TestLiteral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[{}a]{0,6}`)).Draw(t, "text")
		if got, ok := Literal(s).Constant(); !ok || got != s {
			t.Fatalf("%q became %q, constant %v", s, got, ok)
		}
	})
}

// TestMap: what is put in the place of variables stands there, and the text between them as
// it was.
func TestMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := Template(rapid.StringMatching(`[{}a$]{0,8}`).Draw(t, "template"))
		same := func(name string) Template { return Template("{" + name + "}") }
		if got := in.Map(same); got != in {
			t.Fatalf("%q became %q", in, got)
		}
		text := rapid.StringMatching(`[{}a]{0,3}`).Draw(t, "text")
		want := in.Expand(func(string) string { return text })
		if got, ok := in.Map(func(string) Template { return Literal(text) }).Constant(); !ok || got != want {
			t.Fatalf("%q with %q: got %q, %v, want %q", in, text, got, ok, want)
		}
	})
}
