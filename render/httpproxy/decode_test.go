package httpproxy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// proxies reads "namespace/name" headed specs, separated by "---": the first line of a
// part is the object's name, the rest its spec.
func proxies(t *testing.T, text string) []*contour.HTTPProxy {
	t.Helper()
	var out []*contour.HTTPProxy
	for part := range strings.SplitSeq(text, "---\n") {
		head, spec, _ := strings.Cut(part, "\n")
		p := &contour.HTTPProxy{}
		p.Namespace, p.Name, _ = strings.Cut(strings.TrimSpace(head), "/")
		if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
			t.Fatalf("%s: %v", head, err)
		}
		out = append(out, p)
	}
	return out
}

// ask says what a model answers: the status, or the Service and the path it sees.
func ask(t *testing.T, m intent.Model, uri string, headers ...table.Header) string {
	t.Helper()
	return askAt(t, m, "http", "h.t", uri, headers...)
}

func askAt(t *testing.T, m intent.Model, scheme, host, uri string, headers ...table.Header) string {
	t.Helper()
	tab, err := table.New(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range tab.Invalid() {
		t.Errorf("a decoded route never matches: %v", i)
	}
	d := tab.Match(table.Request{Scheme: scheme, Host: host, URI: uri, Headers: headers})
	switch {
	case d.Location != "":
		return fmt.Sprintf("%d %s", d.Status, d.Location)
	case d.Status != 0:
		return fmt.Sprint(d.Status)
	}
	var all []string
	for _, b := range d.Backends {
		all = append(all, b.Namespace+"/"+b.Service)
	}
	return strings.Join(all, ",") + d.UpstreamURI
}

const root = `r/root
virtualhost: {fqdn: h.t}
`

// TestFaults: each row of "When something is wrong" in httpproxy.md.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, objects string
		problems      []string          // "object reason", sorted
		answers       map[string]string // by path
	}{
		{"two roots with the same fqdn, in any letters: neither is served",
			root + "routes: [{services: [{name: a, port: 80}]}]\n---\nq/other\nvirtualhost: {fqdn: H.t}\nroutes: [{services: [{name: b, port: 80}]}]\n",
			[]string{"HTTPProxy q/other DuplicateVhost", "HTTPProxy r/root DuplicateVhost"}, map[string]string{"/": "404"}},
		{"include not found: 502 on its own conditions, siblings served",
			root + "includes: [{name: gone, namespace: x, conditions: [{prefix: /gone}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n",
			[]string{"HTTPProxy r/root IncludeNotFound"}, map[string]string{"/": "r/a/", "/gone": "502", "/gone/x": "502", "/gonex": "502"}},
		{"include not found with a header only: prefix /",
			root + "includes: [{name: gone, conditions: [{header: {name: x, present: true}}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n",
			[]string{"HTTPProxy r/root IncludeNotFound"}, map[string]string{"/": "r/a/", "/b x": "502"}},
		{"include not found without conditions: nothing",
			root + "includes: [{name: gone}]\nroutes: [{services: [{name: a, port: 80}]}]\n",
			[]string{"HTTPProxy r/root IncludeNotFound"}, map[string]string{"/": "r/a/", "/x": "r/a/x"}},
		{"a child's dangling include is not confined by what is above it",
			root + "includes: [{name: c, namespace: tn, conditions: [{header: {name: ':path', regex: '/team([/?].*)?'}}, {prefix: /team}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n" +
				"---\ntn/c\nincludes: [{name: gone, conditions: [{prefix: /other}]}]\nroutes: [{services: [{name: c, port: 80}]}]\n",
			[]string{"HTTPProxy tn/c IncludeNotFound"}, map[string]string{"/": "r/a/", "/team": "tn/c/team", "/other": "502", "/team/other": "tn/c/team/other"}},
		{"a root includes a root: 502",
			root + "includes: [{name: other, namespace: q, conditions: [{prefix: /o}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n" +
				"---\nq/other\nvirtualhost: {fqdn: o.t}\nroutes: [{services: [{name: b, port: 80}]}]\n",
			[]string{"HTTPProxy r/root RootIncludesRoot"}, map[string]string{"/": "r/a/", "/o": "502"}},
		{"include cycle: that edge is dropped, the rest is served",
			root + "includes: [{name: c, conditions: [{prefix: /c}]}]\n---\nr/c\nincludes: [{name: d, conditions: [{prefix: /d}]}]\nroutes: [{services: [{name: c, port: 80}]}]\n" +
				"---\nr/d\nincludes: [{name: c, conditions: [{prefix: /e}]}]\nroutes: [{services: [{name: d, port: 80}]}]\n",
			[]string{"HTTPProxy r/c IncludeCreatesCycle"}, map[string]string{"/c": "r/c/c", "/c/d": "r/d/c/d", "/c/d/e": "r/d/c/d/e", "/": "404"}},
		{"same include conditions twice: the second is skipped, in any order and writing",
			root + "includes: [{name: c, conditions: [{prefix: /a}, {header: {name: x, present: true}}]}, {name: d, conditions: [{prefix: /a, header: {name: x, present: true}}]}]\n" +
				"---\nr/c\nroutes: [{services: [{name: c, port: 80}]}]\n---\nr/d\nroutes: [{services: [{name: d, port: 80}]}]\n",
			[]string{"HTTPProxy r/root DuplicateMatchConditions"}, map[string]string{"/a x": "r/c/a"}},
		{"a header alone and with / are the same conditions",
			root + "includes: [{name: c, conditions: [{header: {name: x, present: true}}]}, {name: d, conditions: [{header: {name: x, present: true}}, {prefix: /}]}]\n" +
				"---\nr/c\nroutes: [{services: [{name: c, port: 80}]}]\n---\nr/d\nroutes: [{services: [{name: d, port: 80}]}]\n",
			[]string{"HTTPProxy r/root DuplicateMatchConditions"}, map[string]string{"/ x": "r/c/"}},
		{"none or only / may repeat, and equal routes overwrite silently: the last one stays",
			root + "includes: [{name: c}, {name: d, conditions: [{prefix: /}]}, {name: e}]\n" +
				"---\nr/c\nroutes: [{services: [{name: c, port: 80}]}]\n---\nr/d\nroutes: [{services: [{name: d, port: 80}]}, {conditions: [{prefix: /d}], services: [{name: d, port: 80}]}]\n" +
				"---\nr/e\nroutes: [{services: [{name: e, port: 80}]}]\n",
			nil, map[string]string{"/": "r/e/", "/d": "r/d/d"}},
		{"exact and regex conditions are refused on includes",
			root + "includes: [{name: c, conditions: [{exact: /c}]}, {name: c, conditions: [{regex: /d}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n---\nr/c\nroutes: [{services: [{name: c, port: 80}]}]\n",
			[]string{"HTTPProxy r/root PathMatchConditionsNotValid", "HTTPProxy r/root PathMatchConditionsNotValid"}, map[string]string{"/c": "r/a/c", "/d": "r/a/d"}},
		{"contradicting headers on an include: it is skipped",
			root + "includes: [{name: c, conditions: [{header: {name: x, present: true}}, {header: {name: X, notpresent: true}}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n---\nr/c\nroutes: [{services: [{name: c, port: 80}]}]\n",
			[]string{"HTTPProxy r/root HeaderMatchConditionsNotValid"}, map[string]string{"/ x": "r/a/"}},
		{"a child in no chain serves nothing",
			root + "routes: [{services: [{name: a, port: 80}]}]\n---\nr/c\nroutes: [{conditions: [{prefix: /c}], services: [{name: c, port: 80}]}]\n",
			nil, map[string]string{"/c": "r/a/c"}},
		{"the same child included twice, bad in one context: served in the other",
			root + "includes: [{name: c, conditions: [{prefix: /a}, {header: {name: x, exact: '1'}}]}, {name: c, conditions: [{prefix: /b}]}]\n" +
				"---\nr/c\nroutes: [{conditions: [{header: {name: x, exact: '2'}}], services: [{name: c, port: 80}]}]\n",
			[]string{"HTTPProxy r/c RouteError"}, map[string]string{"/a x": "404", "/b x=2": "r/c/b"}},
		{"a root without anything is not served",
			root, []string{"HTTPProxy r/root NothingDefined"}, map[string]string{"/": "404"}},
		{"bad tls on a root: the whole host is gone",
			"r/root\nvirtualhost: {fqdn: h.t, tls: {minimumProtocolVersion: '1.2'}}\nroutes: [{services: [{name: a, port: 80}]}]\n",
			[]string{"HTTPProxy r/root TLSConfigNotValid"}, map[string]string{"/": "404"}},
		{"a root without a name",
			"r/root\nvirtualhost: {fqdn: ''}\nroutes: [{services: [{name: a, port: 80}]}]\n",
			[]string{"HTTPProxy r/root FQDNNotSpecified"}, map[string]string{"/": "404"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, problems := httpproxy.Decode(proxies(t, c.objects))
			var got []string
			for _, p := range problems {
				got = append(got, p.Object+" "+p.Reason)
			}
			if !slices.Equal(got, c.problems) {
				t.Errorf("problems: got %v, want %v", problems, c.problems)
			}
			for request, want := range c.answers {
				uri, header, has := strings.Cut(request, " ")
				var hs []table.Header
				if has {
					name, value, _ := strings.Cut(header, "=")
					hs = []table.Header{{Name: name, Value: value}}
				}
				if got := ask(t, m, uri, hs...); got != want {
					t.Errorf("%s: got %s, want %s", request, got, want)
				}
			}
		})
	}
}

