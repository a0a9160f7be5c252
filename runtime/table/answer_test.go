package table

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// rewritten is what the upstream sees of a target under a rewrite.
func rewritten(t *testing.T, form intent.PathForm, w *intent.Rewrite, uri string) string {
	t.Helper()
	r := to("svc", all)
	r.Forward.Rewrite = w
	d := newTable(t, form, intent.Host{Name: "a.t", Routes: []intent.Route{r}}).Match(Request{Host: "a.t", URI: uri})
	if d.Status != 0 {
		return "refused"
	}
	return d.UpstreamURI
}

func regexRewrite(from, to string) *intent.Rewrite {
	return &intent.Rewrite{Kind: intent.RegexRewrite, From: from, To: to, Fold: true}
}

// TestUpstreamURIOfNginx: the cases with a recorded run behind them were seen on the real
// controller; the others follow nginx's escaping table.
func TestUpstreamURIOfNginx(t *testing.T) {
	for _, c := range []struct {
		rewrite   *intent.Rewrite
		uri, want string
	}{
		// Recorded.
		{nil, "//a/../b%2Fc/./d%20e?x=%2F", "//a/../b%2Fc/./d%20e?x=%2F"},
		{nil, "/%61", "/%61"},
		{regexRewrite("/old", "/new"), "/old/x/y", "/new"},
		{regexRewrite("/rw/(.*)", "/$1"), "/RW/Y?q=1", "/Y?q=1"},
		{regexRewrite("/something(/|$)(.*)", "/$2"), "/something/a%20b/%2F", "/a%20b/"},
		{regexRewrite("/foo/?(.*)", "/x/$1"), "//foobar", "/x/bar"},
		{regexRewrite("/p(?:/(.*))?$", "/$1"), "/p%2Fz", "/z"},
		{regexRewrite("/api/*", "/x/$1"), "/API///X", "/x/"},
		{regexRewrite("/(v[0-9])/(.*)", "/x/$1"), "/v1/z/a%20b", "/x/v1"},
		{regexRewrite("/x/(.*)", "/$1/$2"), "/X/(.*)", "/(.*)/"},
		{regexRewrite("/", "/api/$1"), "/p(?:/(.*))?$/x", "/api/?:/(.*))?$/x"},
		{regexRewrite("/api(/|$)(.*)", "/$1/$2"), "/api/v1/users/../a", "///v1/a"},
		{regexRewrite("/()(.*)", "/$2/"), "/()(.*)/?z=/", "/()(.*)//?z=/"},
		{regexRewrite("/()(.*)", "/$2/"), "/q;p=1", "/q;p=1/"},
		{regexRewrite("/foo/?(.*)", "/"), "/foo/?(.*)", "/?(.*)"},
		{regexRewrite("/same", "/same"), "/SAME/x", "/same"},
		// By the table.
		{regexRewrite("/a(.*)", "$1"), "/ab", "b"},
		{regexRewrite("/(.*)", "/$1"), "/%25%3F%23%22%3C%3E%5C%5E%60%7B%7C%7D%7f%e4%01", "/%25%3F%23%22%3C%3E%5C%5E%60%7B%7C%7D%7F%E4%01"},
		{regexRewrite("/(.*)", "/$1"), "/%21%24%26%27%28%29%2a%2b%2c%3a%3b%3d%40%5b%5d%7e", "/!$&'()*+,:;=@[]~"},
		{regexRewrite("/(.*)", "/$1"), "/\"{}\xe4", "/%22%7B%7D%E4"},
		{regexRewrite("/(.*)", "/$1"), "/a?b#c", "/a?b"},
		{regexRewrite("/(.*)", "/$1"), "/a?", "/a"},
		{regexRewrite("/(.*)", "/$1"), "/a#b?c", "/a"},
		{regexRewrite("^/x", "/new"), "/%61?q", "/%61?q"}, // no match, no rewrite
		{regexRewrite("/(a)(b)?", "/$2$1$9$0$"), "/a", "/a$0$"},
		{regexRewrite("/(a)", "/$12${1}"), "/a", "/a2$%7B1%7D"},
		{&intent.Rewrite{Kind: intent.FullPath, To: "/a b"}, "/x?q", "/a%20b?q"},
		{&intent.Rewrite{Kind: intent.SwapPrefix, From: "/a", To: "/b/"}, "/a/%20c?q", "/b//%20c?q"},
		{&intent.Rewrite{Kind: intent.SwapPrefix, From: "/a", To: ""}, "/a", ""},
		{&intent.Rewrite{Kind: intent.SwapPrefix, From: "/A", To: "/b"}, "/a%20", "/a%20"},
		{&intent.Rewrite{Kind: intent.SwapPrefix, From: "/A", To: "/b", Fold: true}, "/a%20", "/b%20"},
	} {
		if got := rewritten(t, intent.Decoded, c.rewrite, c.uri); got != c.want {
			t.Errorf("%+v: %s: got %s, want %s", c.rewrite, c.uri, got, c.want)
		}
	}
}

