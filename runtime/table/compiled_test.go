package table

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// The words of generated models are few, so that their routes overlap, and requests are
// made of the model's own texts.
var (
	hostNames = []string{
		"", "*.t", "*.w.t", "*.b.w.t", "[::1]", "a.t", "a.w.t", "b.t", "b.w.t", "localhost",
		"~(broken", "~^[ab]\\.", "~^x[0-9]*\\.w\\.t$", "~w\\.t$",
	}
	askedHosts = []string{"", "a.t", "A.T:80", "b.t.", "a.w.t", "x.w.t", "x1.w.t", "X-_.w.T", "a.b.w.t", ".w.t", "w.t", "t", "[::1]:443", "ä.w.t", "x.y.z", "localhost"}
	pieces     = []string{"/", "/", "/a", "/b", "a", "B", "/A", "/ask", "/aSK", "k", "/a/b", ".", "+", "é", "%2F", "%", "//", "K", "x"}
	patterns   = []string{
		"/", "^/", "^/a", "^/a(/|$)(.*)", "^/ask/?(.*)", "^(?:/a(?:/.*)?)$", "^(/a|/b)/", "^(/a)+b", "^/a|b$", "b$", "^/[ab]", "^/(?i)as", "^/[Aa]B",
		"\\A/a\\.", "(?m)^/a", "(?i)^/B", "^", "$", "^/a$", "^/a(/|$)(.*)$", "^/ask/?(.+)", "^/*", "^/a/*", "^/a?", "^/\u00e9", "^/a{2}", "^/(?:a|ab)x*", "[", "(?!a)", "^a", "/a^/b", "(^/a)?b", "^/b??",
	}
	methods = []string{"", "GET", "POST", "get"}
	names   = []string{"x", "X", "y", ":path", ":method", "x-forwarded-proto", "cookie"}
	values  = []string{"", "1", "a", "A", "ab", "/a", "https", "PUT", "a=1", "(", "a.*", "[A-Z]"}
)

func pick(t *rapid.T, from []string, label string) string {
	return rapid.SampledFrom(from).Draw(t, label)
}

// drawText is some pieces in a row, mostly behind a slash.
func drawText(t *rapid.T) string {
	return pick(t, []string{"", "/", "/"}, "root") + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 4).Draw(t, "pieces"), "")
}

func drawPath(t *rapid.T, known []string) intent.Path {
	p := intent.Path{Kind: intent.PathKind(rapid.IntRange(0, int(intent.RegexPath)).Draw(t, "kind")), Fold: rapid.Bool().Draw(t, "fold")}
	switch from := rapid.IntRange(0, 3).Draw(t, "from"); {
	case p.Kind == intent.RegexPath && from > 0:
		p.Value = pick(t, patterns, "regex")
	case p.Kind == intent.RegexPath:
		p.Value = "^" + drawText(t)
	case from == 0 && len(known) > 0:
		p.Value = pick(t, known, "known") + pick(t, []string{"", "", "/", "a", "/b"}, "more")
	default:
		p.Value = drawText(t)
	}
	return p
}

func drawConds(t *rapid.T) []intent.Cond {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) intent.Cond {
		return intent.Cond{
			Name: pick(t, names, "name"), Op: intent.Op(rapid.IntRange(0, int(intent.NotMatches)).Draw(t, "op")), Value: pick(t, values, "value"),
			Fold: rapid.Bool().Draw(t, "fold"), MissingEmpty: rapid.Bool().Draw(t, "missing"),
		}
	}), 0, 2).Draw(t, "conds")
}

// drawRoute is a route of any kind and action. Half of them have no other condition than
// the path.
func drawRoute(t *rapid.T, known []string) intent.Route {
	r := to(pick(t, []string{"s1", "s2"}, "service"), drawPath(t, known))
	if rapid.Bool().Draw(t, "conditional") {
		r.Match.Headers, r.Match.Query, r.Match.Cookies = drawConds(t), drawConds(t), drawConds(t)
		r.Match.Methods = rapid.SliceOfN(rapid.SampledFrom(methods), 0, 2).Draw(t, "methods")
	}
	switch rapid.IntRange(0, 5).Draw(t, "action") {
	case 0:
		r.Forward, r.Respond = nil, &intent.Respond{Status: 503}
	case 1:
		r.Forward, r.Redirect = nil, &intent.Redirect{Status: 302, Path: "{uri}"}
	case 2:
		r.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: pick(t, patterns, "rewrite"), To: "/$1"}
	case 3:
		r.Forward.Response = []intent.HeaderChange{{Name: "X-Path", Value: "{path}"}, {Name: "X-B", Remove: true}}
	}
	return r
}

