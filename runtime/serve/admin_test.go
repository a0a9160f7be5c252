package serve_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/table"
)

func shown(t *testing.T) *view {
	t.Helper()
	model := intent.Model{Paths: intent.Normalized, Hosts: []intent.Host{{Name: "a.test", Routes: []intent.Route{{
		Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
		Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "shop", Service: "web", Port: "80", Weight: 1}}},
		Origins: []ledger.Origin{ledger.New(ledger.Place{File: "web.yaml", Line: 3, Object: "HTTPProxy shop/web"})},
	}}}}}
	tb, err := table.New(model)
	if err != nil {
		t.Fatal(err)
	}
	return &view{
		ready: true, table: tb,
		routes: []serve.Route{
			{Host: "", ID: "d1", Match: "/", Action: "404", Plane: "nginx"},
			{Host: "a.test", ID: "r1", Match: "/", Action: "shop/web:80", Team: "shop", Plane: "envoy", Origin: "web.yaml:3"},
			{Host: "a.test", ID: "r2", Match: "/x", Action: "503", Team: "cart", Plane: "envoy", Broken: "no such Service"},
		},
		findings: []ledger.Finding{{
			Rule: "missing-service", Severity: ledger.Error, Origin: ledger.New(ledger.Place{File: "cart.yaml", Line: 7, Object: "HTTPProxy cart/cart"}),
			Host: "a.test", Message: "there is no\nService cart/x", Action: "add it",
		}, {Rule: "note", Message: "about nothing in particular"}},
	}
}

func TestAdminPages(t *testing.T) {
	s := start(t, serve.Options{View: shown(t)}, plane{HandlerFunc: proto})
	c := client(t, overHTTP1)
	for _, page := range []struct{ path, want string }{
		{"/healthz", "alive\n"},
		{"/readyz", "ready\n"},
		{"/routes", `(default)
  d1           / -> 404  as nginx
a.test
  r1           / -> shop/web:80  team shop  as envoy  from web.yaml:3
  r2           /x -> 503  team cart  as envoy  broken: no such Service
`},
		{"/routes?host=none", ""},
		{"/findings", `error [missing-service] cart.yaml:7: HTTPProxy cart/cart: host a.test: there is no Service cart/x; add it
info [note] about nothing in particular
`},
		{"/resolve?method=post&host=a.test&uri=/x%3Fq&header=X-Test:1&header=x-b:%202", `POST http://a.test/x?q -H 'X-Test: 1' -H 'x-b: 2'

plane     envoy
id        r1
team      shop
answer    forwarded
backend   shop/web:80
upstream  /x?q  Host: a.test
host      a.test
route     segment /
from      web.yaml:3: HTTPProxy shop/web
`},
	} {
		if status, got := fetch(t, c, "http://"+s.Admin+page.path); status != 200 || got != page.want {
			t.Errorf("%s: status %d: %s", page.path, status, cmp.Diff(page.want, got))
		}
	}
}

func TestAdminJSON(t *testing.T) {
	s := start(t, serve.Options{View: shown(t)}, plane{HandlerFunc: proto})
	c := client(t, overHTTP1)
	for path, want := range map[string]string{
		"/routes?format=json&host=none": `{"routes":[]}`,
		"/routes?format=json&host=a.test": `{"routes":[
			{"host":"a.test","id":"r1","match":"/","action":"shop/web:80","team":"shop","plane":"envoy","origin":"web.yaml:3"},
			{"host":"a.test","id":"r2","match":"/x","action":"503","team":"cart","plane":"envoy","broken":"no such Service"}]}`,
		"/findings?format=json": `{"findings":[
			{"rule":"missing-service","severity":"error","origin":"cart.yaml|0|7|HTTPProxy cart/cart|","host":"a.test","message":"there is no\nService cart/x","action":"add it"},
			{"rule":"note","severity":"info","origin":"","message":"about nothing in particular","action":""}]}`,
		"/resolve?format=json&host=a.test&scheme=https": `{
			"request":{"method":"GET","scheme":"https","host":"a.test","uri":"/"},"host":"a.test","plane":"envoy","route":"r1","team":"shop",
			"status":0,"backends":[{"namespace":"shop","service":"web","port":"80","weight":1}],"upstreamURI":"/","upstreamHost":"a.test",
			"origins":["web.yaml:3: HTTPProxy shop/web"]}`,
	} {
		_, text := fetch(t, c, "http://"+s.Admin+path)
		var got, wanted any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v: %s", path, err, text)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestAdminRefusesWrongQuestions(t *testing.T) {
	s := start(t, serve.Options{View: shown(t)}, plane{HandlerFunc: proto})
	for _, query := range []string{"scheme=ftp", "header=novalue", "header=:v", "format=yaml"} {
		if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/resolve?"+query); status != 400 {
			t.Errorf("%s: status %d, want 400", query, status)
		}
	}
}

// TestAdminGuard: only reading, and nothing that a web page in somebody's browser can send.
func TestAdminGuard(t *testing.T) {
	s := start(t, serve.Options{View: shown(t)}, plane{HandlerFunc: proto})
	_, port, _ := strings.Cut(s.Admin, ":")
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"as it is", func(*http.Request) {}, 200},
		{"HEAD", func(r *http.Request) { r.Method = "HEAD" }, 200},
		{"POST", func(r *http.Request) { r.Method = "POST" }, 405},
		{"OPTIONS", func(r *http.Request) { r.Method = "OPTIONS" }, 405},
		{"localhost", func(r *http.Request) { r.Host = "localhost:" + port }, 200},
		{"localhost in another case", func(r *http.Request) { r.Host = "LocalHost" }, 200},
		{"a name below localhost", func(r *http.Request) { r.Host = "admin.localhost:1" }, 200},
		{"IPv6", func(r *http.Request) { r.Host = "[::1]:" + port }, 200},
		{"another address", func(r *http.Request) { r.Host = "10.1.2.3" }, 200},
		{"a name that was rebound", func(r *http.Request) { r.Host = "evil.example:" + port }, 403},
		{"a name that looks like an address", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 403},
		{"a name that ends in localhost", func(r *http.Request) { r.Host = "evillocalhost" }, 403},
		{"a page of another site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"typed in by a person", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, 200},
	} {
		for _, path := range []string{"/", "/healthz", "/metrics", "/routes"} {
			if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+path, c.change); status != c.want {
				t.Errorf("%s: %s: status %d, want %d", c.name, path, status, c.want)
			}
		}
	}
	r, err := client(t, overHTTP1).Get("http://" + s.Admin + "/routes")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.Header.Get("Access-Control-Allow-Origin") != "" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", r.Header)
	}
}

func TestPprofByOption(t *testing.T) {
	for on, want := range map[bool]int{false: 404, true: 200} {
		s := start(t, serve.Options{View: shown(t), Pprof: on}, plane{HandlerFunc: proto})
		if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/debug/pprof/goroutine?debug=1"); status != want {
			t.Errorf("pprof %v: status %d, want %d", on, status, want)
		}
	}
}

func TestNotReadyBeforeTheFirstState(t *testing.T) {
	s := start(t, serve.Options{View: &view{}}, plane{HandlerFunc: proto})
	if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/readyz"); status != 503 {
		t.Errorf("status %d, want 503", status)
	}
	if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/healthz?"+url.Values{}.Encode()); status != 200 {
		t.Errorf("alive: status %d, want 200", status)
	}
}
