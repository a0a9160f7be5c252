package table

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestDecodedForm(t *testing.T) {
	const refused = "400"
	for uri, want := range map[string]string{
		"": "/", "?a=b": "/", "/": "/", "/a?b=/../..": "/a", "/a#b?c": "/a", "//": "/", "/a//b///": "/a/b/",
		"/.": "/", "/./a/.": "/a/", "/a/..": "/", "/a/b/..": "/a/", "/a/../b": "/b", "/a/...": "/a/...", "/a/..b/.c": "/a/..b/.c",
		"//a/../b%2Fc/./d%20e": "/b/c/d e", "/a%2f%2F/b": "/a/b", "/a/%2e%2E/b": "/b", "/a/.%2e": "/", "/x/%2e": "/x/",
		"/%41%7a%25%3F%23": "/Az%?#", "/%25%32%65": "/%2e", "/%e4\xe4": "/\xe4\xe4", "/%0a": "/\n", "/a;p=1": "/a;p=1", "/a+b": "/a+b",
		"/..": refused, "/../a": refused, "/a/../..": refused, "/%2e%2e/a": refused, "//..": refused, "/./..": refused,
		"/%": refused, "/%4": refused, "/%4g": refused, "/%g4": refused, "/%%41": refused, "/%00": refused,
		"a": refused, "*": refused, "/a b": refused, "/a?b c": refused, "/\x7f": refused, "/\x01": refused, "http://a.t/": refused,
	} {
		v := Prepare(Request{URI: uri}).views[intent.Decoded]
		got := v.path
		if v.reject {
			got = refused
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
	}
}

// TestNormalizedForm holds what Envoy's own tests say of normalize_path and merge_slashes,
// and the cases between.
func TestNormalizedForm(t *testing.T) {
	const refused = "400"
	for uri, want := range map[string]string{
		"": "/", "?q": "/?q", "/xyz": "/xyz", "/x/y/z?": "/x/y/z?", "//a//b?c//d": "/a/b?c//d", "//": "//", "///": "//", "/a/..//": "//", "/a/b//": "/a/b/",
		"/a/b/../c": "/a/c", "/a/b/./c": "/a/b/c", "/a/b/../../../../c": "/c", "/../a": "/a", "/..": "/", "/a/..": "/", "/a/.": "/a/",
		"/a/..\\c": "/c", "/a\\b": "/a/b", "/a/b/%2E%2E/c": "/a/c", "/a/b/%2e%2e/c": "/a/c", "/a/b/.%2e": "/a/", "/a/%2e/b": "/a/b",
		"/a//../b": "/a/b", "/a/...": "/a/...", "/a/..b": "/a/..b", "/a.%2eb": "/a..b",
		"/%c0%af": "/%c0%af", "/%5c%25": "/%5c%25", "/a/%2F%2f/c": "/a/%2F%2f/c", "/%7E%41%2d": "/~A-", "/%3f%23": "/%3f%23",
		"/\"<>^`{|}": "/%22%3C%3E%5E%60%7B%7C%7D", "/\xe4": refused, "/?ä": refused, "/!$&'()*+,:;=@[]": "/!$&'()*+,:;=@[]",
		"/\"X7070": "/%22X7070", "/%": "/%", "/%4": "/%4", "/%zz": "/%zz", "/%%34%31": "/%2541", "/%4%31": "/%2541", "/%%41": "/%A", "/%%41b": "/%25Ab",
		"/%00": refused, "/xyz/.%00../abc": refused, "/a%%0000": refused, "/a#b": refused, "/a?b#c": refused, "/a b": refused, "a/b": refused,
	} {
		v := Prepare(Request{URI: uri}).views[intent.Normalized]
		got := v.uri
		if v.reject {
			got = refused
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
		if !v.reject && v.path+v.tail != v.uri {
			t.Errorf("%q: path %q and tail %q are not %q", uri, v.path, v.tail, v.uri)
		}
	}
}

func TestRefusedTargets(t *testing.T) {
	for form, uri := range map[intent.PathForm]string{intent.Decoded: "/../a", intent.Normalized: "/%00"} {
		tab := newTable(t, form, named("a.t"))
		for _, host := range []string{"a.t", "unknown.t"} {
			if d := tab.Match(Request{Host: host, URI: uri}); d.Status != 400 || d.Route != nil || d.RouteIndex != -1 {
				t.Errorf("%s %s: got %+v", host, uri, d)
			}
		}
	}
}

// target draws request targets that are dense in what normalisation cares about.
func target() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"/", "/", "//", ".", "..", "/../", "a", "B", "%", "%2e", "%2F", "%25", "%3f", "%5C", "%41", "%e4", "%4", "2", "\\", "{", "\xe4", "~"})
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(parts []string) string { return "/" + strings.Join(parts, "") })
}

func TestFormsAreIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkForms(t, target().Draw(t, "target")) })
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkForms: both forms are fixed points, decoded ones through their own escaping; they
// have no empty and no dot segment, but for Envoy's "//".
func checkForms(t failer, raw string) {
	t.Helper()
	if normal, ok := normalizePath(raw); ok {
		if again, ok := normalizePath(normal); !ok || again != normal {
			t.Fatalf("%q is normalised to %q, and that to %q", raw, normal, again)
		}
		if normal != "//" {
			checkSegments(t, normal)
		}
	}
	decoded, ok := decodePath(raw)
	if !ok {
		return
	}
	checkSegments(t, decoded)
	if again, ok := decodePath(intent.EscapePath(decoded)); !ok || again != decoded {
		t.Fatalf("%q is decoded to %q, escaped to %q and decoded to %q", raw, decoded, intent.EscapePath(decoded), again)
	}
}

func checkSegments(t failer, path string) {
	t.Helper()
	for i, segment := range strings.Split(path, "/") {
		last := i == strings.Count(path, "/")
		if segment == "." || segment == ".." || segment == "" && i > 0 && !last || i == 0 && segment != "" {
			t.Fatalf("%q has the segment %q", path, segment)
		}
	}
}

// FuzzPrepare: whatever is sent, nothing panics, and what is accepted is normal.
func FuzzPrepare(f *testing.F) {
	for _, seed := range []string{"/", "//a/../%2e%2E/%", "/%%34%31?x#y", "a", "", "/\\..\\%5c"} {
		f.Add(seed, "A.t:80")
	}
	rewrite := to("svc", all)
	rewrite.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: "(?i)/(.)(.*)", To: "/$2$1"}
	var tables []*Table
	for form := range intent.Normalized + 1 {
		tables = append(tables, newTable(f, form, named("*.a.t"), intent.Host{Name: "", Routes: []intent.Route{rewrite}}))
	}
	f.Fuzz(func(t *testing.T, uri, host string) {
		p := Prepare(Request{URI: uri, Host: host})
		for form, tab := range tables {
			d := tab.MatchPrepared(p)
			if (d.Status == 400) != p.views[form].reject {
				t.Fatalf("%q: status %d, refused %v", uri, d.Status, p.views[form].reject)
			}
		}
		if wellFormed("/" + uri) {
			raw, _, _ := strings.Cut("/"+uri, "?")
			checkForms(t, raw)
		}
	})
}
