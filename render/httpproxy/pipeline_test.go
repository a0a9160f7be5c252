package httpproxy_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/translate"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// pipeline is everything from manifests to objects and back.
type pipeline struct {
	model    intent.Model
	forest   delegation.Forest
	low      httpproxy.Lowered
	proxies  []*contour.HTTPProxy
	said     intent.Model // what was lowered
	decoded  intent.Model
	problems []httpproxy.Problem
}

func run(t rapid.TB, manifests string, opts httpproxy.Options) pipeline {
	t.Helper()
	return runWith(t, manifests, opts, nil)
}

// runWith is run with settings of the controller's ConfigMap.
func runWith(t rapid.TB, manifests string, opts httpproxy.Options, settings map[string]string) pipeline {
	t.Helper()
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(manifests)}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := catalog.New()
	if err != nil {
		t.Fatal(err)
	}
	var p pipeline
	p.model, _ = nginx.Translate(set, nginx.Options{Catalog: keys, Settings: settings})
	plan, _ := ownership.Infer(ownership.Input{Model: p.model}, "", "")
	for i := range plan.Hosts {
		if plan.Hosts[i].Host == "g-x.t" { // the other hosts have no authorization service
			plan.Hosts[i].AuthService = "auth/authz"
		}
		plan.Hosts[i].RootIP = plan.Hosts[i].Host != "h.t" // whose routes keep their lists
	}
	if err := plan.Check(p.model, "plan"); err != nil {
		t.Fatalf("the inferred plan does not fit: %v", err)
	}
	var findings any
	p.forest, findings = translate.Split(p.model, plan)
	if d := cmp.Diff(p.model, p.forest.Flatten(), cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("Flatten is not the model (-want +got), %v:\n%s", findings, d)
	}
	p.low = httpproxy.Lower(p.forest, opts)
	objects, err := httpproxy.Encode(p.low.Forest, opts)
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	for _, o := range objects {
		p.proxies = append(p.proxies, o.Value.(*contour.HTTPProxy))
	}
	p.decoded, p.problems = httpproxy.Decode(p.proxies)
	companions, _ := httpproxy.Companions(p.low.Forest, opts)
	var delegations []*contour.TLSCertificateDelegation
	for _, o := range companions {
		if d, ok := o.Value.(*contour.TLSCertificateDelegation); ok {
			delegations = append(delegations, d)
		}
	}
	explicit := httpproxy.ExplicitOptions{Unseen: true, Delegations: httpproxy.ReadDelegations(delegations)}
	p.problems = append(p.problems, httpproxy.Explicit(&p.decoded, explicit)...)
	p.said = p.low.Flatten(opts)
	return p
}

// withheld are the hosts that Lower has no form for.
func (p pipeline) withheld() map[string]bool {
	gone := map[string]bool{}
	for host := range p.low.Unsaid {
		gone[host] = true
	}
	for _, e := range p.low.Edits {
		if e.To == "withheld" {
			gone[e.Host] = true
		}
	}
	return gone
}

// unexplained compares all hosts that are not withheld.
func (p pipeline) unexplained(t rapid.TB) (bad []equivalence.Difference, hosts int) {
	t.Helper()
	before, err := table.New(p.model)
	if err != nil {
		t.Fatal(err)
	}
	said, err := table.New(p.said)
	if err != nil {
		t.Fatal(err)
	}
	after, err := table.New(p.decoded)
	if err != nil {
		t.Fatal(err)
	}
	gone := p.withheld()
	for _, h := range p.model.Hosts {
		if !gone[h.Name] {
			hosts++
			bad = append(bad, equivalence.Sampled(before, after, h.Name, p.low.Edits).Unexplained...)
			bad = append(bad, equivalence.Sampled(said, after, h.Name, nil).Unexplained...)
		}
	}
	return bad, hosts
}

