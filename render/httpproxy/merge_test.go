package httpproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// TestMerge: how the path conditions of a chain join (httpproxy.md, "Merging conditions
// down the chain"; wrapping as of v1.33.8).
func TestMerge(t *testing.T) {
	for _, c := range []struct {
		name, include, route string
		want                 intent.Path
	}{
		{"nothing is prefix /", "", "", intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		{"slashes merge", "{prefix: /a/}", "{prefix: //b}", intent.Path{Kind: intent.StringPrefix, Value: "/a/b"}},
		{"a slash at the end stays", "{prefix: /a}", "{prefix: /}", intent.Path{Kind: intent.StringPrefix, Value: "/a/"}},
		{"no slash is added", "{prefix: /a}", "", intent.Path{Kind: intent.StringPrefix, Value: "/a"}},
		{"exact last", "{prefix: /a}", "{exact: /b}", intent.Path{Kind: intent.ExactPath, Value: "/a/b"}},
		{"a header behind exact makes it a prefix", "", "{exact: /b}, {header: {name: x, present: true}}", intent.Path{Kind: intent.StringPrefix, Value: "/b"}},
		{"regex quotes and wraps", "{prefix: /v1.0/}", "{regex: /a|/b}", intent.Path{Kind: intent.RegexPath, Value: `^(?:/v1\.0(?:/a|/b))$`}},
		{"regex below /", "{prefix: /}", "{regex: /a}", intent.Path{Kind: intent.RegexPath, Value: `^(?:/a)$`}},
		{"regex alone, slashes merged inside", "", "{regex: //a.*}", intent.Path{Kind: intent.RegexPath, Value: `^(?:/a.*)$`}},
		{"our exact below an include", "{prefix: /a.b}", "{regex: '/{0}'}", intent.Path{Kind: intent.ExactPath, Value: "/a.b"}},
		{"our exact with a slash", "{prefix: /a/}", "{regex: /}", intent.Path{Kind: intent.ExactPath, Value: "/a/"}},
		{"our regex mode", "{prefix: /}", "{regex: '/(?i:a.b).*'}", intent.Path{Kind: intent.RegexPath, Value: "^/a.b", Fold: true}},
		{"another regex that begins and ends like ours", "", "{regex: '/(?i:a).*|/(?i:b).*'}", intent.Path{Kind: intent.RegexPath, Value: `^(?:/(?i:a).*|/(?i:b).*)$`}},
		{"our segment prefix", "{header: {name: ':path', regex: '/a([/?].*)?'}}, {prefix: /a}", "", intent.Path{Kind: intent.SegmentPrefix, Value: "/a"}},
		{"our segment prefix, confined twice", "{header: {name: ':path', regex: '/a([/?].*)?'}}, {prefix: /a}", "{header: {name: ':path', regex: '/a/b([/?].*)?'}}, {prefix: /b}",
			intent.Path{Kind: intent.SegmentPrefix, Value: "/a/b"}},
		{"our exact with a prefix", "{header: {name: ':path', regex: '/a(\\?.*)?'}}, {prefix: /a}", "", intent.Path{Kind: intent.ExactPath, Value: "/a"}},
		{"a prefix that ends in a slash, below a segment", "{header: {name: ':path', regex: '/a([/?].*)?'}}, {prefix: /a}", "{prefix: /}", intent.Path{Kind: intent.StringPrefix, Value: "/a/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, problems := httpproxy.Decode(proxies(t, fmt.Sprintf(root+"includes: [{name: c, conditions: [%s]}]\n---\nr/c\nroutes: [{conditions: [%s], services: [{name: c, port: 80}]}]\n",
				c.include, c.route)))
			if len(problems) > 0 || len(m.Hosts) != 1 || len(m.Hosts[0].Routes) != 1 {
				t.Fatalf("%v\n%s", problems, m)
			}
			if got := m.Hosts[0].Routes[0].Match.Path; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestForeignPathConditions: conditions on :path that are not of our forms stay header
// conditions, with their own meaning.
func TestForeignPathConditions(t *testing.T) {
	for regex, answers := range map[string]map[string]string{
		"/([/?].*)?":   {"/": "r/c/", "/x": "404", "/?q": "r/c/?q"},   // would be every path if it were read as a segment prefix
		"/a/([/?].*)?": {"/a/": "r/c/a/", "/a/x": "404", "/a": "404"}, // the same for "/a/"
		".*x":          {"/": "404", "/ax": "r/c/ax", "/a?x": "r/c/a?x"},
	} {
		m, problems := httpproxy.Decode(proxies(t, root+"routes: [{conditions: [{header: {name: ':path', regex: '"+regex+"'}}, {prefix: /}], services: [{name: c, port: 80}]}]\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for uri, want := range answers {
			if got := ask(t, m, uri); got != want {
				t.Errorf("%s: %s: got %s, want %s", regex, uri, got, want)
			}
		}
	}
}

// TestConfinement: a :path condition on an include confines everything below it, also
// regexes with alternatives.
func TestConfinement(t *testing.T) {
	m, problems := httpproxy.Decode(proxies(t, root+"includes: [{name: c, conditions: [{header: {name: ':path', regex: '/a([/?].*)?'}}, {prefix: /a}]}]\n"+
		"---\nr/c\nroutes: [{conditions: [{regex: '/x|/y'}], services: [{name: c, port: 80}]}, {conditions: [{prefix: /../b}], services: [{name: up, port: 80}]}]\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for uri, want := range map[string]string{"/a/x": "r/c/a/x", "/a/y": "r/c/a/y", "/y": "404", "/b": "404", "/ax": "404"} {
		if got := ask(t, m, uri); got != want {
			t.Errorf("%s: got %s, want %s", uri, got, want)
		}
	}
}

// TestOrder: exact, regex, prefix; regex and prefix the longest first, ties by text descending; then
// method, number of headers, number of arguments, then header by name, kind and value.
func TestOrder(t *testing.T) {
	route := func(name, conditions string) string {
		return "{conditions: [" + conditions + "], services: [{name: " + name + ", port: 80}]}"
	}
	header := func(rest string) string { return "{header: {" + rest + "}}, " }
	want := []string{
		route("exact-high", "{exact: /b}"),
		route("exact-low", "{exact: /abc}"),
		route("regex-long", "{regex: '/[a-c]bc.*'}"),
		route("regex-tie-high", "{regex: /b.c}"),
		route("regex-tie-low", "{regex: /a.c}"),
		route("prefix-long", "{prefix: /abc}"),
		route("prefix-tie-high", "{prefix: /ac}"),
		route("prefix-tie-low", "{prefix: /ab}"),
		route("method", header("name: ':method', exact: GET")+"{prefix: /a}"),
		route("two-headers", header("name: z, present: true")+header("name: y, present: true")+"{prefix: /a}"),
		route("header-and-argument", header("name: a, exact: '1'")+"{queryParameter: {name: q, exact: '1'}}, {prefix: /a}"),
		route("name", header("name: b, present: true")+"{prefix: /a}"),
		route("kind-exact", header("name: c, exact: '2'")+"{prefix: /a}"),
		route("kind-regex", header("name: c, regex: '1'")+"{prefix: /a}"),
		route("kind-contains", header("name: c, contains: '1'")+"{prefix: /a}"),
		route("kind-present", header("name: c, present: true")+"{prefix: /a}"),
		route("kind-absent", header("name: c, notpresent: true")+"{prefix: /a}"),
		route("two-arguments", "{queryParameter: {name: b, present: true}}, {queryParameter: {name: c, present: true}}, {prefix: /a}"),
		route("argument-exact", "{queryParameter: {name: q, exact: '1'}}, {prefix: /a}"),
		route("argument-regex", "{queryParameter: {name: q, regex: '1'}}, {prefix: /a}"),
		route("argument-prefix", "{queryParameter: {name: q, prefix: '1'}}, {prefix: /a}"),
		route("argument-suffix", "{queryParameter: {name: q, suffix: '1'}}, {prefix: /a}"),
		route("argument-contains", "{queryParameter: {name: q, contains: '1'}}, {prefix: /a}"),
		route("argument-present", "{queryParameter: {name: q, present: true}}, {prefix: /a}"),
		route("nothing", "{prefix: /a}"),
	}
	shuffled := make([]string, len(want))
	for i := range want {
		shuffled[(i*7+3)%len(want)] = want[i] // 7 and 25 have no common divisor
	}
	m, problems := httpproxy.Decode(proxies(t, root+"routes:\n- "+strings.Join(shuffled, "\n- ")+"\n"))
	if len(problems) > 0 || len(m.Hosts[0].Routes) != len(want) {
		t.Fatalf("%v\n%s", problems, m)
	}
	for i, r := range m.Hosts[0].Routes {
		if name := r.Forward.Backends[0].Service; !strings.Contains(want[i], "name: "+name+", port") {
			t.Errorf("%d: got %s, want %s", i, name, want[i])
		}
	}
}

// TestExpand: Contour adds the other form of the slash to a prefix replacement that is
// alone in its group, on every level of a chain.
func TestExpand(t *testing.T) {
	replace := func(prefix, from, to string) string {
		return "{conditions: [{prefix: " + prefix + "}], pathRewritePolicy: {replacePrefix: [{prefix: " + from + ", replacement: " + to + "}]}, services: [{name: c, port: 80}]}"
	}
	for _, c := range []struct {
		name, routes string
		answers      map[string]string
	}{
		{"alone without a slash", replace("/a", "/a", "/"), map[string]string{"/a": "r/c/", "/a/x": "r/c/x", "/ax": "r/c/x"}},
		{"alone with a slash", replace("/a/", "/a/", "/b/"), map[string]string{"/a": "r/c/b", "/a/x": "r/c/b/x", "/ax": "r/c/bx"}},
		{"both forms are there", replace("/a", "/a", "/b") + ", " + replace("/a/", "/a/", "/c/"), map[string]string{"/a": "r/c/b", "/a/x": "r/c/c/x", "/ax": "r/c/bx"}},
		{"a variant with a header", replace("/a", "/a", "/") + ", {conditions: [{header: {name: x, present: true}}, {prefix: /a}], services: [{name: d, port: 80}]}",
			map[string]string{"/a": "r/c/", "/a/x": "r/c//x"}},
		{"an exact route does not count", replace("/a/", "/a/", "/b/") + ", {conditions: [{exact: /a}], services: [{name: d, port: 80}]}",
			map[string]string{"/a": "r/d/a", "/a/x": "r/c/b/x", "/ax": "r/c/bx"}},
		{"the root path has one form", replace("/", "/", "/b"), map[string]string{"/": "r/c/b", "/x": "r/c/bx"}},
		{"a prefix that is not the rendered one does nothing", replace("/a", "/b", "/c"), map[string]string{"/a": "r/c/a", "/a/x": "r/c/a/x"}},
		{"a default replacement", "{conditions: [{prefix: /a}], pathRewritePolicy: {replacePrefix: [{replacement: /d}]}, services: [{name: c, port: 80}]}",
			map[string]string{"/a": "r/c/d", "/a/x": "r/c/d/x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, problems := httpproxy.Decode(proxies(t, root+"routes: ["+c.routes+"]\n"))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for uri, want := range c.answers {
				if got := ask(t, m, uri); got != want {
					t.Errorf("%s: got %s, want %s", uri, got, want)
				}
			}
		})
	}
}

// TestReplaceUnderInclude: replacePrefix names the merged prefix.
func TestReplaceUnderInclude(t *testing.T) {
	for from, want := range map[string]string{"/t/a": "r/c/new/x", "/a": "r/c/t/a/x"} {
		m, problems := httpproxy.Decode(proxies(t, root+"includes: [{name: c, conditions: [{prefix: /t}]}]\n---\nr/c\nroutes: [{conditions: [{prefix: /a}], pathRewritePolicy: {replacePrefix: [{prefix: "+
			from+", replacement: /new}]}, services: [{name: c, port: 80}]}]\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := ask(t, m, "/t/a/x"); got != want {
			t.Errorf("%s: got %s, want %s", from, got, want)
		}
	}
}

// TestServed: TLS, permitInsecure, redirects, direct responses, weights, timeouts.
func TestServed(t *testing.T) {
	m, problems := httpproxy.Decode(proxies(t, `r/root
virtualhost: {fqdn: h.t, tls: {secretName: cert}}
routes:
- {conditions: [{prefix: /plain}], permitInsecure: true, services: [{name: p, port: 80}]}
- {conditions: [{prefix: /old}], permitInsecure: true, requestRedirectPolicy: {hostname: n.t, port: 8080, path: /x}}
- {conditions: [{prefix: /q}], permitInsecure: true, requestRedirectPolicy: {scheme: https, statusCode: 307, path: '/x?y=1'}}
- {conditions: [{prefix: /no}], directResponsePolicy: {statusCode: 410}}
- {conditions: [{prefix: /w}], enableWebsockets: true, timeoutPolicy: {response: infinity, idle: 90s}, services: [{name: a, port: 80, weight: 3}, {name: b, port: 80, weight: 1}, {name: m, port: 80, mirror: true}]}
- {conditions: [{prefix: /z}], services: [{name: a, port: 80}, {name: b, port: 80}]}
- {services: [{name: a, port: 80}]}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for request, want := range map[string]string{
		"http /x": "301 https://h.t/x", "https /x": "r/a/x", "http /plain": "r/p/plain", "https /plain": "r/p/plain",
		"http /old?a": "302 http://n.t:8080/x?a", "https /q?a": "307 https://h.t/x?y=1", "http /no": "301 https://h.t/no", "https /no": "410", "https /z": "r/a,r/b/z",
	} {
		scheme, uri, _ := strings.Cut(request, " ")
		if got := askAt(t, m, scheme, "h.t", uri); got != want {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
	}
	if tls := m.Hosts[0].TLS; tls == nil || tls.Secret != "r/cert" {
		t.Errorf("got %v", tls)
	}
	tab, err := table.New(m)
	if err != nil {
		t.Fatal(err)
	}
	f := tab.Match(table.Request{Scheme: "https", Host: "h.t", URI: "/w"}).Route.Forward
	if f.Backends[0].Weight != 3 || f.Backends[1].Weight != 1 || len(f.Backends) != 2 || f.Mirror == nil || !f.Websocket ||
		f.Timeouts != (intent.Timeouts{Idle: 90000, Response: -1}) {
		t.Errorf("got %+v", f)
	}
}
