package judge

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/table"
)

const rdsSample = `{
"match": {"prefix": "/p", "headers": [{"name": ":path", "string_match": {"safe_regex": {"regex": "/p([/?].*)?"}}}, {"name": "x-test", "string_match": {"exact": "1"}}]},
"metadata": {"filter_metadata": {"envoy.access_loggers.file": {"io.projectcontour.kind": "HTTPProxy", "io.projectcontour.name": "site", "io.projectcontour.namespace": "app"}}},
"route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 20}, {"name": "b", "weight": 80}]}, "prefix_rewrite": "/q", "timeout": "0s", "idle_timeout": "60s", "upgrade_configs": [{"upgrade_type": "websocket"}]},
"response_headers_to_add": [{"header": {"key": "X-A", "value": "1"}}]}`

const redirectSample = `{"match": {"path": "/r"}, "redirect": {"scheme_redirect": "https", "host_redirect": "o.t", "path_redirect": "/x", "response_code": "FOUND"}}`

// TestRoutesAreNoticed changes one thing after the other in what Contour says, and wants
// every change to be noticed.
func TestRoutesAreNoticed(t *testing.T) {
	x := reader{fqdn: "h.t", clusters: map[string]cluster{"a": {Label: "app_a_80"}, "b": {Label: "app_b_80"}, "c": {Label: "app_c_80"}}}
	backend := func(service string, weight int) intent.Backend {
		return intent.Backend{Namespace: "app", Service: service, Port: "80", Weight: weight}
	}
	forward := intent.Route{
		Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/p"}, Headers: []intent.Cond{{Name: "x-test", Op: intent.Is, Value: "1"}}},
		Forward: &intent.Forward{Backends: []intent.Backend{backend("b", 80), backend("a", 20)}, Websocket: true, Rewrite: &intent.Rewrite{From: "/p", To: "/q"},
			Timeouts: intent.Timeouts{Response: -1, Idle: 60000}, Response: []intent.HeaderChange{{Name: "x-a", Value: "1"}}},
		Origins: []ledger.Origin{ledger.New(ledger.Place{Object: "HTTPProxy app/site"})},
	}
	redirect := intent.Route{Match: intent.Match{Path: intent.Path{Kind: intent.ExactPath, Value: "/r"}},
		Redirect: &intent.Redirect{Status: 302, Scheme: "https", Host: "o.t", Path: "/x{?query}"}}
	for _, c := range []struct {
		ours    intent.Route
		theirs  string
		changes [][2]string
	}{
		{forward, rdsSample, [][2]string{
			{`"/p"`, `"/pp"`}, {`/p([/?].*)?`, `/p.*`}, {`"exact": "1"`, `"exact": "2"`}, {`"x-test"`, `"x-other"`}, {`"exact": "1"}`, `"exact": "1"}, "invert_match": true`},
			{`"name": "a"`, `"name": "c"`}, {`"weight": 20`, `"weight": 21`}, {`"/q"`, `"/r"`}, {`"0s"`, `"15s"`}, {`"60s"`, `"61s"`}, {`"websocket"`, `"other"`},
			{`"value": "1"`, `"value": "2"`}, {`"key": "X-A"`, `"key": "X-B"`}, {`"site"`, `"other"`},
		}},
		{redirect, redirectSample, [][2]string{{`"path": "/r"`, `"prefix": "/r"`}, {"FOUND", "SEE_OTHER"}, {`"o.t"`, `"p.t"`}, {`"/x"`, `"/y"`}, {`"https"`, `"http"`}}},
	} {
		ours := comparable(c.ours, "http")
		for _, change := range append([][2]string{{"", ""}}, c.changes...) {
			text := strings.Replace(c.theirs, change[0], change[1], 1)
			if changed := change[0] != ""; changed == (text == c.theirs) {
				t.Fatalf("%q is not in the sample", change[0])
			}
			var r rdsRoute
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatalf("%q: %v", change, err)
			}
			if same := x.text(r) == ours; same != (change[0] == "") {
				t.Errorf("%q: noticed %v\n%s\n%s", change, !same, ours, x.text(r))
			}
		}
	}
}

