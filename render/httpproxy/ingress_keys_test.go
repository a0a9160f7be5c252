package httpproxy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// TestReadsIngress: the class that Contour sees, and whether it reads such an Ingress with
// no class given, with "contour", and with "edge" and "dmz".
func TestReadsIngress(t *testing.T) {
	const ours, theirs = "projectcontour.io/ingress.class", "kubernetes.io/ingress.class"
	for _, c := range []struct {
		field       string
		annotations []manifest.KeyValue
		class       string
		reads       [3]bool
	}{
		{"", nil, "", [3]bool{true, false, false}},
		{"contour", nil, "contour", [3]bool{true, true, false}},
		{"edge", nil, "edge", [3]bool{false, false, true}},
		{"nginx", nil, "nginx", [3]bool{}},
		{"nginx", []manifest.KeyValue{{Key: theirs, Value: "contour"}}, "contour", [3]bool{true, true, false}},
		{"contour", []manifest.KeyValue{{Key: theirs, Value: "nginx"}}, "nginx", [3]bool{}},
		{"contour", []manifest.KeyValue{{Key: theirs, Value: ""}}, "contour", [3]bool{true, true, false}},
		{"", []manifest.KeyValue{{Key: theirs, Value: "nginx"}, {Key: ours, Value: "dmz"}}, "dmz", [3]bool{false, false, true}},
		// An empty annotation of Contour's own hides the other one, and then the field counts.
		{"", []manifest.KeyValue{{Key: theirs, Value: "nginx"}, {Key: ours, Value: ""}}, "", [3]bool{true, false, false}},
		{"edge", []manifest.KeyValue{{Key: theirs, Value: "nginx"}, {Key: ours, Value: ""}}, "edge", [3]bool{false, false, true}},
	} {
		ing := &manifest.Ingress{Annotations: c.annotations}
		if c.field != "" {
			ing.Class = &manifest.Field{Value: c.field}
		}
		if got := httpproxy.IngressClass(ing); got != c.class {
			t.Errorf("%q %v: class %q, want %q", c.field, c.annotations, got, c.class)
		}
		for i, classes := range [][]string{nil, {"contour"}, {"edge", "dmz"}} {
			if got := httpproxy.ReadsIngress(ing, classes); got != c.reads[i] {
				t.Errorf("%q %v, %v: got %v", c.field, c.annotations, classes, got)
			}
		}
	}
}

// only decodes one Ingress with a single route.
func only(t *testing.T, text string) (intent.Host, intent.Route) {
	t.Helper()
	ps, set := objects(t, text)
	m, problems := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{Services: set.Services, Secrets: set.Secrets})
	if len(problems) > 0 || len(m.Hosts) != 1 || len(m.Hosts[0].Routes) != 1 {
		t.Fatalf("%v\n%s", problems, m)
	}
	return m.Hosts[0], m.Hosts[0].Routes[0]
}

