package table

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// newTable is a table of the given hosts, which it sorts.
func newTable(t testing.TB, form intent.PathForm, hosts ...intent.Host) *Table {
	t.Helper()
	slices.SortFunc(hosts, func(a, b intent.Host) int { return cmp.Compare(a.Name, b.Name) })
	tab, err := New(intent.Model{Paths: form, Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// named is a host with one route for everything, to a Service of its own.
func named(name string) intent.Host {
	return intent.Host{Name: name, Routes: []intent.Route{to("svc", all)}}
}

var all = intent.Path{Kind: intent.SegmentPrefix, Value: "/"}

// to is a route to a Service.
func to(service string, path intent.Path) intent.Route {
	return intent.Route{Match: intent.Match{Path: path}, Forward: &intent.Forward{
		Backends: []intent.Backend{{Namespace: "ns", Service: service, Port: "80", Weight: 1}},
	}}
}

func path(kind intent.PathKind, value string) intent.Path {
	return intent.Path{Kind: kind, Value: value}
}

// service is where a decision forwards to, or "".
func service(d Decision) string {
	if d.Status != 0 || len(d.Backends) == 0 {
		return ""
	}
	return d.Backends[0].Service
}

func TestHostSelection(t *testing.T) {
	hosts := []intent.Host{
		named("a.t"), named("sub.w.t"), named("*.w.t"), named("*.b.w.t"), named("~^re[0-9]+\\.t$"),
		named("~^x.*\\.w\\.t$"), named("[::1]"),
	}
	for _, c := range []struct{ header, want string }{
		{"a.t", "a.t"}, {"A.T", "a.t"}, {"a.t:8080", "a.t"}, {"A.t.", "a.t"}, {"a.t.:80", "a.t"},
		{"a.t..", "none"}, {"b.t", "none"}, {"", "none"},
		{"sub.w.t", "sub.w.t"}, {"W-1_x.w.t", "*.w.t"}, {"x.w.t", "*.w.t"}, {"w.t", "none"}, {".w.t", "none"},
		{"a.b.w.t", "*.b.w.t"}, {"a.c.w.t", "none"}, {"ä.w.t", "none"}, {"x.c.w.t", "~^x.*\\.w\\.t$"},
		{"RE7.t:443", "~^re[0-9]+\\.t$"}, {"re.t", "none"},
		{"[::1]:80", "[::1]"}, {"[::1]", "[::1]"}, {"[::1", "none"},
	} {
		for _, fallback := range []bool{false, true} {
			tab, want, status := newTable(t, intent.Decoded, hosts...), c.want, 0
			if fallback {
				tab = newTable(t, intent.Decoded, append(slices.Clone(hosts), named(""))...)
			}
			d := tab.Match(Request{Host: c.header, URI: "/"})
			got := "none"
			if d.Host != nil {
				got = d.Host.Name
			}
			if want == "none" && fallback {
				want = ""
			} else if want == "none" {
				status = 404
			}
			if got != want || d.Status != status {
				t.Errorf("Host: %q, default host %v: got %q %d, want %q %d", c.header, fallback, got, d.Status, want, status)
			}
			if h := tab.Host(c.header).Host(); h != d.Host {
				t.Errorf("Host: %q: Host gives %v, Match %v", c.header, h, d.Host)
			}
		}
	}
}

// TestEnvoyHosts has what fixtures/judge recorded: a dot at the end is part of the name, and
// a wildcard stands for one label in lower case.
func TestEnvoyHosts(t *testing.T) {
	tab := newTable(t, intent.Normalized, named("a.t"), named("*.w.t"), named("*.b.w.t"))
	for header, want := range map[string]string{
		"a.t": "a.t", "A.T:8080": "a.t", "a.t.": "", "a.t.:80": "",
		"x.w.t": "*.w.t", "x.w.t:8080": "*.w.t", "x-1.w.t": "*.w.t", "X.w.t": "", "x.W.t": "", "x_y.w.t": "", "-x.w.t": "", "x-.w.t": "", "w.t": "",
		"x.b.w.t": "*.b.w.t", "x.c.w.t": "",
	} {
		d := tab.Match(Request{Host: header, URI: "/"})
		got := ""
		if d.Host != nil {
			got = d.Host.Name
		}
		if got != want || (want == "") != (d.Status == 404) {
			t.Errorf("Host: %s: got %q %d, want %q", header, got, d.Status, want)
		}
	}
}

func TestNoRoute(t *testing.T) {
	tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{to("a", path(intent.ExactPath, "/a"))}})
	d := tab.Match(Request{Host: "a.t", URI: "/b"})
	if d.Host == nil || d.Route != nil || d.RouteIndex != -1 || d.Status != 404 {
		t.Errorf("got %+v", d)
	}
}

func TestFirstRouteWins(t *testing.T) {
	tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{
		to("long", path(intent.StringPrefix, "/a/b")), to("exact", path(intent.ExactPath, "/a/b")), to("short", path(intent.StringPrefix, "/a")),
	}})
	for uri, want := range map[string]string{"/a/b": "long", "/a/c": "short", "/a?x=/a/b": "short"} {
		d := tab.Match(Request{Host: "a.t", URI: uri})
		if service(d) != want || d.Route != &d.Host.Routes[d.RouteIndex] {
			t.Errorf("%s: got %s route %d, want %s", uri, service(d), d.RouteIndex, want)
		}
	}
}