// TestAnswersAreNoticed does the same with answers of Envoy.
func TestAnswersAreNoticed(t *testing.T) {
	forwarded := func() (table.Decision, answer) {
		return table.Decision{
				Backends:    []intent.Backend{{Namespace: "app", Service: "a", Port: "80", Weight: 1}, {Namespace: "app", Service: "b", Port: "80"}},
				UpstreamURI: "/x", UpstreamHost: "h.t", RequestHeaders: []table.Header{{Name: "X-A", Value: "1"}}, RequestRemoved: []string{"X-B"},
				ResponseHeaders: []table.Header{{Name: "X-C", Value: "2"}}, ResponseRemoved: []string{"X-D"},
			}, answer{status: 200, headers: http.Header{"X-C": {"2"}}, echo: &echoed{
				Service: "app/a:80", URI: "/x", Headers: [][2]string{{"host", "h.t"}, {"x-a", "1"}}}}
	}
	for name, change := range map[string]func(*answer){
		"":                        func(*answer) {},
		"status":                  func(a *answer) { a.status = 201 },
		"no backend":              func(a *answer) { a.echo = nil },
		"backend":                 func(a *answer) { a.echo.Service = "app/c:80" },
		"backend without weight":  func(a *answer) { a.echo.Service = "app/b:80" },
		"upstream path":           func(a *answer) { a.echo.URI = "/y" },
		"upstream host":           func(a *answer) { a.echo.Headers[0][1] = "o.t" },
		"request header":          func(a *answer) { a.echo.Headers[1][1] = "0" },
		"removed request header":  func(a *answer) { a.echo.Headers = append(a.echo.Headers, [2]string{"x-b", "1"}) },
		"response header":         func(a *answer) { a.headers.Set("X-C", "3") },
		"removed response header": func(a *answer) { a.headers.Set("X-D", "3") },
	} {
		d, a := forwarded()
		change(&a)
		if problem := differs(d, a); (problem == "") != (name == "") {
			t.Errorf("%s: %q", name, problem)
		}
	}
	redirect := table.Decision{Status: 301, Location: "https://h.t/"}
	for want, a := range map[string]answer{
		"":         {status: 301, headers: http.Header{"Location": {"https://h.t/"}}},
		"status":   {status: 302, headers: http.Header{"Location": {"https://h.t/"}}},
		"Location": {status: 301, headers: http.Header{"Location": {"https://h.t/x"}}},
	} {
		if problem := differs(redirect, a); (want == "") != (problem == "") || !strings.HasPrefix(problem, want) {
			t.Errorf("%s: %q", want, problem)
		}
	}
}

// TestUnstableOrder: two conditions that each stand before the other's.
func TestUnstableOrder(t *testing.T) {
	route := func(conditions ...string) (r rdsRoute) {
		text := `{"match": {"prefix": "/", "headers": [` + strings.Join(conditions, ",") + `]}}`
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	header := func(name, value string) string {
		return `{"name": "` + name + `", "string_match": {"exact": "` + value + `"}}`
	}
	for _, c := range []struct {
		a, b rdsRoute
		want bool
	}{
		{route(header("x-a", "1"), header("x-b", "1")), route(header("x-a", "1"), header("x-b", "2")), false},
		{route(header("x-a", "1"), header("x-b", "2")), route(header("x-a", "2"), header("x-b", "1")), true},
		{route(header("x-a", "1"), header("x-c", "1")), route(header("x-b", "1"), header("x-c", "1")), false},
		{route(header("x-a", "1"), header("x-d", "1")), route(header("x-b", "1"), header("x-c", "1")), true},
		{route(header("x-a", "1"), header("x-b", "2")), route(header("x-a", "2")), false},
	} {
		if _, _, got := unstable([]rdsRoute{c.a, c.b}); got != c.want {
			t.Errorf("%+v %+v: got %v", c.a.Match, c.b.Match, got)
		}
	}
}