// TestIngressAnnotations: what a route gets from the annotations of its Ingress.
func TestIngressAnnotations(t *testing.T) {
	const c = "projectcontour.io/"
	for _, k := range []struct {
		annotations string
		websocket   bool
		response    int
		retry       *intent.Retry
		opaque      string // keys
	}{
		{"", false, 0, nil, ""},
		{c + "websocket-routes: '/x , /a'", true, 0, nil, ""},
		{c + "websocket-routes: /a/", false, 0, nil, ""}, // not as the path is written
		{c + "response-timeout: 1m30s", false, 90_000, nil, ""},
		{c + "response-timeout: infinity", false, -1, nil, ""},
		{c + "response-timeout: infinite", false, -1, nil, ""},
		{c + "response-timeout: '0'", false, 0, nil, ""},
		{c + "response-timeout: '90'", false, 0, nil, ""}, // no unit: Contour's default
		{c + "response-timeout: 100us", false, 0, nil, c + "response-timeout"},
		{c + "response-timeout: -1s", false, 0, nil, c + "response-timeout"},
		{c + "request-timeout: 7s", false, 7000, nil, ""},
		{c + "request-timeout: 7s, " + c + "response-timeout: 5s", false, 5000, nil, ""},
		{c + "request-timeout: 7s, " + c + "response-timeout: never", false, 0, nil, ""},
		{c + "num-retries: '3'", false, 0, nil, ""}, // nothing to retry on
		{c + "retry-on: 5xx", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, ""},
		{c + "retry-on: '5xx, reset', " + c + "num-retries: '3'", false, 0, &intent.Retry{Tries: 4, On: []string{"5xx", "reset"}, NonIdempotent: true}, ""},
		{c + "retry-on: 5xx, " + c + "num-retries: '0'", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, ""},
		// No retries: Contour leaves the number out of Envoy's configuration, whose default is 1.
		{c + "retry-on: 5xx, " + c + "num-retries: '-1'", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, ""},
		{c + "retry-on: 5xx, " + c + "num-retries: many", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, ""},
		{c + "retry-on: 5xx, " + c + "per-try-timeout: 1s", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, c + "per-try-timeout"},
		{c + "retry-on: 5xx, " + c + "per-try-timeout: '0'", false, 0, &intent.Retry{Tries: 2, On: []string{"5xx"}, NonIdempotent: true}, ""},
		{c + "per-try-timeout: 1s", false, 0, nil, ""},
		{"nginx.ingress.kubernetes.io/proxy-read-timeout: '5'", false, 0, nil, ""},
	} {
		_, r := only(t, ing("ns/i", rules(rule("h.t", "Prefix /a s")), k.annotations))
		want := intent.Forward{Backends: r.Forward.Backends, Websocket: k.websocket, Timeouts: intent.Timeouts{Response: k.response}, Retry: k.retry}
		if !r.SameAnswer(intent.Route{Forward: &want}) {
			t.Errorf("%s: got\n%s", k.annotations, r)
		}
		var keys []string
		for _, q := range r.Opaque {
			keys = append(keys, q.Key)
		}
		if got := strings.Join(keys, " "); got != k.opaque {
			t.Errorf("%s: opaque %s, want %s", k.annotations, got, k.opaque)
		}
	}
}

