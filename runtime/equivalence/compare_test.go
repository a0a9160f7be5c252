package equivalence

import (
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/table"
)

func to(service string, weight int) intent.Backend {
	return intent.Backend{Namespace: "n", Service: service, Port: "80", Weight: weight}
}

func forward(kind intent.PathKind, path string, bs ...intent.Backend) intent.Route {
	return intent.Route{Match: intent.Match{Path: intent.Path{Kind: kind, Value: path}}, Forward: &intent.Forward{Backends: bs}}
}

// tableOf is a table of nginx's, envoyOf one of Envoy's.
func tableOf(t *testing.T, hosts ...intent.Host) *table.Table {
	t.Helper()
	return newTable(t, intent.Model{Hosts: hosts})
}

func envoyOf(t *testing.T, hosts ...intent.Host) *table.Table {
	t.Helper()
	return newTable(t, intent.Model{Paths: intent.Normalized, Hosts: hosts})
}

func newTable(t *testing.T, m intent.Model) *table.Table {
	t.Helper()
	tab, err := table.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestProfile: what the platform profile covers is no difference.
func TestProfile(t *testing.T) {
	https := func(status int, trim bool) intent.Route {
		r := forward(intent.SegmentPrefix, "/", to("a", 1))
		r.HTTPS = &intent.HTTPSRedirect{Status: status, TrimSlash: trim}
		return r
	}
	implicit := intent.Route{Match: intent.Match{Path: intent.Path{Value: "/"}}, Respond: &intent.Respond{Status: 404, Implicit: true}, HTTPS: &intent.HTTPSRedirect{Status: 308}}
	www := func(port intent.Template, path intent.Template) intent.Route {
		return intent.Route{Match: intent.Match{Path: intent.Path{Value: "/"}}, Redirect: &intent.Redirect{Status: 308, Host: "www.h", Port: port, Path: path}}
	}
	tls := &intent.TLS{Secret: "n/s"}
	for _, c := range []struct {
		name          string
		before, after intent.Host
	}{
		{"redirect-status, trailing-slash", intent.Host{Name: "h", TLS: tls, Routes: []intent.Route{https(308, true)}}, intent.Host{Name: "h", TLS: tls, Routes: []intent.Route{https(301, false)}}},
		{"unknown-path-http", intent.Host{Name: "h", TLS: tls, Routes: []intent.Route{implicit}}, intent.Host{Name: "h", TLS: tls}},
		{"default-port", intent.Host{Name: "h", Routes: []intent.Route{www("{port}", "{uri-}")}}, intent.Host{Name: "h", Routes: []intent.Route{www("", "{uri}")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := Sampled(tableOf(t, c.before), envoyOf(t, c.after), "h", nil)
			if res.Requests == 0 || len(res.Unexplained) > 0 || res.Explained > 0 {
				t.Errorf("got %+v", res)
			}
		})
	}
	seen := map[string]bool{}
	for _, l := range Profile() {
		if l.ID == "" || l.Before == "" || l.After == "" || seen[l.ID] {
			t.Errorf("%+v: a lemma has an ID of its own and two sides", l)
		}
		seen[l.ID] = true
	}
}

// TestUncovered: what looks like the profile and is not.
func TestUncovered(t *testing.T) {
	secure := forward(intent.SegmentPrefix, "/", to("a", 1))
	secure.HTTPS = &intent.HTTPSRedirect{Status: 308}
	open := forward(intent.SegmentPrefix, "/", to("a", 1))
	tls := &intent.TLS{Secret: "n/s"}
	answered := intent.Route{Match: intent.Match{Path: intent.Path{Value: "/"}}, Respond: &intent.Respond{Status: 503}}
	implicit := intent.Route{Match: intent.Match{Path: intent.Path{Value: "/"}}, Respond: &intent.Respond{Status: 404, Implicit: true}}
	for _, c := range []struct {
		name          string
		before, after intent.Route
	}{
		{"http is served where it was redirected", secure, open},
		{"http is redirected where it was served", open, secure},
		{"an unknown path is forwarded", implicit, open},
		{"a 503 became 404", answered, implicit},
		{"a 503 is forwarded", answered, open},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := Sampled(tableOf(t, intent.Host{Name: "h", TLS: tls, Routes: []intent.Route{c.before}}), envoyOf(t, intent.Host{Name: "h", TLS: tls, Routes: []intent.Route{c.after}}), "h", nil)
			if len(res.Unexplained) == 0 {
				t.Error("no difference was found")
			}
		})
	}
}

