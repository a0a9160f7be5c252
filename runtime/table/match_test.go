package table

import (
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestPathKinds(t *testing.T) {
	fold := func(kind intent.PathKind, value string) intent.Path {
		return intent.Path{Kind: kind, Value: value, Fold: true}
	}
	for _, c := range []struct {
		path    intent.Path
		yes, no string // blank-separated targets
	}{
		{path(intent.StringPrefix, "/a"), "/a /ab /a/b /%61 //a /b/../a", "/ /A /b/a"},
		{fold(intent.StringPrefix, "/aB"), "/ab /AB/c /Abc", "/a /xab"},
		{path(intent.SegmentPrefix, "/a"), "/a /a/ /a/b /a?b /a%2Fb", "/ab /A /"},
		{path(intent.SegmentPrefix, "/a/"), "/a /a/ /a/b", "/ab"},
		{path(intent.SegmentPrefix, "/"), "/ /a //", ""},
		{fold(intent.SegmentPrefix, "/a"), "/A/b", "/AB"},
		{path(intent.ExactPath, "/a"), "/a /a?x /./a", "/a/ /A /"},
		{fold(intent.ExactPath, "/a"), "/A", "/AB"},
		{path(intent.RegexPath, "^/v1.0"), "/v1.0 /v1x0 /v1.0foo", "/v1 /V1.0 /a/v1.0"},
		{fold(intent.RegexPath, "^/v1.0"), "/V1X0", "/v1"},
		{path(intent.RegexPath, "/b$"), "/a/b /b", "/b/ /bc"},
		{path(intent.ExactPath, "/a%20b"), "/a%2520b", "/a%20b"}, // nginx decodes; a literal % has to be asked for
	} {
		tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{to("svc", c.path)}})
		for want, uris := range map[bool]string{true: c.yes, false: c.no} {
			for _, uri := range strings.Fields(uris) {
				if got := service(tab.Match(Request{Host: "a.t", URI: uri})) != ""; got != want {
					t.Errorf("%s: %s matches: %v, want %v", c.path, uri, got, want)
				}
			}
		}
	}
}

func TestMethods(t *testing.T) {
	r := to("svc", all)
	r.Match.Methods = []string{"GET", "PUT"}
	tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{r}})
	for method, want := range map[string]bool{"": true, "GET": true, "PUT": true, "POST": false, "get": false} {
		if got := service(tab.Match(Request{Host: "a.t", Method: method})) != ""; got != want {
			t.Errorf("%q matches: %v", method, got)
		}
	}
}

