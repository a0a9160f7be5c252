package emit

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// tricky are strings that YAML readers take for something else, or break.
var tricky = []string{
	"", " ", "yes", "No", "y", "N", "on", "OFF", "true", "False", "null", "Null", "~", "=", "<<", ".", "..", "...", "... a", "---", "--- a", "-",
	"0", "0123", "0o17", "0x1f", "0XFF", "0b101", "1_000", "0_x0", "1e3", "1E-3", "+1", "-1", ".5", "1.", "+.inf", "-.INF", ".nan", "12:30:45", "1:20",
	"2001-01-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "10.0.0.1", "10.0.0.0/8", "60s", "1.2.3-rc1", "0x", "9d",
	"a: b", "a:b", "a:", ":path", ": a", "- a", "-a", "? a", "?a", "a #b", "a#b", "#a", "*.example.com", "&a", "!a", "!!str a", "|", ">-", "%a", "@a", "`a`",
	"[a]", "{a}", "a]", "a, b", "'a'", "it's", `"a"`, `a"b`, `a\b`, `\`, `[a-z]+\.example\.com`, `'"\`, "é", "日本", "😀", "\u0085", "a\u0085b", "\u2028", "\u2029x",
	"\u00a0", "\ufeff", "a\ufeffb", "\ufffd", "\ufffe", "\U0010ffff", "\U000e0001", "\x00", "\x7f", "\x1b[0m", "a\tb", "\ta", "a\t", "\r", "a\rb", "a\r\nb", "\n", "a\n", "a\nb", "a\nb\n",
	"a\n\n", "\na", " a\nb", "a\n b", "a \nb", "a\n\nb", "a\n\t b", "# a\nb", "- a\n- b\n", "a: b\nc: d\n", "---\na\n", "a\n...\n", "{{ a }}", "|-\n a", "é\nü\n", "a\u2028b\nc",
	"if ($x) {\n  return 403;\n}\n", strings.Repeat("long ", 400) + ".", strings.Repeat("k", 1024), strings.Repeat("\n", 5),
}

// plain are strings that need no quotes, as they stand in most manifests.
var plain = []string{
	"a", "/login", "example.com", "60s", "10.0.0.0/8", "infinity", "a b", "a:b", "a#b", "/login([/?].*)?", "^/a", "$1", "(a|b)", "é", "it's",
	"login/tls", "a, b", "yesterday", "nothing", "1.2.3-rc1", "<html>", "~regex", "=a", "a=b", "http://a.b/c?d#e", "$host", "x-test",
}

// checkReadBack puts a string in every place that a document has for one and has both
// readers read it.
func checkReadBack(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string) {
	t.Helper()
	value := map[string]any{
		s: s, s + "k": map[string]any{s: []any{s, []any{s}, map[string]any{s: s, s + "2": []any{}}}},
		"list": []any{[]any{s, s}, s}, "last": s,
	}
	doc, err := Document(value)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	var got any
	if err := yaml.UnmarshalStrict(doc, &got); err != nil {
		t.Fatalf("%q: sigs: %v\n%s", s, err, doc)
	}
	if d := cmp.Diff(any(value), got); d != "" {
		t.Fatalf("%q: sigs: %s\n%s", s, d, doc)
	}
	if d := cmp.Diff(any(value), kyamlRead(t, doc)); d != "" {
		t.Fatalf("%q: kyaml: %s\n%s", s, d, doc)
	}
	var asJSON bytes.Buffer
	if err := JSON(&asJSON, []any{value}); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	got = nil
	if err := json.Unmarshal(asJSON.Bytes(), &got); err != nil {
		t.Fatalf("%q: JSON: %v", s, err)
	}
	if d := cmp.Diff(any(value), got); d != "" {
		t.Fatalf("%q: JSON: %s", s, d)
	}
}

