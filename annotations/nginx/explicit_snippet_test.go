package nginx

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// genRules makes rules whose networks lie close together.
func genRules() *rapid.Generator[[]rule] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rule {
		network := rapid.SampledFrom([]string{
			"all", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3", "10.1.2.0/30", "10.1.2.2/31", "0.0.0.0/0",
			"::/0", "2001:db8::/32", "2001:db8::1", "2001:db8::/127",
		}).Draw(t, "network")
		return rule{Access: snippet.Access{Allow: rapid.Bool().Draw(t, "allow"), Network: network}}
	}), 0, 6)
}

// TestListsAreFirstMatch: the lists let in whom a scan over the rules lets in.
func TestListsAreFirstMatch(t *testing.T) {
	asked := []string{"10.0.0.1", "10.1.2.0", "10.1.2.2", "10.1.2.3", "10.1.2.4", "10.200.0.1", "11.0.0.1", "2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db9::1"}
	rapid.Check(t, func(t *rapid.T) {
		rules := genRules().Draw(t, "rules")
		allow, deny, err := lists(rules, false)
		if err != nil {
			t.Fatal(err)
		}
		holds := func(list []string, a netip.Addr) bool {
			return slices.ContainsFunc(list, func(n string) bool { return netip.MustParsePrefix(n).Contains(a) })
		}
		for _, text := range asked {
			a := netip.MustParseAddr(text)
			want := true
			for _, r := range rules {
				if r.Network == "all" || prefixOf(r.Network).Contains(a) {
					want = r.Allow
					break
				}
			}
			if got := !holds(deny, a) && (len(allow) == 0 || holds(allow, a)); got != want {
				t.Fatalf("%s: %v, want %v: allow %v, deny %v of %v", a, got, want, allow, deny, rules)
			}
		}
	})
}

// snippetLines are lines that snippets in the property below are made of.
var snippetLines = []string{
	"more_set_headers \"X-A: $host\";", "add_header X-B $request_uri always;", "proxy_set_header X-C $nosuch;", "deny 10.0.0.0/8;",
	"allow all;", "return 403;", "return 301 https://x.t$request_uri;", "rewrite ^/p/(.*)$ /$1 break;", "rewrite ^/p$ /q permanent;",
	"if ($http_a = b) { return 404; }", "if ($uri ~ ^/p/x) { return 404; }", "if ($cookie_a) { more_clear_headers X-A; }", "set $x 1;",
	"if ($x) { return 200 \"${x}{\"; }", "break;", "satisfy any;", "expires 1h;", "lua_need_request_body on;", "proxy_read_timeout 1s;",
	"location /p/y { return 200 y; }", "location ~ p { return 404; }", "location = /p { deny all; }", "\"", "}",
}

// TestSnippetsAreGoneByOrGuard: with any snippets nothing panics, every route is well formed,
// and each is either free of them, since all was read, or guarded by what was not.
func TestSnippetsAreGoneByOrGuard(t *testing.T) {
	opts := testOptions(t)
	opts.Settings = map[string]string{"annotations-risk-level": "Critical", "allow-snippet-annotations": "true"}
	rapid.Check(t, func(r *rapid.T) {
		text := func(label string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(snippetLines), 1, 5).Draw(r, label), "\n")
		}
		location, server := text("location"), text("server")
		objects := fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  namespace: app\n  annotations:\n"+
			"    %s%s: %q\n    %s%s: %q\n    %suse-regex: %q\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: h.example\n    http:\n      paths:\n"+
			"      - {path: /p, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}\n",
			Prefix, locationSnippet, location, Prefix, serverSnippet, server, Prefix, rapid.SampledFrom([]string{"true", "false"}).Draw(r, "regex"))
		set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(objects)}}, manifest.Options{})
		if err != nil {
			r.Fatal(err)
		}
		m, _ := Interpret(set, opts)
		Explicit(&m, set, opts)
		checkRoutes(t, m)
		for _, key := range []string{locationSnippet, serverSnippet} {
			guardedOr(r, m, key, map[string]string{locationSnippet: location, serverSnippet: server}[key])
		}
	})
}

// guardedOr fails where a line that nobody reads guards no route that it stands in.
func guardedOr(t *rapid.T, m intent.Model, key, text string) {
	in := snippet.InLocation
	if key == serverSnippet {
		in = snippet.InServer
	}
	_, unread := snippet.Read(text, in)
	for _, route := range m.Host("h.example").Routes {
		guarded := slices.ContainsFunc(route.Opaque, func(q intent.Opaque) bool { return q.Security })
		if len(unread) > 0 && route.Forward != nil && !guarded {
			t.Fatalf("%s %q is not read, and does not guard %s", key, text, route)
		}
	}
}