// TestIngressListeners: which of http and https an Ingress is on.
func TestIngressListeners(t *testing.T) {
	const never, force = "kubernetes.io/ingress.allow-http: 'false'", "ingress.kubernetes.io/force-ssl-redirect: 'true'"
	paths := rules(rule("h.t", "Prefix /a s"))
	for _, c := range []merge{
		{"both, in the clear as well", ing("ns/i", paths+tls("c", "h.t")), nil,
			map[string]string{"http h.t /a": "ns/s/a", "https h.t /a": "ns/s/a"}},
		{"http redirects if it is told to", ing("ns/i", paths+tls("c", "h.t"), force), nil,
			map[string]string{"http h.t /a?q": "301 https://h.t/a?q", "https h.t /a": "ns/s/a"}},
		{"also where there is no https", ing("ns/i", paths, force), nil,
			map[string]string{"http h.t /a": "301 https://h.t/a"}},
		{"no http at all", ing("ns/i", paths+tls("c", "h.t"), never), nil,
			map[string]string{"http h.t /a": "404", "https h.t /a": "ns/s/a"}},
		{"the redirect is on http even then", ing("ns/i", paths+tls("c", "h.t"), never, force), nil,
			map[string]string{"http h.t /a": "301 https://h.t/a", "https h.t /a": "ns/s/a"}},
		{"neither http nor https", ing("ns/i", paths, never), nil,
			map[string]string{"http h.t /a": "404", "https h.t /a": "404"}},
		{"what https alone has, a shorter path answers over http",
			ing("ns/i", paths+tls("c", "h.t"), never) + ing("ns/j", rules(rule("h.t", "Prefix / site"))), nil,
			map[string]string{"http h.t /a": "ns/site/a", "https h.t /a": "ns/s/a", "https h.t /": "ns/site/"}},
		{"a host that http does not know falls to its wildcard there",
			ing("ns/i", paths+tls("c", "h.t"), never) + ing("ns/j", rules(rule("*.t", "Prefix / w"))) + ing("ns/k", rules(rule("", "Prefix / any"))), nil,
			map[string]string{"http h.t /a": "ns/w/a", "https h.t /a": "ns/s/a", "https h.t /": "404"}},
		{"and else to the rules without a host",
			ing("ns/i", paths+tls("c", "h.t"), never) + ing("ns/k", rules(rule("", "Prefix / any"))), nil,
			map[string]string{"http h.t /a": "ns/any/a", "https h.t /a": "ns/s/a", "https h.t /": "404"}},
		{"a wildcard that is on https alone is passed by",
			ing("ns/i", rules(rule("h.t", "Prefix /a s"), rule("*.t", "Prefix /a w"), rule("x.w.t", "Prefix /a s"))+", tls: [{secretName: c, hosts: [h.t, '*.t', x.w.t]}]", never) + ing("ns/k", rules(rule("", "Prefix / any"))), nil,
			map[string]string{"http h.t /a": "ns/any/a", "http x.t /a": "ns/any/a", "http y.x.t /a": "ns/any/a", "http x.w.t /a": "ns/any/a", "https x.t /a": "ns/w/a"}},
		{"a wildcard two labels above lets nothing through",
			ing("ns/i", rules(rule("x.w.t", "Prefix /a s"))+tls("c", "x.w.t"), never) + ing("ns/j", rules(rule("*.t", "Prefix / w"))) + ing("ns/k", rules(rule("", "Prefix / any"))), nil,
			map[string]string{"http x.w.t /a": "404", "https x.w.t /a": "ns/s/a"}},
	} {
		t.Run(c.name, c.run)
	}
}

// TestIngressCertificates: which Secret a host gets, in which versions.
func TestIngressCertificates(t *testing.T) {
	const c = "projectcontour.io/tls-"
	paths := rules(rule("h.t", "Prefix /a s"))
	for _, k := range []struct{ name, objects, secret, version, opaque string }{
		{"the Ingress's own namespace", ing("ns/i", paths+tls("c", "h.t")), "ns/c", "", ""},
		{"another one by annotation; the delegation is assumed", ing("ns/i", paths+tls("c", "h.t"), c+"cert-namespace: certs"), "certs/c", "", ""},
		{"no Secret, no https", ing("ns/i", paths+", tls: [{hosts: [h.t]}]"), "", "", "SecretNotValid"},
		{"no hosts, no https", ing("ns/i", paths+", tls: [{secretName: c}]"), "", "", ""},
		{"another host", ing("ns/i", paths+tls("c", "other.t")), "", "", ""},
		{"a wildcard gives its hosts nothing", ing("ns/i", paths+tls("c", "*.t")), "", "", ""},
		{"a lowest version", ing("ns/i", paths+tls("c", "h.t"), c+"minimum-protocol-version: '1.3'"), "ns/c", "1.3", ""},
		{"an old one is the default", ing("ns/i", paths+tls("c", "h.t"), c+"minimum-protocol-version: '1.1'"), "ns/c", "", ""},
		{"a highest version is not in the model", ing("ns/i", paths+tls("c", "h.t"), c+"maximum-protocol-version: '1.2'"), "ns/c", "", c + "maximum-protocol-version"},
		{"versions that exclude each other", ing("ns/i", paths+tls("c", "h.t"), c+"minimum-protocol-version: '1.3'", c+"maximum-protocol-version: '1.2'"), "", "", "TLSConfigNotValid"},
		{"but only where there are hosts", ing("ns/i", paths+", tls: [{secretName: c}]", c+"minimum-protocol-version: '1.3'", c+"maximum-protocol-version: '1.2'"), "", "", ""},
		{"a Secret of another type", ing("ns/i", paths+tls("c", "h.t")) + secret("kubernetes.io/dockerconfigjson", "tls.crt: eA==, tls.key: eA=="), "", "", "SecretNotValid"},
		{"a Secret without a key", ing("ns/i", paths+tls("c", "h.t")) + secret("Opaque", "tls.crt: eA=="), "", "", "SecretNotValid"},
		{"a Secret with both", ing("ns/i", paths+tls("c", "h.t")) + secret("Opaque", "tls.crt: eA==, tls.key: eA=="), "ns/c", "", ""},
		{"the root's before an Ingress's", proxy("root", "virtualhost: {fqdn: h.t, tls: {secretName: own, minimumProtocolVersion: '1.2'}}"+openRoot) +
			ing("ns/i", paths+tls("c", "h.t"), c+"minimum-protocol-version: '1.3'"), "r/own", "1.2", ""},
	} {
		ps, set := objects(t, k.objects)
		m, problems := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{Secrets: set.Secrets})
		var secret, version, rest string
		if tls := m.Host("h.t").TLS; tls != nil {
			secret, version = tls.Secret, tls.MinVersion
		}
		for _, p := range problems {
			rest += p.Reason
		}
		for _, q := range m.Host("h.t").Routes[0].Opaque {
			rest += q.Key
		}
		if secret != k.secret || version != k.version || rest != k.opaque {
			t.Errorf("%s: got %q %q %q\n%s", k.name, secret, version, rest, m)
		}
	}
}

