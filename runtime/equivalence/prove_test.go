package equivalence

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// shortPaths are all clean paths of at most five characters over a few, and some with
// escapes.
func shortPaths() []string {
	var all []string
	last := []string{"/"}
	for range 4 {
		all = append(all, last...)
		var next []string
		for _, s := range last {
			for _, u := range []string{"/", "a", "b", "A"} {
				if u != "/" || !strings.HasSuffix(s, "/") {
					next = append(next, s+u)
				}
			}
		}
		last = next
	}
	return append(all, append(last, "/%20", "/a%20", "/a%20b", "/%22/a", "/a/%20")...)
}

// assignments are all combinations of values for everything that the routes below ask for.
func assignments() []table.Request {
	var out []table.Request
	for _, method := range []string{"GET", "PUT"} {
		for _, x := range []string{"-", "", "1", "2", "12"} {
			for _, cookie := range []string{"-", "c=1", "c=2"} {
				for _, query := range []string{"", "?q", "?k=1", "?k=2"} {
					r := table.Request{Host: "h", Scheme: "http", Method: method, URI: query}
					if x != "-" {
						r.Headers = append(r.Headers, table.Header{Name: "x", Value: x})
					}
					if cookie != "-" {
						r.Headers = append(r.Headers, table.Header{Name: "Cookie", Value: cookie})
					}
					out = append(out, r)
				}
			}
		}
	}
	return out
}

var genPath = rapid.Custom(func(t *rapid.T) intent.Path {
	p := intent.Path{Kind: intent.PathKind(rapid.IntRange(0, 3).Draw(t, "kind")), Fold: rapid.IntRange(0, 3).Draw(t, "fold") == 0}
	if p.Kind == intent.RegexPath {
		p.Value = rapid.SampledFrom([]string{"^/a", "^/a(/|$)(.*)", "^/(a|b)", "^/[^/]+$", "b$", "^/a/?(.*)", "^/.b", "^/$"}).Draw(t, "pattern")
		return p
	}
	p.Value = rapid.SampledFrom([]string{"/", "/a", "/b", "/a/", "/ab", "/a/b", "/A", "/a b"}).Draw(t, "path")
	return p
})

var genCond = rapid.Custom(func(t *rapid.T) intent.Cond {
	c := intent.Cond{Name: "x", Op: intent.Op(rapid.IntRange(0, 9).Draw(t, "op")), MissingEmpty: rapid.IntRange(0, 5).Draw(t, "missing") == 0}
	c.Value = rapid.SampledFrom([]string{"1", "2", "12"}).Draw(t, "value")
	if c.Op == intent.Matches || c.Op == intent.NotMatches {
		c.Value = rapid.SampledFrom([]string{"1.*", ".*2", "[12]", ""}).Draw(t, "regex")
	}
	return c
})

func genRoute(form intent.PathForm) *rapid.Generator[intent.Route] {
	return rapid.Custom(func(t *rapid.T) intent.Route {
		r := intent.Route{Match: intent.Match{Path: genPath.Draw(t, "path")}}
		if form == intent.Normalized && r.Match.Path.Kind != intent.RegexPath {
			r.Match.Path.Value = intent.EscapePath(r.Match.Path.Value)
		}
		switch rapid.IntRange(0, 9).Draw(t, "conditions") {
		case 0, 1:
			r.Match.Headers = []intent.Cond{genCond.Draw(t, "header")}
		case 2:
			r.Match.Headers = []intent.Cond{genCond.Draw(t, "header"), genCond.Draw(t, "another")}
		case 3:
			r.Match.Cookies = []intent.Cond{{Name: "c", Op: intent.Is, Value: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "cookie")}}
		case 4:
			r.Match.Query = []intent.Cond{{Name: "k", Op: intent.Is, Value: "1"}}
		case 5:
			r.Match.Methods = []string{"PUT"}
		case 6:
			if form == intent.Normalized {
				r.Match.Headers = []intent.Cond{{Name: ":path", Op: intent.Matches, Value: rapid.SampledFrom([]string{`/a([/?].*)?`, `/b(\?.*)?`, `/a.*`, `.*b`}).Draw(t, "target")}}
			}
		}
		genAction(t, &r)
		return r
	})
}