func TestBrokenRegexCostsItsRoute(t *testing.T) {
	conditional := to("cond", all)
	conditional.Match.Headers = []intent.Cond{{Name: "x", Op: intent.Matches, Value: "(?!a)"}}
	rewrite := to("rewrite", all)
	rewrite.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: "/(?=x)"}
	tab := newTable(t, intent.Decoded,
		intent.Host{Name: "a.t", Routes: []intent.Route{to("path", path(intent.RegexPath, "^/a[")), conditional, rewrite, to("ok", all)}},
		named("~(["))
	if got := service(tab.Match(Request{Host: "a.t", URI: "/a[", Headers: []Header{{Name: "X", Value: "b"}}})); got != "ok" {
		t.Errorf("got %q, want the route behind the broken ones", got)
	}
	want := []struct {
		host  string
		route int
		text  string
	}{{"a.t", 0, "path: "}, {"a.t", 1, "condition on x: "}, {"a.t", 2, "rewrite: "}, {"~([", -1, "host name: "}}
	got := tab.Invalid()
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, w := range want {
		if got[i].Host != w.host || got[i].RouteIndex != w.route || !strings.HasPrefix(got[i].Err.Error(), w.text) {
			t.Errorf("got %+v, want %+v", got[i], w)
		}
	}
}

func TestNewRefusesWhatIsNoModel(t *testing.T) {
	one := func(r intent.Route) []intent.Host { return []intent.Host{{Name: "a.t", Routes: []intent.Route{r}}} }
	badOp, badKind, badRewrite, two := to("a", all), to("a", all), to("a", all), to("a", all)
	badOp.Match.Query = []intent.Cond{{Op: intent.NotMatches + 1}}
	badKind.Match.Path.Kind = intent.RegexPath + 1
	badRewrite.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite + 1}
	two.Respond = &intent.Respond{Status: 200}
	for want, m := range map[string]intent.Model{
		"sorted and unique":             {Hosts: []intent.Host{named("b.t"), named("a.t")}},
		`host "a.t" stands behind`:      {Hosts: []intent.Host{named("a.t"), named("a.t")}},
		"0 of forward":                  {Hosts: one(intent.Route{})},
		"2 of forward":                  {Hosts: one(two)},
		"path kind 4":                   {Hosts: one(badKind)},
		"rewrite kind 3":                {Hosts: one(badRewrite)},
		"operator 10":                   {Hosts: one(badOp)},
		"model: path form 2 is unknown": {Paths: 2},
	} {
		_, err := New(m)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
		if _, again := Compile(m); again == nil || again.Error() != err.Error() {
			t.Errorf("Compile: want %v, have %v", err, again)
		}
	}
}

func TestPlainMatchDoesNotAllocate(t *testing.T) {
	withHeaders := to("exact", path(intent.ExactPath, "/exact"))
	withHeaders.Forward.Response = []intent.HeaderChange{{Name: "X-A", Value: "b"}}
	cookie := to("cookie", path(intent.SegmentPrefix, "/c"))
	cookie.Match.Cookies = []intent.Cond{{Name: "can", Op: intent.Is, Value: "always"}}
	for form := range intent.Normalized + 1 {
		tab := newTable(t, form, intent.Host{Name: "a.t", TLS: &intent.TLS{HSTS: &intent.HSTS{MaxAge: 1}},
			Routes: []intent.Route{withHeaders, cookie, to("prefix", path(intent.SegmentPrefix, "/p"))}})
		for _, uri := range []string{"/exact", "/p/x?q=1", "/c", "/none", "//p/../p%20x"} {
			p := Prepare(Request{Scheme: "https", Host: "A.t", URI: uri, Headers: []Header{{Name: "cookie", Value: "a=b; can=always"}}})
			h := tab.Host("a.t")
			if n := testing.AllocsPerRun(100, func() { h.Match(p) }); n != 0 {
				t.Errorf("%s: %v allocations on a host table", uri, n)
			}
			if n := testing.AllocsPerRun(100, func() { tab.MatchPrepared(p) }); n != 0 {
				t.Errorf("%s: %v allocations on a table", uri, n)
			}
		}
	}
}

func TestPreparedIsShared(t *testing.T) {
	nginx := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{to("nginx", path(intent.ExactPath, "/a/b"))}})
	envoy := newTable(t, intent.Normalized, intent.Host{Name: "a.t", Routes: []intent.Route{to("envoy", path(intent.ExactPath, "/a%2Fb"))}})
	p := Prepare(Request{Host: "a.t", URI: "/a%2Fb"})
	if a, b := service(nginx.MatchPrepared(p)), service(envoy.MatchPrepared(p)); a != "nginx" || b != "envoy" {
		t.Errorf("got %q and %q", a, b)
	}
}

func BenchmarkMatch(b *testing.B) {
	routes := make([]intent.Route, 0, 30)
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		routes = append(routes, to("svc", path(intent.SegmentPrefix, "/"+string(c))))
	}
	h := newTable(b, intent.Decoded, intent.Host{Name: "a.t", Routes: routes}).Host("a.t")
	p := Prepare(Request{Host: "a.t", URI: "/z/index.html?q=1"})
	b.ReportAllocs()
	for b.Loop() {
		if d := h.Match(p); d.RouteIndex != 25 {
			b.Fatal(d)
		}
	}
}