func TestUpstreamURIOfEnvoy(t *testing.T) {
	for _, c := range []struct {
		rewrite   *intent.Rewrite
		uri, want string
	}{
		{nil, "//a/../b%2Fc/./%7Ed%20e?x=%2F", "/b%2Fc/~d%20e?x=%2F"},
		{&intent.Rewrite{Kind: intent.SwapPrefix, From: "/a", To: "/b"}, "/a//%20%2Fc?", "/b/%20%2Fc?"},
		{&intent.Rewrite{Kind: intent.FullPath, To: "/n"}, "/a?q=1", "/n?q=1"},
		{regexRewrite("^/a/(.*)$", "/$1"), "/A/%2Fx", "/%2Fx"},
	} {
		if got := rewritten(t, intent.Normalized, c.rewrite, c.uri); got != c.want {
			t.Errorf("%+v: %s: got %s, want %s", c.rewrite, c.uri, got, c.want)
		}
	}
}

// TestOrderOfAnswers: a rewrite to nothing, then https, then the action.
func TestOrderOfAnswers(t *testing.T) {
	https := &intent.HTTPSRedirect{Status: 308}
	empty := to("svc", all)
	empty.HTTPS, empty.Forward.Rewrite = https, regexRewrite("/x()", "$1")
	forward := to("svc", all)
	forward.HTTPS = https
	gone := to("svc", all)
	gone.HTTPS, gone.Forward.Backends[0].Unresolved = https, "there is no Service"
	nobody := intent.Route{Forward: &intent.Forward{}}
	half := to("svc", all)
	half.Forward.Backends = append(slices.Clone(gone.Forward.Backends), half.Forward.Backends...)
	redirect := intent.Route{HTTPS: https, Redirect: &intent.Redirect{Status: 301, Path: "https://o.t"}}
	respond := intent.Route{HTTPS: https, Respond: &intent.Respond{Status: 404}}
	for _, c := range []struct {
		name        string
		route       intent.Route
		uri         string
		http, https int
	}{
		{"rewrite to nothing", empty, "/x", 500, 500},
		{"rewrite that does not match", empty, "/y", 308, 0},
		{"forward", forward, "/", 308, 0},
		{"no endpoint", gone, "/", 308, 503},
		{"no backend", nobody, "/", 503, 503},
		{"one endpoint", half, "/", 0, 0},
		{"redirect", redirect, "/", 308, 301},
		{"respond", respond, "/", 308, 404},
	} {
		tab := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{c.route}})
		for scheme, want := range map[string]int{"http": c.http, "": c.http, "https": c.https, "HTTPS": c.https} {
			d := tab.Match(Request{Scheme: scheme, Host: "a.t", URI: c.uri})
			if d.Status != want || d.RouteIndex != 0 {
				t.Errorf("%s, %q: got %d, want %d", c.name, scheme, d.Status, want)
			}
			if forwarded := d.Status == 0; forwarded != (d.UpstreamURI != "") || forwarded != (len(d.Backends) > 0) {
				t.Errorf("%s, %q: status %d, upstream %q, backends %v", c.name, scheme, d.Status, d.UpstreamURI, d.Backends)
			}
		}
	}
}