func secret(kind, data string) string {
	return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: ns}\ntype: " + kind + "\ndata: {" + data + "}\n"
}

// TestIngressBackends: what Contour finds for the backend of a path.
func TestIngressBackends(t *testing.T) {
	service := func(spec string, annotations ...string) string {
		return "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: ns, annotations: {" + strings.Join(annotations, ", ") + "}}\nspec: {" + spec + "}\n"
	}
	numbered, named := "service: {name: s, port: {number: 80}}", "service: {name: s, port: {name: web}}"
	for _, c := range []struct{ name, backend, service, want string }{
		{"not seen is not missing", numbered, "", "80"},
		{"an unknown name stays", named, "", "web"},
		{"a name that the Service has", named, service("ports: [{name: admin, port: 81}, {name: web, port: 8080}]"), "8080"},
		{"a name that it has not", named, service("ports: [{name: admin, port: 81}]"), ""},
		{"a number that it has not", numbered, service("ports: [{port: 81}]"), ""},
		{"the first port of a number is one of UDP", numbered, service("ports: [{name: u, port: 80, protocol: UDP}, {name: t, port: 80}]"), ""},
		{"the number of a name is looked up again, and the first port of it is one of UDP", named, service("ports: [{name: u, port: 80, protocol: UDP}, {name: web, port: 80}]"), ""},
		{"an outside name", numbered, service("type: ExternalName, externalName: a.t, ports: [{port: 80}]"), ""},
		{"a resource", "resource: {kind: Bucket, name: b}", "", ""},
		{"appProtocol https", numbered, service("ports: [{port: 80, appProtocol: https}]"), "80 https"},
		{"appProtocol of gRPC", numbered, service("ports: [{port: 80, appProtocol: kubernetes.io/h2c}]"), "80 h2c"},
		{"any other appProtocol hides the annotation", numbered, service("ports: [{port: 80, appProtocol: grpc}]", "projectcontour.io/upstream-protocol.h2: '80'"), "80"},
		{"the annotation by number", numbered, service("ports: [{port: 80}]", "projectcontour.io/upstream-protocol.tls: '81, 80'"), "80 https"},
		{"the annotation by name, before that by number", named,
			service("ports: [{name: web, port: 80}]", "projectcontour.io/upstream-protocol.tls: '80'", "projectcontour.io/upstream-protocol.h2c: web"), "80 h2c"},
	} {
		_, set := objects(t, ing("ns/i", "rules: [{host: h.t, http: {paths: [{path: /a, pathType: Prefix, backend: {"+c.backend+"}}]}}]")+c.service)
		m, problems := httpproxy.DecodeWith(nil, set.Ingresses, httpproxy.DecodeOptions{Services: set.Services})
		got := ""
		for _, h := range m.Hosts {
			b := h.Routes[0].Forward.Backends[0]
			got = strings.TrimSpace(b.Port + " " + string(b.Protocol))
		}
		if got != c.want || (got == "") != (len(problems) == 1 && problems[0].Reason == "BackendNotValid") {
			t.Errorf("%s: got %q %v", c.name, got, problems)
		}
	}
}