// TestBadRoute: any error in one route of a child takes all of its routes and includes
// along; requests fall through to a shorter prefix.
func TestBadRoute(t *testing.T) {
	const service = "services: [{name: bad, port: 80}]"
	for name, route := range map[string]string{
		"no action":                  "conditions: [{prefix: /x}]",
		"two actions":                service + ", directResponsePolicy: {statusCode: 200}",
		"port":                       "services: [{name: bad, port: 70000}]",
		"path without a slash":       "conditions: [{prefix: x}], " + service,
		"two paths":                  "conditions: [{prefix: /x}, {exact: /y}], " + service,
		"regex":                      "conditions: [{regex: '/(?=x)'}], " + service,
		"header regex":               "conditions: [{header: {name: x, regex: '('}}], " + service,
		"two exact headers":          "conditions: [{header: {name: x, exact: a}}, {header: {name: X, exact: b}}], " + service,
		"present and absent":         "conditions: [{header: {name: x, present: true}}, {header: {name: x, notpresent: true}}], " + service,
		"exact and not":              "conditions: [{header: {name: x, exact: a}}, {header: {name: x, notexact: a}}], " + service,
		"contains and not":           "conditions: [{header: {name: x, contains: a}}, {header: {name: x, notcontains: a}}], " + service,
		"two exact arguments":        "conditions: [{queryParameter: {name: x, exact: a}}, {queryParameter: {name: x, exact: b}}], " + service,
		"argument without operator":  "conditions: [{queryParameter: {name: x}}], " + service,
		"argument with two":          "conditions: [{queryParameter: {name: x, exact: a, prefix: b}}], " + service,
		"argument regex":             "conditions: [{queryParameter: {name: x, regex: '('}}], " + service,
		"replacement on an exact":    "conditions: [{exact: /x}], pathRewritePolicy: {replacePrefix: [{replacement: /y}]}, " + service,
		"replacement on a regex":     "conditions: [{regex: /x}], pathRewritePolicy: {replacePrefix: [{replacement: /y}]}, " + service,
		"two replacements of a path": "conditions: [{prefix: /x}], pathRewritePolicy: {replacePrefix: [{prefix: /t/x, replacement: /y}, {prefix: /t/x, replacement: /z}]}, " + service,
	} {
		t.Run(name, func(t *testing.T) {
			m, problems := httpproxy.Decode(proxies(t, root+"includes: [{name: c, conditions: [{prefix: /t}]}]\nroutes: [{services: [{name: a, port: 80}]}]\n"+
				"---\nr/c\nincludes: [{name: d, conditions: [{prefix: /d}]}]\nroutes: [{conditions: [{prefix: /ok}], services: [{name: ok, port: 80}]}, {"+route+"}]\n"+
				"---\nr/d\nroutes: [{services: [{name: d, port: 80}]}]\n"))
			if len(problems) != 1 || problems[0].Object != "HTTPProxy r/c" || problems[0].Reason != "RouteError" {
				t.Fatalf("got %v", problems)
			}
			for _, uri := range []string{"/t/ok", "/t/x", "/t/d"} {
				if got := ask(t, m, uri); got != "r/a"+uri {
					t.Errorf("%s: got %s", uri, got)
				}
			}
		})
	}
}

// TestHostHeader: a policy that sets Host names the upstream's host, and sets no header.
func TestHostHeader(t *testing.T) {
	m, problems := httpproxy.Decode(proxies(t, root+"routes:\n- {services: [{name: a, port: 80}], requestHeadersPolicy: {set: [{name: X, value: y}, {name: host, value: up.t}]}}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := m.Hosts[0].Routes[0].Forward
	if f.Host != "up.t" || len(f.Request) != 1 || f.Request[0].Name != "X" {
		t.Errorf("host %q, headers %v", f.Host, f.Request)
	}
}