// TestHTTPSLocation holds recorded Locations.
func TestHTTPSLocation(t *testing.T) {
	trim, keep := intent.HTTPSRedirect{Status: 308, TrimSlash: true}, intent.HTTPSRedirect{Status: 308}
	port := intent.HTTPSRedirect{Status: 308, TrimSlash: true, Port: "443"}
	for _, c := range []struct {
		rule            intent.HTTPSRedirect
		host, uri, want string
	}{
		{trim, "tls.t:8080", "/a", "https://tls.t/a"},
		{trim, "c029.t", "//ab", "https://c029.t//ab"},
		{trim, "C029.T", "/a%62", "https://C029.T/a%62"},
		{trim, "c098.t.", "/x", "https://c098.t./x"},
		{trim, "c040.t:8080", "/A/?z=/", "https://c040.t/A/?z="},
		{trim, "W.C198.T", "/", "https://W.C198.T"},
		{trim, "c600.t", "//", "https://c600.t/"},
		{trim, "c010.t", "/same/../a", "https://c010.t/same/../a"},
		{port, "C451.T", "/api/v1/user%73", "https://C451.T:443/api/v1/user%73"},
		{keep, "a.t", "/a/", "https://a.t/a/"},
		{trim, "[::1]:80", "/a/", "https://[::1]/a"},
	} {
		r := to("svc", all)
		r.HTTPS = &c.rule
		d := newTable(t, intent.Decoded, intent.Host{Routes: []intent.Route{r}}).Match(Request{Host: c.host, URI: c.uri})
		if d.Location != c.want {
			t.Errorf("%s%s: got %s, want %s", c.host, c.uri, d.Location, c.want)
		}
	}
}