// TestOperators asks every operator about a header that is Abc, one that is empty, and
// one that is absent, with and without MissingEmpty.
func TestOperators(t *testing.T) {
	const there, empty, missing, asEmpty = 1, 2, 4, 8
	for _, c := range []struct {
		cond intent.Cond
		want int
	}{
		{intent.Cond{Op: intent.Present}, there | empty},
		{intent.Cond{Op: intent.Absent}, missing | asEmpty},
		{intent.Cond{Op: intent.Is, Value: "Abc"}, there},
		{intent.Cond{Op: intent.Is, Value: "aBC"}, 0},
		{intent.Cond{Op: intent.Is, Value: "aBC", Fold: true}, there},
		{intent.Cond{Op: intent.Is, Value: ""}, empty | asEmpty},
		{intent.Cond{Op: intent.IsNot, Value: "Abc"}, empty | asEmpty},
		{intent.Cond{Op: intent.HasPrefix, Value: "Ab"}, there},
		{intent.Cond{Op: intent.HasPrefix, Value: "ab", Fold: true}, there},
		{intent.Cond{Op: intent.HasSuffix, Value: "bc"}, there},
		{intent.Cond{Op: intent.HasSuffix, Value: "BC", Fold: true}, there},
		{intent.Cond{Op: intent.HasSuffix, Value: "xAbc"}, 0},
		{intent.Cond{Op: intent.Contains, Value: "b"}, there},
		{intent.Cond{Op: intent.Contains, Value: "C", Fold: true}, there},
		{intent.Cond{Op: intent.Contains, Value: "", Fold: true}, there | empty | asEmpty},
		{intent.Cond{Op: intent.NotHas, Value: "b"}, empty | asEmpty},
		{intent.Cond{Op: intent.NotHas, Value: "z"}, there | empty | asEmpty},
		{intent.Cond{Op: intent.Matches, Value: "A|A.c"}, there},
		{intent.Cond{Op: intent.Matches, Value: "Ab"}, 0},
		{intent.Cond{Op: intent.Matches, Value: "a.C", Fold: true}, there},
		{intent.Cond{Op: intent.NotMatches, Value: "Ab"}, there | empty | asEmpty},
		{intent.Cond{Op: intent.NotMatches, Value: ".*"}, 0},
	} {
		got := 0
		for bit, headers := range map[int][]Header{there: {{Name: "x-A", Value: "Abc"}, {Name: "X-a", Value: "no"}}, empty: {{Name: "X-A", Value: ""}}, missing: nil, asEmpty: {{Name: "X-B", Value: "Abc"}}} {
			r, k := to("svc", all), c.cond
			k.Name, k.MissingEmpty = "X-a", bit == asEmpty
			r.Match.Headers = []intent.Cond{k}
			tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{r}})
			if service(tab.Match(Request{Host: "a.t", Headers: headers})) != "" {
				got |= bit
			}
		}
		if got != c.want {
			t.Errorf("%v: holds for %04b, want %04b", c.cond, got, c.want)
		}
	}
}

func TestCookies(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
		found bool
	}{
		{[]string{"can=always"}, "always", true},
		{[]string{"a=b; can=x=y; can=z"}, "x=y", true},
		{[]string{"a=b", "can=1", "can=2"}, "1", true},
		{[]string{"acan=1;can = 2 ;b"}, "2 ", true},
		{[]string{"a,can=1,2"}, "1,2", true},
		{[]string{"can=; b=1"}, "", true},
		{[]string{"canary=1"}, "", false},
		{[]string{"can; b=can=1"}, "", false},
		{[]string{"CAN=1"}, "", false},
		{[]string{""}, "", false},
		{nil, "", false},
	} {
		r := Request{Headers: []Header{{Name: "X-Cookie", Value: "can=no"}}}
		for _, line := range c.lines {
			r.Headers = append(r.Headers, Header{Name: "cOOKIE", Value: line})
		}
		if got, found := Prepare(r).cookie("can"); got != c.want || found != c.found {
			t.Errorf("%q: got %q %v", c.lines, got, found)
		}
	}
}

func TestQueryArguments(t *testing.T) {
	for _, c := range []struct {
		uri, want string
		found     bool
	}{
		{"/?a=1", "1", true}, {"/?b=2&a=1&a=3", "1", true}, {"/?a", "", true}, {"/?a=", "", true},
		{"/?a=%20+", "%20+", true}, {"/?b=a=1", "", false}, {"/?aa=1", "", false}, {"/a=1", "", false}, {"/?", "", false},
		{"?&&a=x?y", "x?y", true},
	} {
		p := Prepare(Request{URI: c.uri})
		for i := range p.views {
			if got, found := argument(&p.views[i], "a", false); got != c.want || found != c.found {
				t.Errorf("%s: got %q %v", c.uri, got, found)
			}
		}
	}
}

