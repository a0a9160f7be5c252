package httpproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// locationLines and serverLines are what the snippets of the property below are made of.
var (
	locationLines = []string{
		"return 403;", "return 200 ok;", "return 301 https://o.t$request_uri;", "return 302 /login;", "deny 10.1.0.0/16;", "allow 10.0.0.0/8; deny all;",
		"if ($http_x_a = b) { return 404; }", "if ($http_x_a != b) { return 401 no; }", "if ($http_x_a) { more_set_headers 'X-In: 1'; }", "if ($http_x_b !~ ^b+$) { return 403; }",
		"if ($http_x_b ~* (bot|crawl)) { return 403; }", "if ($http_x_a = '') { return 403; }", "if ($cookie_ck) { return 302 https://o.t/; }", "if ($cookie_ck = '') { return 401; }",
		"if ($cookie_ck = v) { more_set_headers 'X-Ck: 1'; }", "if ($arg_q != s) { return 403; }", "if ($arg_q = s) { more_set_headers 'X-Q: 1'; }", "if ($request_method = POST) { return 405; }",
		"if ($request_method !~ ^(GET|HEAD)$) { return 405; }", "if ($scheme = http) { return 308 https://$host$request_uri; }", "if ($uri ~ ^/a/x) { return 404; }",
		"more_set_headers 'X-Set: $host';", "more_set_headers 'X-Path: $request_uri';", "more_clear_headers X-Gone;", "add_header X-Line 1;", "add_header X-Line $http_x_a always;",
		"proxy_set_header X-Up $remote_addr;", "proxy_set_header X-Real-IP $remote_addr;", "proxy_set_header X-Forwarded-Host $http_host;", "proxy_hide_header X-Hidden;", "satisfy any;", "break;",
		"rewrite ^/a/(.*)$ /$1 break;", "rewrite ^/old$ /new permanent;", "client_max_body_size 2m;", "proxy_ssl_verify off;",
	}
	serverLines = []string{
		"location /a/in { return 403; }", "location = /ready { return 200 ok; }", "location /ab { deny all; }", "location ~ /adm { return 403; }", "location ~ ^/a/b { return 404; }",
		"location ~* \\.bak$ { deny all; }", "location ~ /\\.(git|env) { return 404; }", "location ^~ /x { return 410; }", "location /a/c { if ($http_x_a) { return 404; } return 403; }",
		"if ($http_x_a ~ bot) { return 403; }", "if ($request_method = TRACK) { return 405; }", "return 301 https://o.t$request_uri;", "more_set_headers 'X-Server: 1';",
		"add_header X-Line 2;", "deny 10.2.0.0/16;", "proxy_ssl_verify off;", "set $v $http_x_a; if ($v = b) { return 403; }",
	}
)

// genSnipped makes up to three Ingresses with snippets on few hosts and paths.
func genSnipped() *rapid.Generator[string] {
	lines := func(t *rapid.T, label string, of []string) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(of), 0, 3).Draw(t, label), "\n")
	}
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for i := range rapid.IntRange(1, 3).Draw(t, "ingresses") {
			host := word(t, "host", "h.t", "h.t", "*.w.t", "g-x.t")
			fmt.Fprintf(&b, "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i%d\n  namespace: %s\n  annotations:\n", i, word(t, "namespace", "one", "one", "two"))
			fmt.Fprintf(&b, "    nginx.ingress.kubernetes.io/configuration-snippet: %q\n", lines(t, "location", locationLines))
			fmt.Fprintf(&b, "    nginx.ingress.kubernetes.io/server-snippet: %q\n", lines(t, "server", serverLines))
			for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"use-regex: 'true'", "ssl-redirect: 'false'", "whitelist-source-range: 10.0.0.0/8", "enable-cors: 'true'",
				"canary: 'true'", "canary-by-header: x-c", "limit-rps: '5'", "auth-url: https://auth.t/check", "permanent-redirect: https://p.t", "auth-tls-secret: one/ca"}), 0, 2, rapid.ID[string]).Draw(t, "more") {
				fmt.Fprintf(&b, "    nginx.ingress.kubernetes.io/%s\n", a)
			}
			b.WriteString("spec:\n  ingressClassName: nginx\n")
			if rapid.Bool().Draw(t, "tls") {
				fmt.Fprintf(&b, "  tls:\n  - {hosts: ['%s'], secretName: cert}\n", host)
			}
			fmt.Fprintf(&b, "  rules:\n  - host: '%s'\n    http:\n      paths:\n", host)
			for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"/", "/a", "/ab", "/a/b", "/x/y"}), 1, 2, rapid.ID[string]).Draw(t, "paths") {
				fmt.Fprintf(&b, "      - {path: '%s', pathType: %s, backend: {service: {name: %s, port: {number: 80}}}}\n", p, word(t, "type", "Prefix", "Prefix", "Exact"), word(t, "service", "sa", "sb"))
			}
		}
		return b.String()
	})
}

// TestSnippetsDecodeEncode: whatever snippets ask for is carried over so that the proof finds
// no difference without an edit, or it is blocked; no host is withheld for them.
func TestSnippetsDecodeEncode(t *testing.T) {
	settings := map[string]string{"annotations-risk-level": "Critical", "allow-snippet-annotations": "true"}
	rapid.Check(t, func(t *rapid.T) {
		manifests := genSnipped().Draw(t, "manifests")
		p := runWith(t, manifests, httpproxy.Options{}, settings)
		if len(p.problems) > 0 {
			t.Fatalf("an emitted object is refused: %v\n%s\n%s", p.problems[0], manifests, text(t, p.proxies))
		}
		for _, e := range p.low.Edits {
			if e.To == "withheld" {
				t.Fatalf("withheld: %s\n%s", e.Reason, manifests)
			}
		}
		tables, err := table.All(p.model, p.said, p.decoded)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.model.Hosts {
			if p.low.Unsaid[h.Name] != "" { // the host of all others
				continue
			}
			proof := equivalence.ProveLowered(tables[0], tables[1], tables[2], h.Name, p.low.Edits, equivalence.Bounds{})
			if bad := proof.Unexplained(); len(bad) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", show(bad[0]), manifests, p.model, text(t, p.proxies))
			}
		}
	})
}