// TestRedirectLocation has the recorded redirects first, as templates that give them.
func TestRedirectLocation(t *testing.T) {
	www := intent.Redirect{Host: "ww.t", Port: "{port}", Path: "{uri-}"}
	root := intent.Redirect{Host: "{http-host}", Path: "/app"}
	relative := intent.Redirect{Host: "{lower-host}", Path: "/rel"}
	slash := intent.Redirect{Host: "{lower-host}", Path: "/s/{?query}"}
	for _, c := range []struct {
		redirect  intent.Redirect
		from      Request
		wantNginx string
		wantEnvoy string // empty: the same
	}{
		{www, Request{Host: "www.ww.t", URI: "/a/?b=1/"}, "http://ww.t:80/a/?b=1", ""},
		{www, Request{Scheme: "https", Host: "www.ww.t", URI: "/a/"}, "https://ww.t:443/a", ""},
		{www, Request{Host: "www.ww.t", URI: "/a/b/./x"}, "http://ww.t:80/a/b/./x", "http://ww.t:80/a/b/x"},
		{root, Request{Host: "c236.t:8080", URI: "//?q=1&b=/"}, "http://c236.t:8080/app", ""},
		{relative, Request{Host: "C341.T:8080", URI: "/A/?q=1"}, "http://c341.t/rel", ""},
		{slash, Request{Host: "d006.t:8080", URI: "/s?q=1"}, "http://d006.t/s/?q=1", ""},
		{slash, Request{Host: "d006.t.", URI: "/s?"}, "http://d006.t/s/", "http://d006.t/s/?"},
		{intent.Redirect{Path: "/rel", Relative: true}, Request{Host: "d020.t:8080"}, "/rel", ""},
		{intent.Redirect{Path: "o.t"}, Request{Host: "d019.t"}, "o.t", ""},
		{intent.Redirect{Scheme: "https", Host: "o.t"}, Request{Host: "a.t", URI: "/x?y"}, "https://o.t", ""},
		{intent.Redirect{Scheme: "https", Host: "o.t", Path: "/?a=1"}, Request{Host: "a.t", URI: "/x?y"}, "https://o.t/?a=1", ""},
		// Not recorded.
		{intent.Redirect{Path: "/n{?query}"}, Request{Scheme: "https", Host: "A.t:1", URI: "/x?y"}, "https://A.t/n?y", "https://A.t:1/n?y"},
		{intent.Redirect{Scheme: "{x", Path: "{path}"}, Request{Host: "a.t", URI: "/%20/%7E"}, "{x://a.t/ /~", "{x://a.t/%20/~"},
		{intent.Redirect{Port: "8443", Path: "{uri}"}, Request{Host: "[::1]:80", URI: "//a"}, "http://[::1]:8443//a", "http://[::1]:8443/a"},
		{intent.Redirect{Path: "{{{scheme}-{host}-{$1}{var:x}{"}, Request{Host: "a.t:80"}, "{http-a.t-{var:x}{", ""},
	} {
		for form := range intent.Normalized + 1 {
			c.redirect.Status = 302
			want := c.wantNginx
			if form == intent.Normalized && c.wantEnvoy != "" {
				want = c.wantEnvoy
			}
			tab := newTable(t, form, intent.Host{Routes: []intent.Route{{Redirect: &c.redirect}}})
			if d := tab.Match(c.from); d.Location != want || d.Status != 302 {
				t.Errorf("%+v from %+v: got %d %s, want %s", c.redirect, c.from, d.Status, d.Location, want)
			}
		}
	}
}