// TestAllConditionsHold has one condition of each kind on a route.
func TestAllConditionsHold(t *testing.T) {
	r := to("svc", all)
	r.Match.Headers = []intent.Cond{{Name: "x", Op: intent.Is, Value: "1"}}
	r.Match.Query = []intent.Cond{{Name: "q", Op: intent.Is, Value: "2"}}
	r.Match.Cookies = []intent.Cond{{Name: "c", Op: intent.Is, Value: "3"}}
	tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{r}})
	for _, c := range []struct {
		x, q, c string
		want    bool
	}{{"1", "2", "3", true}, {"0", "2", "3", false}, {"1", "0", "3", false}, {"1", "2", "0", false}} {
		d := tab.Match(Request{Host: "a.t", URI: "/?q=" + c.q, Headers: []Header{{Name: "X", Value: c.x}, {Name: "Cookie", Value: "c=" + c.c}}})
		if got := service(d) != ""; got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestRepeatedHeaders has what fixtures/judge recorded: Envoy compares all lines of a header
// together, and finds a cookie wherever it stands.
func TestRepeatedHeaders(t *testing.T) {
	header := func(op intent.Op, value string) intent.Match {
		return intent.Match{Path: all, Headers: []intent.Cond{{Name: "x", Op: op, Value: value}}}
	}
	cookie := intent.Match{Path: all, Cookies: []intent.Cond{{Name: "can", Op: intent.Is, Value: "always"}}}
	for _, c := range []struct {
		match        intent.Match
		name         string
		lines        []string
		nginx, envoy bool
	}{
		{header(intent.Is, "a"), "X", []string{"a"}, true, true},
		{header(intent.Is, "a"), "X", []string{"a", "b"}, true, false},
		{header(intent.Is, "a,b"), "X", []string{"a", "b"}, false, true},
		{header(intent.IsNot, "a"), "X", []string{"a", "a"}, false, true},
		{header(intent.Contains, "b"), "X", []string{"a", "b"}, false, true},
		{cookie, "Cookie", []string{"a=b;can=always; c"}, true, true},
		{cookie, "Cookie", []string{"can=never; can=always"}, false, true},
		{cookie, "Cookie", []string{"can=always; can=never"}, true, true},
		{cookie, "Cookie", []string{"can = always"}, true, false},
		{cookie, "Cookie", []string{"can=always,b"}, false, false},
		{cookie, "Cookie", []string{"xcan=always"}, false, false},
		{cookie, "Cookie", []string{"a=b", "can=always"}, true, false},
	} {
		r := Request{Host: "a.t", URI: "/"}
		for _, line := range c.lines {
			r.Headers = append(r.Headers, Header{Name: c.name, Value: line})
		}
		route := to("svc", all)
		route.Match = c.match
		for form, want := range map[intent.PathForm]bool{intent.Decoded: c.nginx, intent.Normalized: c.envoy} {
			if got := service(newTable(t, form, intent.Host{Name: "a.t", Routes: []intent.Route{route}}).Match(r)) != ""; got != want {
				t.Errorf("%v: %q in path form %d: got %v", c.match, c.lines, form, got)
			}
		}
	}
}

// TestPseudoHeaders: Envoy answers them itself, whatever the client sends; where paths are
// decoded those that no client can send are the request's own, its path as sent.
func TestPseudoHeaders(t *testing.T) {
	for name, value := range map[string][2]string{
		":path": {"//a/%7E?q=1", "/a/~?q=1"}, ":authority": {"A.t:80", "A.t:80"}, ":method": {"PUT", "PUT"}, ":Scheme": {"https", "https"},
		"Host": {"-", "A.t:80"}, "X-Forwarded-Proto": {"spoof", "https"},
	} {
		for _, form := range []intent.PathForm{intent.Decoded, intent.Normalized} {
			r := to("svc", all)
			r.Match.Headers = []intent.Cond{{Name: name, Op: intent.Is, Value: value[form]}}
			tab := newTable(t, form, intent.Host{Name: "a.t", Routes: []intent.Route{r}})
			d := tab.Match(Request{Scheme: "https", Host: "A.t:80", Method: "PUT", URI: "//a/%7E?q=1", Headers: []Header{{Name: "x-forwarded-proto", Value: "spoof"}}})
			if got, want := service(d) != "", value[form] != "-"; got != want {
				t.Errorf("%s in path form %d: got %v", name, form, got)
			}
		}
	}
}
