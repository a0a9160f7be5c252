package table

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// describedRoute has something to say on every line.
func describedRoute() intent.Route {
	at := ledger.New(ledger.Place{File: "site.yaml", Line: 7, Object: "Ingress login/login"})
	return intent.Route{
		Match: intent.Match{
			Path: path(intent.SegmentPrefix, "/login"), Methods: []string{"GET", "PUT"},
			Headers: []intent.Cond{{Name: "x-test", Op: intent.Is, Value: "true"}},
			Query:   []intent.Cond{{Name: "q", Op: intent.Present}},
		},
		Policies: &intent.Policies{CORS: &intent.CORS{}, Basic: &intent.BasicAuth{}, SatisfyAny: true},
		Forward: &intent.Forward{
			Rewrite: regexRewrite("/login(.*)", "/x$1"),
			Backends: []intent.Backend{
				{Namespace: "login", Service: "a", Port: "80", Weight: 2, Protocol: intent.H2C},
				{Namespace: "login", Service: "b", Port: "http", Weight: 1, Unresolved: "there is no Service login/b"},
			},
			Request:  []intent.HeaderChange{{Name: "X-Forwarded-Prefix", Value: "/login"}},
			Response: []intent.HeaderChange{{Name: "Server", Remove: true}},
		},
		Opaque:  []intent.Opaque{{Key: "auth-snippet", Security: true, Reason: "not read"}, {Key: "proxy-body-size", Reason: "a later issue"}},
		Origins: []ledger.Origin{at, at, at.At("spec.tls", 9)},
	}
}

func TestDescribeForwarded(t *testing.T) {
	tab := newTable(t, intent.Decoded, intent.Host{Name: "example.com", Routes: []intent.Route{describedRoute()}})
	d := tab.Match(Request{Host: "Example.com", URI: "/login/in?q", Headers: []Header{{Name: "X-Test", Value: "true"}}})
	want := `answer    forwarded
backend   login/a:80 h2c  66.7%
backend   login/b:http  33.3%  503: there is no Service login/b
upstream  /x/in?q  Host: Example.com
request   X-Forwarded-Prefix: /login
response  without Server
host      example.com
route     segment /login, method GET|PUT, header x-test is true, query q present
does      basic-auth
does      satisfy-any
does      cors
opaque    auth-snippet (security): not read
opaque    proxy-body-size: a later issue
from      site.yaml:7: Ingress login/login
from      site.yaml:9: Ingress login/login: spec.tls
`
	if diff := cmp.Diff(want, d.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDescribeAnsweredAtOnce(t *testing.T) {
	route := func(r intent.Route) intent.Host { return intent.Host{Routes: []intent.Route{r}} }
	gone, nothing := to("a", all), to("a", all)
	gone.Forward.Backends[0].Unresolved = "no such port"
	nothing.Forward.Rewrite = regexRewrite("/()", "$1")
	const tail = "host      default\nroute     prefix /\n"
	slash := intent.Match{Path: path(intent.StringPrefix, "/")}
	for _, c := range []struct {
		host intent.Host
		uri  string
		want string
	}{
		{named("a.t"), "/", "answer    404: no route matches\nhost      unknown\n"},
		{named("a.t"), "/..", "answer    400: the request target is refused\nhost      unknown\n"},
		{route(intent.Route{Match: slash, Redirect: &intent.Redirect{Status: 301, Path: "https://o.t"}}), "/", "answer    301 to https://o.t\n" + tail},
		{route(intent.Route{Match: slash, Respond: &intent.Respond{Status: 403}}), "/", "answer    403\n" + tail},
		{route(intent.Route{Match: slash, Respond: &intent.Respond{Status: 404, Implicit: true}}), "/", "answer    404: no rule speaks of this path\n" + tail},
		{route(intent.Route{Match: slash, Respond: &intent.Respond{Status: 503, Blocked: "auth-url"}}), "/", "answer    503: blocked: auth-url\n" + tail},
		{route(gone), "/", "answer    503: no backend can have an endpoint; ns/a: no such port\nhost      default\nroute     segment /\n"},
		{route(nothing), "/", "answer    500: the rewrite makes an empty path\nhost      default\nroute     segment /\n"},
	} {
		d := newTable(t, intent.Decoded, c.host).Match(Request{Host: "b.t", URI: c.uri})
		if diff := cmp.Diff(c.want, d.String()); diff != "" {
			t.Error(diff)
		}
	}
}