// TestEnvoyKeepsPorts has what fixtures/judge recorded of redirects to the request's own host.
func TestEnvoyKeepsPorts(t *testing.T) {
	for _, c := range []struct{ from, host, to, want string }{
		{"http", "a.t", "https", "https://a.t/x"},
		{"http", "a.t:80", "https", "https://a.t/x"},
		{"http", "a.t:443", "https", "https://a.t:443/x"},
		{"http", "a.t:8080", "https", "https://a.t:8080/x"},
		{"https", "a.t:443", "http", "http://a.t/x"},
		{"https", "a.t:80", "http", "http://a.t:80/x"},
		{"https", "a.t:443", "https", "https://a.t:443/x"},
		{"http", "a.t:80", "", "http://a.t:80/x"},
		{"http", "a.t:8080", "", "http://a.t:8080/x"},
	} {
		r := intent.Route{Redirect: &intent.Redirect{Status: 302, Scheme: c.to, Path: "{uri}"}}
		d := newTable(t, intent.Normalized, intent.Host{Name: "a.t", Routes: []intent.Route{r}}).Match(Request{Scheme: c.from, Host: c.host, URI: "/x"})
		if d.Location != c.want {
			t.Errorf("%s://%s to %q: got %s, want %s", c.from, c.host, c.to, d.Location, c.want)
		}
		if c.from != "http" || c.to != "https" {
			continue
		}
		up := to("svc", all)
		up.HTTPS = &intent.HTTPSRedirect{Status: 301}
		if d := newTable(t, intent.Normalized, intent.Host{Name: "a.t", Routes: []intent.Route{up}}).Match(Request{Host: c.host, URI: "/x"}); d.Location != c.want {
			t.Errorf("%s to https: got %s, want %s", c.host, d.Location, c.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	r := to("svc", all)
	r.Forward.Rewrite = regexRewrite("/a/([^/]*)/?(b)?", "/$1")
	r.Forward.Host = "{$1}.{lower-host}"
	r.Forward.Request = []intent.HeaderChange{{Name: "X-Forwarded-Prefix", Value: "/{$1}/{$2}{$3}"}, {Name: "X-Drop", Remove: true}, {Name: "X-S", Value: "s", HTTPSOnly: true}}
	r.Forward.Response = []intent.HeaderChange{{Name: "X-R", Value: "{{r"}, {Name: "X-Gone", Remove: true}}
	own := to("svc", path(intent.ExactPath, "/own"))
	own.Forward.Response = []intent.HeaderChange{{Name: "strict-transport-security", Value: "max-age=0"}}
	h := intent.Host{Name: "a.t", TLS: &intent.TLS{HSTS: &intent.HSTS{MaxAge: 31536000, IncludeSubDomains: true, Preload: true}},
		Routes: []intent.Route{own, {Match: intent.Match{Path: path(intent.ExactPath, "/no")}, Respond: &intent.Respond{Status: 403}}, r}}
	tab := newTable(t, intent.Decoded, h)
	const hsts = "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload"
	for _, c := range []struct {
		scheme, uri, host string
		request, response []string
	}{
		{"http", "/a/x", "x.a.t", []string{"X-Forwarded-Prefix: /x/", "-X-Drop"}, []string{"X-R: {r", "-X-Gone"}},
		{"https", "/a/x/b", "x.a.t", []string{"X-Forwarded-Prefix: /x/b", "X-S: s", "-X-Drop"}, []string{hsts, "X-R: {r", "-X-Gone"}},
		{"https", "/zzz", ".a.t", []string{"X-Forwarded-Prefix: //", "X-S: s", "-X-Drop"}, []string{hsts, "X-R: {r", "-X-Gone"}},
		{"https", "/own", "A.t:443", nil, []string{"strict-transport-security: max-age=0"}},
		{"https", "/no", "", nil, []string{hsts}},
		{"http", "/no", "", nil, nil},
	} {
		d := tab.Match(Request{Scheme: c.scheme, Host: "A.t:443", URI: c.uri})
		if got := lines(d.RequestHeaders, d.RequestRemoved); !slices.Equal(got, c.request) {
			t.Errorf("%s %s: request headers %q, want %q", c.scheme, c.uri, got, c.request)
		}
		if got := lines(d.ResponseHeaders, d.ResponseRemoved); !slices.Equal(got, c.response) {
			t.Errorf("%s %s: response headers %q, want %q", c.scheme, c.uri, got, c.response)
		}
		if d.UpstreamHost != c.host {
			t.Errorf("%s %s: upstream host %q, want %q", c.scheme, c.uri, d.UpstreamHost, c.host)
		}
	}
	h.Routes = nil
	if d := newTable(t, intent.Decoded, h).Match(Request{Scheme: "https", Host: "a.t"}); d.Status != 404 || !slices.Equal(lines(d.ResponseHeaders, nil), []string{hsts}) {
		t.Errorf("unmatched: %+v", d)
	}
}

func lines(set []Header, removed []string) []string {
	var all []string
	for _, h := range set {
		all = append(all, h.Name+": "+h.Value)
	}
	for _, name := range removed {
		all = append(all, "-"+name)
	}
	return all
}

// TestBare: what nginx answers before it looks for a location has no headers of the host.
// Recorded: run06 c095-07, an app-root over https.
func TestBare(t *testing.T) {
	for _, bare := range []bool{false, true} {
		r := intent.Route{Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}}, Redirect: &intent.Redirect{Status: 302, Path: "/app"}, Bare: bare}
		host := intent.Host{Name: "a.t", TLS: &intent.TLS{HSTS: &intent.HSTS{MaxAge: 9}}, Routes: []intent.Route{r}}
		d := newTable(t, intent.Decoded, host).Match(Request{Host: "a.t", URI: "/", Scheme: "https"})
		if len(d.ResponseHeaders) > 0 == bare || d.Status != 302 {
			t.Errorf("bare %v: %+v", bare, d)
		}
	}
}