func drawModel(t *rapid.T) intent.Model {
	m := intent.Model{Paths: intent.PathForm(rapid.IntRange(0, 1).Draw(t, "form"))}
	hosts := rapid.SliceOfNDistinct(rapid.SampledFrom(hostNames), 1, 5, rapid.ID).Draw(t, "hosts")
	slices.Sort(hosts)
	for _, name := range hosts {
		h := intent.Host{Name: name}
		if rapid.Bool().Draw(t, "hsts") {
			h.TLS = &intent.TLS{HSTS: &intent.HSTS{MaxAge: 1}}
		}
		var known []string
		for range rapid.IntRange(0, 12).Draw(t, "routes") {
			r := drawRoute(t, known)
			known = append(known, r.Match.Path.Value)
			h.Routes = append(h.Routes, r)
		}
		m.Hosts = append(m.Hosts, h)
	}
	return m
}

// texts are what the paths of a model say.
func texts(m intent.Model) []string {
	all := []string{"/"}
	for _, h := range m.Hosts {
		for _, r := range h.Routes {
			all = append(all, strings.TrimPrefix(r.Match.Path.Value, "^"))
		}
	}
	return all
}

func drawRequest(t *rapid.T, known []string) Request {
	uri := pick(t, known, "path") + pick(t, []string{"", "", "/", "a", "/b", "//", "/x"}, "more")
	switch rapid.IntRange(0, 5).Draw(t, "twist") {
	case 0:
		uri = strings.ToUpper(uri)
	case 1:
		uri = strings.ToLower(uri)
	case 2:
		uri = intent.EscapePath(uri)
	case 3:
		uri = strings.NewReplacer("k", "%E2%84%AA", "s", "%C5%BF").Replace(uri) // they fold with "k" and "s" in Unicode
	}
	uri += pick(t, []string{"", "", "?x=1", "?y=ab&x=a", "?x&X=A", "?"}, "query")
	headers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Header {
		return Header{Name: pick(t, names, "name"), Value: pick(t, append(values, "x=1; y=a", "y=ab;x=A"), "value")}
	}), 0, 3).Draw(t, "headers")
	return Request{Scheme: pick(t, []string{"", "https"}, "scheme"), Host: pick(t, askedHosts, "host"), Method: pick(t, methods, "method"), URI: uri, Headers: headers}
}

// asReference holds the compiled table of a model against the reference.
func asReference(t *rapid.T) {
	m := drawModel(t)
	reference, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(compiled.Invalid()), fmt.Sprint(reference.Invalid()); got != want {
		t.Fatalf("invalid: %s, want %s", got, want)
	}
	known := texts(m)
	for range 20 {
		p := Prepare(drawRequest(t, known))
		if problem := differs(compiled, reference, p); problem != "" {
			t.Fatalf("%s\n%+v\n%s", problem, p, m)
		}
	}
}

// differs says what a compiled table answers otherwise than the reference.
func differs(c *Compiled, reference *Table, p *Prepared) string {
	hit, want := c.Match(p), reference.MatchPrepared(p)
	if hit.Host != want.Host || hit.Route != want.Route || hit.RouteIndex != want.RouteIndex {
		return fmt.Sprintf("got route %d, want %d", hit.RouteIndex, want.RouteIndex)
	}
	if wantStatus := want.Status; hit.Route == nil && hit.Status != wantStatus || hit.Route != nil && hit.Status != 0 {
		return fmt.Sprintf("got status %d, want %d", hit.Status, wantStatus)
	}
	if got := hit.Answer(p); !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("got %+v, want %+v", got, want)
	}
	return ""
}

func TestCompiledIsAsTheReference(t *testing.T) { rapid.Check(t, asReference) }

// FuzzCompiled is the same with the fuzzer's choices.
func FuzzCompiled(f *testing.F) { f.Fuzz(rapid.MakeFuzz(asReference)) }