// TestGuards: an edit explains the requests of its guard and no others.
func TestGuards(t *testing.T) {
	route := func(kind intent.PathKind, path string) *intent.Route {
		r := forward(kind, path, to("a", 1))
		r.Match.Path.Fold = kind == intent.RegexPath
		return &r
	}
	for _, c := range []struct {
		guard   intent.Guard
		route   *intent.Route
		yes, no []string
	}{
		{intent.Always, route(intent.SegmentPrefix, "/a"), []string{"/a", "/zzz", "/a?b"}, nil},
		{intent.CaseOnly, route(intent.RegexPath, "^/ab"), []string{"/AB", "/aB/x"}, []string{"/ab", "/ab/X", "/a", "/cd"}},
		{intent.OpenEnd, route(intent.SegmentPrefix, "/a"), []string{"/ab", "/a-"}, []string{"/a", "/a/b", "/b", "/A"}},
		{intent.OpenEnd, route(intent.RegexPath, "^/a(.*)"), []string{"/ab"}, []string{"/a", "/a/b"}},
		{intent.OpenEnd, route(intent.StringPrefix, "/a/"), nil, []string{"/a/b", "/a/"}},
		{intent.BelowPath, route(intent.RegexPath, "^/a"), []string{"/a/b", "/ab"}, []string{"/a", "/a?b"}},
		{intent.EmptyRest, route(intent.RegexPath, "^/a/?(.*)"), []string{"/a"}, []string{"/a/", "/ab", "/b"}},
		{intent.HasQuery, route(intent.SegmentPrefix, "/a"), []string{"/a?", "/a?b"}, []string{"/a"}},
		{intent.TwoValues, route(intent.SegmentPrefix, "/a"), nil, []string{"/a"}},
	} {
		for _, uri := range c.yes {
			if !holds(c.guard, table.Request{URI: uri}, c.route) {
				t.Errorf("%s of %s does not hold for %s", c.guard, c.route.Match.Path, uri)
			}
		}
		for _, uri := range c.no {
			if holds(c.guard, table.Request{URI: uri}, c.route) {
				t.Errorf("%s of %s holds for %s", c.guard, c.route.Match.Path, uri)
			}
		}
	}
	if !holds(intent.HTTPOnly, table.Request{Scheme: "http"}, route(0, "/")) || holds(intent.HTTPOnly, table.Request{Scheme: "https"}, route(0, "/")) {
		t.Error("over plain http")
	}
	if !holds(intent.HTTPSOnly, table.Request{Scheme: "https"}, route(0, "/")) || holds(intent.HTTPSOnly, table.Request{Scheme: "http"}, route(0, "/")) {
		t.Error("https")
	}
}

// TestEditMustFit: an edit of another host, route, dimension or guard explains nothing.
func TestEditMustFit(t *testing.T) {
	before := tableOf(t, intent.Host{Name: "h", Routes: []intent.Route{forward(intent.ExactPath, "/e", to("e", 1)), forward(intent.SegmentPrefix, "/", to("a", 1))}})
	after := envoyOf(t, intent.Host{Name: "h", Routes: []intent.Route{forward(intent.ExactPath, "/e", to("e", 1)), forward(intent.SegmentPrefix, "/", to("b", 1))}})
	fits := intent.Edit{Host: "h", Route: 1, Dimension: intent.Backends, Guard: intent.Always, Outcome: ledger.Untranslated}
	if res := Sampled(before, after, "h", []intent.Edit{fits}); len(res.Unexplained) > 0 || res.Explained == 0 {
		t.Errorf("the edit that fits: %+v", res)
	}
	for name, change := range map[string]func(*intent.Edit){
		"host": func(e *intent.Edit) { e.Host = "g" }, "route": func(e *intent.Edit) { e.Route = 0 },
		"dimension": func(e *intent.Edit) { e.Dimension = intent.RewritePath }, "guard": func(e *intent.Edit) { e.Guard = intent.HasQuery },
	} {
		e := fits
		if change(&e); len(Sampled(before, after, "h", []intent.Edit{e}).Unexplained) == 0 {
			t.Errorf("an edit with another %s explains the difference", name)
		}
	}
}

// TestExposed: a request to a guarded route that is forwarded without the guard is never
// explained, whatever the edits say; only letting go of that very key is.
func TestExposed(t *testing.T) {
	guarded := forward(intent.SegmentPrefix, "/", to("a", 1))
	guarded.Opaque = []intent.Opaque{{Key: "auth-url", Security: true}}
	plain := forward(intent.SegmentPrefix, "/", to("a", 1))
	before, after := tableOf(t, intent.Host{Name: "h", Routes: []intent.Route{guarded}}), envoyOf(t, intent.Host{Name: "h", Routes: []intent.Route{plain}})
	edit := func(d intent.Dimension, from string) intent.Edit {
		return intent.Edit{Host: "h", Route: 0, Dimension: d, Guard: intent.Always, From: from}
	}
	for _, edits := range [][]intent.Edit{nil, {edit(intent.WholeAnswer, "")}, {edit(intent.Backends, "")}, {edit(intent.Feature, "auth-signin")}} {
		res := Sampled(before, after, "h", edits)
		if len(res.Unexplained) == 0 || res.Unexplained[0].Dimension != intent.Feature {
			t.Errorf("%v explains it: %+v", edits, res)
		}
	}
	if res := Sampled(before, after, "h", []intent.Edit{edit(intent.Feature, "auth-url")}); len(res.Unexplained) > 0 {
		t.Errorf("what was let go is not: %+v", res)
	}
	if res := Sampled(before, before, "h", nil); len(res.Unexplained) > 0 || res.Explained > 0 {
		t.Errorf("a guard that is still there: %+v", res)
	}
	if d, found := One(before, after, table.Request{Host: "h", URI: "/"}, nil); !found || d.Edit != nil {
		t.Errorf("One: %v %+v", found, d)
	}
}
