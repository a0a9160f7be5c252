package httpproxy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// objects reads manifests of Ingresses, HTTPProxies, Services and Secrets.
func objects(t rapid.TB, text string) ([]*contour.HTTPProxy, *manifest.Set) {
	t.Helper()
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(text)}}, manifest.Options{})
	if err != nil || set.Unreadable > 0 {
		t.Fatalf("%v %v\n%s", err, set.Findings, text)
	}
	var out []*contour.HTTPProxy
	for _, raw := range set.Proxies {
		p := &contour.HTTPProxy{}
		if err := json.Unmarshal(raw.JSON, p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out, set
}

// ing is an Ingress "namespace/name" with a spec, and annotations in flow style.
func ing(name, spec string, annotations ...string) string {
	namespace, name, _ := strings.Cut(name, "/")
	return "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name + ", namespace: " + namespace +
		", annotations: {" + strings.Join(annotations, ", ") + "}}\nspec: {" + spec + "}\n"
}

// rule is a rule of a host with paths as "type path service".
func rule(host string, paths ...string) string {
	var out []string
	for _, p := range paths {
		f := strings.Fields(p)
		out = append(out, "{pathType: "+f[0]+", path: '"+f[1]+"', backend: {service: {name: "+f[2]+", port: {number: 80}}}}")
	}
	return "{host: '" + host + "', http: {paths: [" + strings.Join(out, ", ") + "]}}"
}

func rules(rs ...string) string { return "rules: [" + strings.Join(rs, ", ") + "]" }

func tls(secret string, hosts ...string) string {
	return ", tls: [{secretName: " + secret + ", hosts: ['" + strings.Join(hosts, "', '") + "']}]"
}

// proxy is an HTTPProxy r/name with a spec.
func proxy(name, spec string) string {
	return "---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: " + name + ", namespace: r}\nspec: {" + spec + "}\n"
}

const (
	plainRoot  = "virtualhost: {fqdn: h.t}"
	secureRoot = "virtualhost: {fqdn: h.t, tls: {secretName: own}}"
	toRoot     = ", routes: [{services: [{name: root, port: 80}]}]"
	openRoot   = ", routes: [{permitInsecure: true, services: [{name: root, port: 80}]}]"
)

// merge is one case of what Contour makes of Ingresses and HTTPProxies together.
type merge struct {
	name, objects string
	problems      []string          // "object reason", sorted
	answers       map[string]string // by "scheme host path [header]..."
}

func (c merge) run(t *testing.T) {
	ps, set := objects(t, c.objects)
	m, problems := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{Services: set.Services, Secrets: set.Secrets})
	var got []string
	for _, p := range problems {
		got = append(got, p.Object+" "+p.Reason)
	}
	if !slices.Equal(got, c.problems) {
		t.Errorf("problems: got %v, want %v", problems, c.problems)
	}
	for request, want := range c.answers {
		f := strings.Fields(request)
		var hs []table.Header
		for _, name := range f[3:] {
			hs = append(hs, table.Header{Name: name, Value: "1"})
		}
		if got := askAt(t, m, f[0], f[1], f[2], hs...); got != want {
			t.Errorf("%s: got %s, want %s\n%s", request, got, want, m)
		}
	}
}