func text(t rapid.TB, proxies []*contour.HTTPProxy) string {
	var values []any
	for _, p := range proxies {
		values = append(values, p)
	}
	var b bytes.Buffer
	if err := emit.YAML(&b, values); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func show(d equivalence.Difference) string {
	answer := func(d table.Decision) string {
		return fmt.Sprintf("route %d: %d %s %v %s", d.RouteIndex, d.Status, d.Location, d.Backends, d.UpstreamURI)
	}
	return fmt.Sprintf("%s %s://%s%s %v (%s)\n\tbefore %s\n\tafter  %s\n", d.Request.Method, d.Request.Scheme, d.Request.Host, d.Request.URI,
		d.Request.Headers, d.Dimension, answer(d.Before), answer(d.After))
}

// TestDecodeEncode: over everything that Encode emits, Decode gives back what the input
// meant, modulo the edits; nothing that is emitted is refused.
func TestDecodeEncode(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		manifests := genManifests().Draw(t, "manifests")
		opts := httpproxy.Options{PlainPrefix: rapid.IntRange(0, 5).Draw(t, "plain") == 0}
		if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
			opts.DefaultCertificate = manifest.Name{Namespace: "certs", Name: "default"}
		}
		if rapid.IntRange(0, 4).Draw(t, "allow") == 0 {
			opts.Allow = []httpproxy.Allow{{Key: "rewrite-target"}, {Key: "enable-cors"}, {Key: "auth-tls-verify-depth"}}
		}
		if rapid.IntRange(0, 4).Draw(t, "service") == 0 {
			opts.RateLimitService = manifest.Name{Namespace: "limits", Name: "service"}
		}
		opts.KeepRedirectStatus = rapid.IntRange(0, 2).Draw(t, "308") == 0
		p := run(t, manifests, opts)
		for _, problem := range p.problems {
			t.Fatalf("an emitted object is refused: %v\n%s\n%s", problem, manifests, text(t, p.proxies))
		}
		bad, hosts := p.unexplained(t)
		compared += hosts
		if len(bad) > 0 {
			t.Fatalf("%s\n%s\n%s\n%s", show(bad[0]), manifests, p.model, text(t, p.proxies))
		}
		again := run(t, manifests, opts)
		if a, b := text(t, p.proxies), text(t, again.proxies); a != b {
			t.Fatalf("other bytes:\n%s\n%s", a, b)
		}
	})
	if compared == 0 && !t.Failed() {
		t.Error("no host was compared")
	}
}

// word draws one of some texts.
func word(t *rapid.T, label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }

// genManifests makes up to five Ingresses on few hosts and paths, so that they meet.
func genManifests() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for i := range rapid.IntRange(1, 5).Draw(t, "ingresses") {
			genIngress(t, &b, fmt.Sprintf("i%d", i))
		}
		b.WriteString("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: h, namespace: one}\ndata:\n")
		for i, value := range rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z%{}(): -]{0,3}(%HOSTNAME%|%REQ\(x\)%)?%{0,2}`), 1, 3).Draw(t, "headers") {
			fmt.Fprintf(&b, "  %s: '%s'\n", []string{"X-One", "x_two", "Strict-Transport-Security"}[i], value)
		}
		return b.String()
	})
}

func genIngress(t *rapid.T, b *strings.Builder, name string) {
	host := word(t, "host", "h.t", "h.t", "h.t", "g-x.t", "*.w.t", "")
	fmt.Fprintf(b, "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: %s\n  namespace: %s\n", name, word(t, "namespace", "one", "one", "two"))
	annotations, paths := genFeature(t)
	if rapid.IntRange(0, 4).Draw(t, "plain http") == 0 {
		annotations = append(annotations, "ssl-redirect: 'false'")
	}
	if len(annotations) > 0 {
		b.WriteString("  annotations:\n")
	}
	for _, a := range annotations {
		fmt.Fprintf(b, "    nginx.ingress.kubernetes.io/%s\n", a)
	}
	b.WriteString("spec:\n  ingressClassName: nginx\n")
	switch word(t, "tls", "", "", "own", "default") {
	case "own":
		fmt.Fprintf(b, "  tls:\n  - {hosts: ['%s'], secretName: cert}\n", host)
	case "default":
		fmt.Fprintf(b, "  tls:\n  - {hosts: ['%s']}\n", host)
	}
	fmt.Fprintf(b, "  rules:\n  - host: '%s'\n    http:\n      paths:\n", host)
	for _, p := range paths {
		fmt.Fprintf(b, "      - {path: '%s', pathType: %s, backend: {service: {name: %s, port: {number: 80}}}}\n", p,
			word(t, "type", "Prefix", "Prefix", "Exact", "ImplementationSpecific"), word(t, "service", "sa", "sb", "sc"))
	}
}

// genHandling draws annotations about what is done with requests that go on.
func genHandling(t *rapid.T) []string {
	one := []string{
		"proxy-next-upstream-tries: '5'", "proxy-next-upstream: error http_502 non_idempotent", "proxy-next-upstream: http_503", "proxy-next-upstream: timeout",
		"load-balance: ewma", "load-balance: sticky_balanced", "upstream-hash-by: $http_x_user", "upstream-hash-by: $arg_user", "upstream-hash-by: $remote_addr", "upstream-hash-by: $request_uri",
		"affinity: cookie", "affinity-mode: persistent", "session-cookie-name: ck", "service-upstream: 'true'",
		"mirror-target: http://copy.one$request_uri", "mirror-target: https://sb.one.svc:443", "mirror-target: http://o.t/x", "mirror-request-body: 'off'",
		"backend-protocol: HTTPS", "backend-protocol: HTTPS", "backend-protocol: AUTO_HTTP", "backend-protocol: GRPC", "backend-protocol: grpcs",
		"proxy-ssl-secret: one/ca", "proxy-ssl-secret: one/ca", "proxy-ssl-verify: 'on'", "proxy-ssl-name: in.t", "proxy-ssl-server-name: 'on'",
		"upstream-vhost: in.t", "upstream-vhost: $host", "upstream-vhost: $http_x_tenant", "x-forwarded-prefix: /p", "rewrite-target: /n",
		"proxy-read-timeout: '0'", "proxy-read-timeout: '600'", "proxy-send-timeout: '600'", "proxy-connect-timeout: '1'", "proxy-http-version: '1.0'",
		"connection-proxy-header: close", "proxy-cookie-path: /one/ /", "proxy-redirect-from: http://in.t/", "proxy-redirect-to: /",
		"custom-headers: one/h", "custom-headers: one/h", "custom-http-errors: 404,503", "default-backend: sc", "proxy-buffer-size: 8k", "proxy-request-buffering: 'off'",
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(one), 1, 6, func(text string) string { key, _, _ := strings.Cut(text, ":"); return key }).Draw(t, "handling")
}

// genFeature draws the annotations of an Ingress, and paths that go with them.
func genFeature(t *rapid.T) (annotations, paths []string) {
	plain := rapid.SliceOfN(rapid.SampledFrom([]string{
		"/", "/a", "/a", "/b", "/ab", "/a/b", "/a/b/c", "/A", "/a/", "/a-b", "/a.b", "/x/y", "/123",
	}), 1, 3).Draw(t, "paths")
	regex := rapid.SliceOfN(rapid.SampledFrom([]string{
		"/a", "/a/.*", "/b$", "/(a|b)", "/a.b", "/[a-z]+", "/", "/a/[0-9]+", "/123/.+", "/a|/b", "/(?!x)y",
	}), 1, 3).Draw(t, "regexes")
	switch word(t, "feature", "none", "none", "none", "none", "canary", "canary", "regex", "strip", "strip", "moved", "constant", "redirect", "guard", "access", "access", "limits", "limits", "www", "alias", "root", "opaque", "cors", "auth", "clients", "handling", "handling", "handling") {
	case "canary":
		annotations = append(annotations, "canary: 'true'", word(t, "canary by", "canary-by-header: x-c", "canary-by-cookie: ck", "canary-weight: '30'"))
		annotations = append(annotations, word(t, "and by", "canary-by-header-value: v", "canary-by-header-pattern: v.*", "canary-weight-total: '200'"))
	case "regex":
		return []string{"use-regex: 'true'"}, regex
	case "strip":
		head := word(t, "head", "/a", "/b", "/a/b", "/s")
		tail := rapid.SampledFrom([][2]string{
			{"(/|$)(.*)", "$2"}, {"/(.*)", "$1"}, {"(.*)", "$1"}, {"/?(.*)", "$1"}, {"(/.*)?$", "$1"}, {"/(.*)/x/(.*)", "$2"},
		}).Draw(t, "tail")
		return []string{"rewrite-target: " + word(t, "target", "/", "/n/", "/n", "", head) + tail[1]}, []string{head + tail[0]}
	case "moved":
		tail := rapid.SampledFrom([][2]string{{"(/|$)(.*)", "$2"}, {"/(.*)", "$1"}, {"/?(.*)", "$1"}, {"(/.*)?$", "$1"}, {"/(.*)/x/(.*)", "$2"}, {"", ""}}).Draw(t, "tail")
		return []string{"rewrite-target: " + word(t, "scheme", "https://o.t", "http://o.t:8080", "$scheme://o.t") + word(t, "target", "/", "/n/", "/n", "") + tail[1]},
			[]string{word(t, "head", "", "/a", "/b", "/a/b") + tail[0]}
	case "constant":
		return []string{"rewrite-target: " + word(t, "target", "/", "/n", "/a")}, plain
	case "redirect":
		annotations = append(annotations, word(t, "redirect", "permanent-redirect: https://o.t/x", "temporal-redirect: http://o.t", "permanent-redirect: /rel", "permanent-redirect: O.t"))
	case "guard":
		annotations = append(annotations, word(t, "guard", "auth-url: http://auth.t/", "limit-connections: '3'"))
	case "cors":
		annotations = append(annotations, "enable-cors: 'true'", word(t, "cors", "cors-max-age: '5'", "cors-allow-origin: 'https://a.t, https://*.b.t, null'",
			"cors-allow-credentials: 'false'", "cors-allow-methods: GET PUT", "cors-expose-headers: '*'"))
	case "auth":
		annotations = append(annotations, word(t, "auth", "auth-url: https://auth.t/check", "auth-url: https://auth.t", "auth-type: basic"), "auth-secret: users")
		annotations = append(annotations, word(t, "and", "satisfy: any", "permanent-redirect: https://o.t/x", "enable-cors: 'true'", "whitelist-source-range: 10.0.0.0/8"))
	case "clients":
		annotations = append(annotations, word(t, "ca", "auth-tls-secret: one/ca", "auth-tls-secret: two/ca"),
			word(t, "verify", "auth-tls-verify-client: 'on'", "auth-tls-verify-client: optional", "auth-tls-verify-client: optional_no_ca", "auth-tls-verify-client: 'off'", "auth-tls-verify-depth: '3'"),
			word(t, "more", "auth-tls-pass-certificate-to-upstream: 'true'", "auth-tls-error-page: http://e.t/", "auth-tls-match-cn: CN=a"))
	case "access":
		annotations = append(annotations, word(t, "allow", "whitelist-source-range: 10.0.0.0/8", "allowlist-source-range: '10.0.0.0/9,2001:db8::/32'", "satisfy: any"))
		annotations = append(annotations, word(t, "deny", "cors-max-age: '1'", "denylist-source-range: 10.1.0.0/16", "denylist-source-range: '0.0.0.0/0,::/0'"))
	case "limits":
		annotations = append(annotations, word(t, "limit", "limit-rps: '1'", "limit-rps: '20'", "limit-rate: '3'"))
		annotations = append(annotations, word(t, "and limit", "limit-rpm: '60'", "limit-burst-multiplier: '1'", "limit-allowlist: 10.0.0.0/8"))
	case "www":
		annotations = append(annotations, "from-to-www-redirect: 'true'")
	case "alias":
		annotations = append(annotations, "server-alias: "+word(t, "alias", "l.t", "l.t,m.t", "h.t"))
	case "root":
		annotations = append(annotations, "app-root: /start")
	case "handling":
		annotations = append(annotations, genHandling(t)...)
	case "opaque":
		annotations = append(annotations, "proxy-body-size: 8m", "x-forwarded-prefix: /p")
	}
	return annotations, plain
}