func genAction(t *rapid.T, r *intent.Route) {
	service := func() []intent.Backend {
		return []intent.Backend{{Namespace: "n", Service: rapid.SampledFrom([]string{"s", "t"}).Draw(t, "service"), Port: "80", Weight: 1}}
	}
	switch rapid.IntRange(0, 6).Draw(t, "action") {
	case 0:
		r.Respond = &intent.Respond{Status: 503}
	case 1:
		path := intent.Template(rapid.SampledFrom([]string{"{uri}", "{uri-}", "/x", "/x{?query}", "https://o/x", "https://o"}).Draw(t, "location"))
		r.Redirect = &intent.Redirect{Status: 302, Path: path}
		if strings.HasPrefix(string(path), "/x") {
			r.Redirect.Host, r.Redirect.Scheme = "o", "https"
		}
	case 2:
		r.Forward = &intent.Forward{Backends: service(), Rewrite: &intent.Rewrite{Kind: intent.SwapPrefix, From: rapid.SampledFrom([]string{"/", "/a", "/a/", "/ab"}).Draw(t, "from"), To: rapid.SampledFrom([]string{"/", "/a", "/x/"}).Draw(t, "to")}}
	case 3:
		r.Forward = &intent.Forward{Backends: service(), Rewrite: &intent.Rewrite{Kind: intent.FullPath, To: "/x"}}
	case 4:
		r.Forward = &intent.Forward{Backends: service()}
		if from, ok := strings.CutPrefix(r.Match.Path.Value, "^"); ok && r.Match.Path.Kind == intent.RegexPath {
			r.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: from, Fold: r.Match.Path.Fold, To: rapid.SampledFrom([]string{"/$1", "/$2", "/x/$1", "$1", "/x"}).Draw(t, "to")}
		}
	default:
		r.Forward = &intent.Forward{Backends: service()}
	}
}

// TestProofAgainstBruteForce: what short requests differ in is found, with a request that
// is no longer; what is found differs; and where nothing is found nothing differs.
func TestProofAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { proofHolds(t, bruteForce) })
}

func FuzzProof(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { proofHolds(t, bruteForce) }))
}

// bruteForce are all requests of short paths.
var bruteForce = sync.OnceValue(func() []table.Request {
	var all []table.Request
	others := assignments()
	for _, path := range shortPaths() {
		for _, r := range others {
			r.URI = path + r.URI
			all = append(all, r)
		}
	}
	return all
})

func proofHolds(t *rapid.T, requests func() []table.Request) {
	form := intent.PathForm(rapid.IntRange(0, 1).Draw(t, "form"))
	before := intent.Model{Paths: form, Hosts: []intent.Host{{Name: "h", Routes: rapid.SliceOfN(genRoute(form), 0, 4).Draw(t, "before")}}}
	after := intent.Model{Paths: intent.Normalized, Hosts: []intent.Host{{Name: "h", Routes: rapid.SliceOfN(genRoute(intent.Normalized), 0, 4).Draw(t, "after")}}}
	if rapid.Bool().Draw(t, "alike") {
		after.Hosts[0].Routes = changed(t, before.Hosts[0].Routes, form)
	}
	b, a, err := table.Pair(before, after)
	if err != nil {
		t.Fatal(err)
	}
	p := Prove(b, a, "h", nil, Bounds{})
	if strings.HasPrefix(p.Why, "bug") {
		t.Fatal(p.Why)
	}
	for _, d := range p.Differences {
		if !differs(b, a, d.Request) {
			t.Fatalf("%s of %+v does not differ", d.Dimension, d.Request)
		}
	}
	if p.Why != "" {
		return
	}
	shortest := -1
	if len(p.Differences) > 0 {
		shortest = size(p.Differences[0].Request)
	}
	for _, r := range requests() {
		shorter := shortest < 0 || size(r)+2 < shortest // a header with an empty value is shorter than any other
		if shorter && differs(b, a, r) && !escapesCount(b, a, r) {
			t.Fatalf("%+v differs, and the shortest found has %d bytes\nbefore %v\nafter %v", r, shortest, b.Match(r), a.Match(r))
		}
	}
}

// changed are routes as Envoy reads them, one of them moved or with another action.
func changed(t *rapid.T, routes []intent.Route, form intent.PathForm) []intent.Route {
	out := slices.Clone(routes)
	for i := range out {
		if p := &out[i].Match.Path; p.Kind != intent.RegexPath && form == intent.Decoded {
			p.Value = intent.EscapePath(p.Value)
		}
	}
	if len(out) == 0 || rapid.Bool().Draw(t, "same") {
		return out
	}
	i, j := rapid.IntRange(0, len(out)-1).Draw(t, "i"), rapid.IntRange(0, len(out)-1).Draw(t, "j")
	out[i], out[j] = out[j], out[i]
	if rapid.Bool().Draw(t, "act") {
		out[i].Forward, out[i].Redirect, out[i].Respond = nil, nil, nil
		genAction(t, &out[i])
	}
	return out
}

// differs says whether two tables answer a request differently.
func differs(b, a *table.Table, r table.Request) bool {
	before, after := b.Match(r), a.Match(r)
	if b.Host("h").Paths() == a.Host("h").Paths() {
		return len(unlike(before, after)) > 0
	}
	return len(differing(r, before, after)) > 0
}

// escapesCount says whether a request differs only because patterns see escapes otherwise.
func escapesCount(b, a *table.Table, r table.Request) bool {
	p := table.Prepare(r)
	return strings.Contains(r.URI, "%") && b.Host("h").Paths() != a.Host("h").Paths() &&
		len(differing(r, b.Host("h").MatchDecoded(p), a.Host("h").MatchDecoded(p))) == 0
}

func (d Difference) String() string { return fmt.Sprintf("%s %+v", d.Dimension, d.Request) }