// TestIngressPaths: how a path is matched, and where it stands among others. All of it was
// asked of the builder of Contour v1.33.8 as well.
func TestIngressPaths(t *testing.T) {
	for _, c := range []merge{
		{"Exact is the text itself, its slash included",
			ing("ns/i", rules(rule("h.t", "Exact /a/ s"))), nil,
			map[string]string{"http h.t /a/": "ns/s/a/", "http h.t /a": "404", "http h.t /a/b": "404"}},
		{"Prefix goes by segments, and its slash at the end does not count",
			ing("ns/i", rules(rule("h.t", "Prefix /a/ s"))), nil,
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /a/b": "ns/s/a/b", "http h.t /ab": "404"}},
		{"ImplementationSpecific is a string prefix",
			ing("ns/i", rules(rule("h.t", "ImplementationSpecific /a s"))), nil,
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /ab": "ns/s/ab", "http h.t /a/b": "ns/s/a/b"}},
		{"ImplementationSpecific with one of ^+*[]% is a regex on the whole path",
			ing("ns/i", rules(rule("h.t", "ImplementationSpecific /[ab]x s", "ImplementationSpecific /p%20q q"))), nil,
			map[string]string{"http h.t /ax": "ns/s/ax", "http h.t /axy": "404", "http h.t /p%20q": "ns/q/p%20q", "http h.t /p%20q/r": "404"}},
		{"dots, parentheses and dollars alone make no regex",
			ing("ns/i", rules(rule("h.t", "ImplementationSpecific /a.b s", "ImplementationSpecific /(c)$ q"))), nil,
			map[string]string{"http h.t /a.bc": "ns/s/a.bc", "http h.t /axb": "404", "http h.t /c": "404", "http h.t /(c)$e": "ns/q/(c)$e"}},
		{"no path is /, and no type ImplementationSpecific",
			ing("ns/i", "rules: [{host: h.t, http: {paths: [{pathType: ImplementationSpecific, backend: {service: {name: s, port: {number: 80}}}}]}}]"), nil,
			map[string]string{"http h.t /x": "ns/s/x"}},
		{"exact before regex before prefix, the longest first, whatever their order",
			ing("ns/i", rules(rule("h.t", "Prefix / site", "Prefix /a short", "ImplementationSpecific /a/.* regex", "Exact /a/b exact", "Prefix /a/bc long"))), nil,
			map[string]string{"http h.t /a/b": "ns/exact/a/b", "http h.t /a/bc": "ns/regex/a/bc", "http h.t /a": "ns/short/a", "http h.t /ab": "ns/site/ab"}},
		{"of equal text the segment prefix comes first, and both stay",
			ing("ns/i", rules(rule("h.t", "ImplementationSpecific /a string", "Prefix /a segment"))), nil,
			map[string]string{"http h.t /a": "ns/segment/a", "http h.t /a/b": "ns/segment/a/b", "http h.t /ab": "ns/string/ab"}},
		{"a segment prefix loses its slash before it is compared: /a/ as a string is longer",
			ing("ns/i", rules(rule("h.t", "ImplementationSpecific /a/ string", "Prefix /a/ segment"))), nil,
			map[string]string{"http h.t /a": "ns/segment/a", "http h.t /a/b": "ns/string/a/b"}},
		{"within one Ingress the last one of equal paths stays",
			ing("ns/i", rules(rule("h.t", "Prefix /a one", "Prefix /a/ two"), rule("h.t", "Prefix /b one"), rule("h.t", "Prefix /b two"))), nil,
			map[string]string{"http h.t /a": "ns/two/a", "http h.t /b": "ns/two/b"}},
		{"a bad regex takes the rest of its rule along, and no other rule",
			ing("ns/i", rules(rule("h.t", "Prefix /a s", "ImplementationSpecific /[ s", "Prefix /b s"), rule("h.t", "Prefix /c s"))), []string{"Ingress ns/i PathNotValid"},
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /b": "404", "http h.t /c": "ns/s/c"}},
		{"Envoy refuses a question mark in a segment prefix, which would never match",
			ing("ns/i", rules(rule("h.t", "Prefix /a?b s", "Exact /c?d s"))), []string{"Ingress ns/i PathNotForEnvoy"},
			map[string]string{"http h.t /a?b": "404", "http h.t /c?d": "404"}},
	} {
		t.Run(c.name, c.run)
	}
}

// TestIngressHosts: rules without a host, default backends and wildcards.
func TestIngressHosts(t *testing.T) {
	backend := "defaultBackend: {service: {name: fallback, port: {number: 80}}}"
	for _, c := range []merge{
		{"a default backend serves every host that has no route of its own, over http only",
			ing("ns/i", backend) + ing("ns/j", rules(rule("h.t", "Prefix /a s"))), nil,
			map[string]string{"http any.t /x": "ns/fallback/x", "http h.t /a": "ns/s/a", "http h.t /x": "404"}},
		{"a rule without a host overwrites the default backend of its Ingress",
			ing("ns/i", backend+", "+rules(rule("", "Prefix / s"))), nil,
			map[string]string{"http any.t /x": "ns/s/x"}},
		{"a wildcard stands for one label; deeper names find no route, not even one without a host",
			ing("ns/i", rules(rule("*.w.t", "Prefix /a w"), rule("", "Prefix / s"))), nil,
			map[string]string{"http x.w.t /a": "ns/w/a", "http x.w.t /b": "404", "http y.x.w.t /b": "404", "http w.t /b": "ns/s/b"}},
		{"a rule without paths makes no host",
			ing("ns/i", "rules: [{host: h.t}]") + ing("ns/j", rules(rule("", "Prefix / s"))), nil,
			map[string]string{"http h.t /": "ns/s/"}},
		{"a root whose only child is broken has no route, and so no host of its own",
			proxy("root", plainRoot+", includes: [{name: gone}]") + ing("ns/j", rules(rule("", "Prefix / s"))), []string{"HTTPProxy r/root IncludeNotFound"},
			map[string]string{"http h.t /": "ns/s/"}},
	} {
		t.Run(c.name, c.run)
	}
}

// TestIngressBeside: an Ingress on the host of a root.
func TestIngressBeside(t *testing.T) {
	child := proxy("c", "routes: [{conditions: [{header: {name: x, present: true}}], services: [{name: team, port: 80}]}, {services: [{name: team, port: 80}]}]")
	including := ", includes: [{name: c, conditions: [{prefix: /a}]}]"
	for _, c := range []merge{
		{"their paths are merged: the longest prefix answers, whoever wrote it",
			proxy("root", plainRoot+toRoot+including) + child + ing("ns/i", rules(rule("h.t", "Prefix /a/b s", "Prefix / s"))), nil,
			map[string]string{"http h.t /a/b": "ns/s/a/b", "http h.t /a/c": "r/team/a/c", "http h.t /z": "r/root/z"}},
		{"of equal conditions the root's route stays: for /, ImplementationSpecific and Exact",
			proxy("root", plainRoot+", routes: [{services: [{name: root, port: 80}]}, {conditions: [{exact: /e}], services: [{name: root, port: 80}]}]"+including) + child +
				ing("ns/i", rules(rule("h.t", "Prefix / s", "ImplementationSpecific /a s", "Exact /e s"))), nil,
			map[string]string{"http h.t /z": "r/root/z", "http h.t /a": "r/team/a", "http h.t /ab": "r/team/ab", "http h.t /e": "r/root/e"}},
		{"a Prefix of an Ingress beats the HTTPProxy's prefix of the same text, even with conditions on headers",
			proxy("root", plainRoot+toRoot+including) + child + ing("ns/i", rules(rule("h.t", "Prefix /a s"))), nil,
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /a/b x": "ns/s/a/b", "http h.t /ab x": "r/team/ab", "http h.t /ab": "r/team/ab"}},
		{"the root's certificate puts no route of an Ingress on https, and no redirect on http",
			proxy("root", secureRoot+toRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))), nil,
			map[string]string{"http h.t /a": "ns/s/a", "https h.t /a": "r/root/a", "http h.t /": "301 https://h.t/"}},
		{"an Ingress's own tls does, though the root's certificate is shown",
			proxy("root", secureRoot+toRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))+tls("c", "h.t")), nil,
			map[string]string{"http h.t /a": "ns/s/a", "https h.t /a": "ns/s/a", "https h.t /": "r/root/"}},
		{"any Ingress's tls does it for all Ingresses, from any namespace",
			proxy("root", secureRoot+toRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))) + ing("m/j", rules(rule("j.t", "Prefix / j"))+tls("c", "h.t")), nil,
			map[string]string{"https h.t /a": "ns/s/a", "http j.t /": "m/j/"}},
		{"a root without tls is not on the https that an Ingress opens",
			proxy("root", plainRoot+toRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))+tls("c", "h.t")), nil,
			map[string]string{"http h.t /z": "r/root/z", "https h.t /z": "404", "https h.t /a": "ns/s/a"}},
		{"roots that kill each other leave the Ingress",
			proxy("root", plainRoot+toRoot) + proxy("twin", plainRoot+toRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))),
			[]string{"HTTPProxy r/root DuplicateVhost", "HTTPProxy r/twin DuplicateVhost"},
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /z": "404"}},
		{"a root that relays TCP has https to itself, and redirects http",
			proxy("root", "virtualhost: {fqdn: h.t, tls: {passthrough: true}}, tcpproxy: {services: [{name: tcp, port: 443}]}"+toRoot) +
				ing("ns/i", rules(rule("h.t", "Prefix /a s"))+tls("c", "h.t")), nil,
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /z": "301 https://h.t/z"}},
		{"so does one that ends TLS itself",
			proxy("root", secureRoot+", tcpproxy: {services: [{name: tcp, port: 443}]}"+openRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))+tls("c", "h.t")), nil,
			map[string]string{"http h.t /a": "ns/s/a", "http h.t /z": "r/root/z", "https h.t /a": "404", "https h.t /z": "404"}},
		{"a root that only relays TCP leaves http to the wildcard, and not https",
			proxy("root", "virtualhost: {fqdn: h.t, tls: {passthrough: true}}, tcpproxy: {services: [{name: tcp, port: 443}]}") +
				ing("ns/i", rules(rule("*.t", "Prefix /a s"))+tls("c", "*.t")), nil,
			map[string]string{"http h.t /a": "ns/s/a", "https h.t /a": "404", "https x.t /a": "ns/s/a"}},
		{"passthrough without a relay shows the Ingress's certificate for the root's routes",
			proxy("root", "virtualhost: {fqdn: h.t, tls: {passthrough: true}}"+openRoot) + ing("ns/i", rules(rule("h.t", "Prefix /a s"))+tls("c", "h.t")), nil,
			map[string]string{"http h.t /z": "r/root/z", "https h.t /z": "r/root/z", "https h.t /a": "ns/s/a"}},
		{"an Ingress of another class does not count",
			proxy("root", plainRoot+toRoot) + ing("ns/i", "ingressClassName: nginx, "+rules(rule("h.t", "Prefix /a s"))), nil,
			map[string]string{"http h.t /a": "r/root/a"}},
	} {
		t.Run(c.name, c.run)
	}
}