func kyamlRead(t interface{ Fatalf(string, ...any) }, doc []byte) any {
	var got any
	node, err := kyaml.Parse(string(doc))
	if err != nil {
		t.Fatalf("kyaml: %v\n%s", err, doc)
	}
	if err := node.YNode().Decode(&got); err != nil {
		t.Fatalf("kyaml: %v\n%s", err, doc)
	}
	return got
}

func TestTrickyStrings(t *testing.T) {
	for _, s := range tricky {
		checkReadBack(t, s)
	}
}

func TestPlainStrings(t *testing.T) {
	for _, s := range plain {
		checkReadBack(t, s)
		if got := Scalar(s); got != s {
			t.Errorf("%q is written as %s", s, got)
		}
	}
}

func TestQuotes(t *testing.T) {
	for s, want := range map[string]string{
		"":          `""`,
		"yes":       `"yes"`,
		"*.a.b":     `"*.a.b"`,
		`[a]\.b'c`:  `'[a]\.b''c'`,
		"a\tb":      `"a\tb"`,
		"a\u2028\r": `"a\u2028\r"`,
		"a\xff ":    `"a` + "\ufffd" + ` "`,
		"a\nb":      `"a\nb"`,
	} {
		if got := Scalar(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

// anyString mixes tricky strings, pieces of them and characters of every sort.
func anyString() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom(tricky[:len(tricky)-3]),
		rapid.SampledFrom(plain),
		rapid.StringMatching(`[-+.:_0-9eExXoTZ ]{1,12}`),
		rapid.StringMatching(`[ \n:#\-?'"\\|>&*!%a,{}\[\]]{1,8}`),
		rapid.String(),
	)
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(piece, 1, 3).Draw(t, "pieces"), "")
		return strings.ToValidUTF8(s, "?")
	})
}

func TestAnyStringReadsBack(t *testing.T) {
	g := anyString()
	rapid.Check(t, func(t *rapid.T) { checkReadBack(t, g.Draw(t, "s")) })
}

func FuzzStringReadsBack(f *testing.F) {
	for _, s := range append(tricky, plain...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkReadBack(t, strings.ToValidUTF8(s, "?")) })
}

func TestAnyHTTPProxyReadsBack(t *testing.T) {
	s := anyString()
	rapid.Check(t, func(t *rapid.T) {
		want := contour.HTTPProxy{}
		fill(t, s, reflect.ValueOf(&want).Elem())
		doc, err := Document(&want)
		if err != nil {
			t.Fatalf("%v", err)
		}
		var bySigs, byKyaml contour.HTTPProxy
		if err := yaml.UnmarshalStrict(doc, &bySigs); err != nil {
			t.Fatalf("sigs: %v\n%s", err, doc)
		}
		raw, err := json.Marshal(kyamlRead(t, doc))
		if err != nil {
			t.Fatalf("%v", err)
		}
		if err := json.Unmarshal(raw, &byKyaml); err != nil {
			t.Fatalf("kyaml: %v\n%s", err, doc)
		}
		for reader, got := range map[string]contour.HTTPProxy{"sigs": bySigs, "kyaml": byKyaml} {
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%s: %s\n%s", reader, d, doc)
			}
		}
	})
}

// fill gives about a third of the fields a value; times have whole seconds, as the API's.
func fill(t *rapid.T, s *rapid.Generator[string], v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *meta.Time:
		*p = meta.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "time"), 0)
		return
	case *meta.FieldsV1:
		*p = *meta.NewFieldsV1(`{"f:spec":{}}`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s.Draw(t, "s"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "b"))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(rapid.Int32().Draw(t, "i")))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, "u")))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, s, v.Elem())
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "n")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, s, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for k, e := range rapid.MapOfN(s, s, 0, 3).Draw(t, "map") {
			v.SetMapIndex(reflect.ValueOf(k), reflect.ValueOf(e))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Anonymous || v.Kind() == reflect.Struct && rapid.IntRange(0, 2).Draw(t, "set") == 0 {
				fill(t, s, v.Field(i))
			}
		}
	default:
		t.Fatalf("%s: no values for %s", v.Type(), v.Kind())
	}
}
