package table

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func compile(t testing.TB, m intent.Model) *Compiled {
	t.Helper()
	c, err := Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// looked is how many labels, nodes and entries a match compares with the request.
func (c *Compiled) looked(p *Prepared) int {
	x := c.hosts.Find(Name{p.name, p.name})
	s := x.first(&c.forest, p, &p.views[x.paths])
	return s.looked
}

// most is the most that a match of any of the requests looks at.
func most(c *Compiled, requests []*Prepared) int {
	n := 0
	for _, p := range requests {
		n = max(n, c.looked(p))
	}
	return n
}

func TestWorkIsFlatInHosts(t *testing.T) {
	few := most(compile(t, fleet(10, 10, nil)), asked(10, 10))
	many := most(compile(t, fleet(3000, 10, nil)), asked(3000, 10))
	if few == 0 || few != many {
		t.Errorf("looked at %d with 10 hosts, at %d with 3000", few, many)
	}
}

// TestWorkInPrefixes: ten times as many prefixes on a host have one digit more, which is
// one label on the way down, and one node with one entry on the way up.
func TestWorkInPrefixes(t *testing.T) {
	last := most(compile(t, fleet(1, 10, nil)), asked(1, 10))
	for n := 100; n <= 100_000; n *= 10 {
		now := most(compile(t, fleet(1, n, nil)), asked(1, n))
		if now > last+3 {
			t.Errorf("looked at %d with %d prefixes, at %d with a tenth of them", now, n, last)
		}
		last = now
	}
}

// chain is a host of n prefixes, each of which begins with the one before it.
func chain(n int, kind intent.PathKind, longestFirst bool) intent.Model {
	h := intent.Host{Name: "a.t"}
	for i := range n {
		h.Routes = append(h.Routes, to("svc", path(kind, strings.Repeat("/a", i+1))))
	}
	if longestFirst {
		slices.Reverse(h.Routes)
	}
	return intent.Model{Hosts: []intent.Host{h}}
}

// same is a host of n routes for one path.
func same(n int, kind intent.PathKind) intent.Model {
	h := intent.Host{Name: "a.t"}
	for range n {
		h.Routes = append(h.Routes, to("svc", path(kind, "/a")))
	}
	return intent.Model{Hosts: []intent.Host{h}}
}

// TestNestedAndEqualPrefixes: they take room by their number, and only those remain that
// can be reached.
func TestNestedAndEqualPrefixes(t *testing.T) {
	const n = 5000
	for name, c := range map[string]struct {
		model   intent.Model
		entries int
		looked  int // beside the labels on the way
	}{
		"longest first":           {chain(n, intent.SegmentPrefix, true), n, 3},
		"shortest first":          {chain(n, intent.SegmentPrefix, false), 1, 3},
		"strings, longest first":  {chain(n, intent.StringPrefix, true), n, 3},
		"strings, shortest first": {chain(n, intent.StringPrefix, false), 1, 3},
		"exact":                   {chain(n, intent.ExactPath, false), n, 2 * n},
		"equal":                   {same(n, intent.SegmentPrefix), 1, 3},
		"equal and exact":         {same(n, intent.ExactPath), 1, 3},
	} {
		reference, err := New(c.model)
		if err != nil {
			t.Fatal(err)
		}
		compiled := compile(t, c.model)
		f := compiled.forest
		if len(f.entries) != c.entries || len(f.nodes) > 2*n+1 || len(f.text) > 4*n {
			t.Errorf("%s: %d nodes, %d entries, %d bytes of text", name, len(f.nodes), len(f.entries), len(f.text))
		}
		for _, slashes := range []int{1, 2, 700, n, n + 9} {
			for _, more := range []string{"", "/", "b", "/b"} {
				p := Prepare(Request{Host: "a.t", URI: strings.Repeat("/a", slashes) + more})
				if problem := differs(compiled, reference, p); problem != "" {
					t.Fatalf("%s: %d nested and %q: %s", name, slashes, more, problem)
				}
				if got := compiled.looked(p); got > slashes+2+c.looked {
					t.Errorf("%s: looked at %d for %d nested and %q", name, got, slashes, more)
				}
			}
		}
	}
}

// TestSearchIsFlatInFanOut: a node's children are found by their first byte.
func TestSearchIsFlatInFanOut(t *testing.T) {
	h := intent.Host{Name: "a.t"}
	for c := range 256 {
		h.Routes = append(h.Routes, to("svc", path(intent.StringPrefix, "/"+string([]byte{byte(c)}))))
	}
	c := compile(t, intent.Model{Hosts: []intent.Host{h}})
	for b := range 256 {
		p := Prepare(Request{Host: "a.t", URI: fmt.Sprintf("/%%%02x/x", b)})
		if b == 0 || b == '.' || b == '/' { // refused, or no segment of its own
			continue
		}
		if hit := c.Match(p); hit.RouteIndex != b {
			t.Errorf("%#02x: got route %d", b, hit.RouteIndex)
		}
		if n := c.looked(p); n > 4 {
			t.Fatalf("%#02x: looked at %d", b, n)
		}
	}
}

// mixed is a model with everything that a match may meet.
func mixed(form intent.PathForm) intent.Model {
	conditional := func(p intent.Path, m intent.Match) intent.Route {
		r := to("cond", p)
		m.Path = p
		r.Match = m
		return r
	}
	fold := func(kind intent.PathKind, value string) intent.Path {
		return intent.Path{Kind: kind, Value: value, Fold: true}
	}
	routes := []intent.Route{
		conditional(path(intent.SegmentPrefix, "/c"), intent.Match{Cookies: []intent.Cond{{Name: "can", Op: intent.Is, Value: "always"}}}),
		conditional(path(intent.SegmentPrefix, "/c"), intent.Match{Headers: []intent.Cond{{Name: "X-Can", Op: intent.Matches, Value: "a.*s", Fold: true}}}),
		conditional(path(intent.SegmentPrefix, "/c"), intent.Match{Headers: []intent.Cond{{Name: ":path", Op: intent.NotHas, Value: "zz", Fold: true, MissingEmpty: true}}, Methods: []string{"PUT"}}),
		conditional(path(intent.StringPrefix, "/"), intent.Match{Query: []intent.Cond{{Name: "v", Op: intent.NotMatches, Value: "[0-9]+", MissingEmpty: false}}}),
		to("regex", path(intent.RegexPath, "^/r/([a-z]+)/(x|y)$")), to("regex", fold(intent.RegexPath, "/(never|ever)[0-9]+")), to("regex", path(intent.RegexPath, "(a|aa)*b$")),
		to("fold", fold(intent.SegmentPrefix, "/Fold")), to("exact", path(intent.ExactPath, "/exact")), to("prefix", path(intent.StringPrefix, "/p")),
	}
	m := intent.Model{Paths: form}
	for _, name := range []string{"", "*.w.t", "a.t", "~^x[0-9]+\\.t$"} {
		m.Hosts = append(m.Hosts, intent.Host{Name: name, Routes: routes})
	}
	return m
}

// underRace says whether the race detector is on, which has package sync throw pooled
// things away, those of package regexp among them.
func underRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestCompiledMatchDoesNotAllocate(t *testing.T) {
	for form := range intent.Normalized + 1 {
		c, found := compile(t, mixed(form)), map[int]bool{}
		for _, host := range []string{"a.t", "A.t:80", "y.w.t", "x1.t", "none"} {
			for _, uri := range []string{"/c", "/c/x?v=1", "/q?v=x", "/r/abc/x", "/r/abc/z", "/FOLD/x", "/exact", "/p%20x", "/Ever7", "/" + strings.Repeat("a", 300) + "b", "/none", "/%00", "//c/../p"} {
				for _, headers := range [][]Header{nil, {{Name: "Cookie", Value: "a=b; can=always"}}, {{Name: "x-can", Value: "always"}}, {{Name: "x-can", Value: "never"}, {Name: "cookie", Value: "can"}}} {
					p := Prepare(Request{Host: host, URI: uri, Headers: headers, Method: "PUT"})
					found[c.Match(p).RouteIndex] = true
					if n := testing.AllocsPerRun(20, func() { c.Match(p) }); n != 0 && !underRace() {
						t.Errorf("%s%.20s %v: %v allocations", host, uri, headers, n)
					}
				}
			}
		}
		if routes := len(c.hosts.Other().routes); len(found) != routes+1 {
			t.Errorf("the requests meet %v of %d routes", found, routes)
		}
	}
}

// TestCompiledIsShared has goroutines use a rewrite for the first time.
func TestCompiledIsShared(t *testing.T) {
	r := to("svc", path(intent.RegexPath, "^/a(/|$)(.*)"))
	r.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: "/a(/|$)(.*)", To: "/$2"}
	c := compile(t, intent.Model{Hosts: []intent.Host{{Name: "a.t", Routes: []intent.Route{r}}}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			p := Prepare(Request{Host: "a.t", URI: "/a/b"})
			if got := c.Match(p).Answer(p).UpstreamURI; got != "/b" {
				t.Errorf("got %s", got)
			}
		})
	}
	all.Wait()
}