// TestIngressBesidePolicies: what a root asks of its host holds for the routes of
// Ingresses too, but for authorization over http and for JWT.
func TestIngressBesidePolicies(t *testing.T) {
	policies := "virtualhost: {fqdn: h.t, tls: {secretName: own}, authorization: {extensionRef: {name: a}}, jwtProviders: [{name: j, remoteJWKS: {uri: 'https://j.t'}}], " +
		"corsPolicy: {allowOrigin: ['*'], allowMethods: [GET]}, rateLimitPolicy: {local: {requests: 1, unit: second}}, ipAllowPolicy: [{cidr: 10.0.0.0/8, source: Peer}]}" + toRoot
	const inTheClear = "virtualhost: {fqdn: h.t, corsPolicy: {allowOrigin: ['*'], allowMethods: [GET]}}" + toRoot
	for _, c := range []struct{ root, tls, allowHTTP, want string }{
		{policies, "", "true", "virtualhost.corsPolicy virtualhost.rateLimitPolicy virtualhost.ipAllowPolicy"},
		{policies, tls("c", "h.t"), "true", "virtualhost.authorization virtualhost.corsPolicy virtualhost.rateLimitPolicy virtualhost.ipAllowPolicy"},
		{inTheClear, tls("c", "h.t"), "true", "virtualhost.corsPolicy"},
		{inTheClear, tls("c", "h.t"), "false", ""}, // https is the Ingress's alone
	} {
		ps, set := objects(t, proxy("root", c.root)+ing("ns/i", rules(rule("h.t", "Prefix /a s"))+c.tls, "kubernetes.io/ingress.allow-http: '"+c.allowHTTP+"'"))
		m, _ := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{})
		routes := m.Host("h.t").Routes
		i := slices.IndexFunc(routes, func(r intent.Route) bool { return r.Match.Path.Value == "/a" })
		var keys []string
		for _, q := range routes[i].Opaque {
			keys = append(keys, q.Key)
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("tls %q: got %s", c.tls, got)
		}
	}
}

// TestIngressHighestVersion: it is noted where requests can come by https, and not where
// the routes stand in for another host over http.
func TestIngressHighestVersion(t *testing.T) {
	ps, set := objects(t, proxy("root", "virtualhost: {fqdn: '*.t'}"+toRoot)+
		ing("ns/i", rules(rule("*.t", "Prefix /a s"))+tls("c", "*.t"), "projectcontour.io/tls-maximum-protocol-version: '1.2'")+
		ing("ns/j", rules(rule("h.t", "Prefix /b s"))+tls("c", "h.t"), "kubernetes.io/ingress.allow-http: 'false'"))
	m, _ := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{})
	var noted []string
	for _, h := range m.Hosts {
		for _, r := range h.Routes {
			if len(r.Opaque) > 0 {
				noted = append(noted, h.Name+" "+r.Match.Path.Value)
			}
		}
	}
	if !slices.Equal(noted, []string{"*.t /a"}) || len(m.Host("h.t").Routes) != 3 {
		t.Errorf("noted on %v\n%s", noted, m)
	}
}
