package catalog

import (
	"slices"
	"strings"
	"testing"
)

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestControllers(t *testing.T) {
	tests := []struct{ key, want string }{
		{"nginx.ingress.kubernetes.io/rewrite-target", "higress ingress-nginx traefik-ingress-nginx-provider"},
		{"nginx.ingress.kubernetes.io/rate-limit", ""},
		{"nginx.ingress.kubernetes.io/timeout", "higress"},
		{"kubernetes.io/ingress.class", "contour emissary gce istio kubernetes-core"},
		{"alb.ingress.kubernetes.io/actions.ssl-redirect", "aws-alb"},
		{"alb.ingress.kubernetes.io/actions.", ""},
		{"alb.ingress.kubernetes.io/listen-ports", "alibaba-alb aws-alb"},
		{"gethomepage.dev/widget.url", "dashboards"},
		{"external-dns.alpha.kubernetes.io/aws-weight", "external-dns"},
		{"external-dns.alpha.kubernetes.io/cloudflare-proxied", "external-dns"},
		{"higress.io/match-header-x-test", "higress"},
		{"konghq.com/headers.x-test", "kong"},
		{"traefik.ingress.kubernetes.io/router.tls.domains.0.main", "traefik"},
		{"haproxy.com/check", "haproxytech"},
		{"ingress.kubernetes.io/ssl-redirect", "haproxy-ingress haproxytech"},
		{"ingress.kubernetes.io/acme-emails", ""}, // a ConfigMap key
		{"ingress.class", ""},
		{"", ""},
	}
	c := load(t)
	for _, tt := range tests {
		if got := strings.Join(c.Controllers(tt.key), " "); got != tt.want {
			t.Errorf("%s: read by %q, want %q", tt.key, got, tt.want)
		}
	}
}

func TestControllersIsRepeatable(t *testing.T) {
	c := load(t)
	const key = "external-dns.alpha.kubernetes.io/cloudflare-proxied"
	first := slices.Clone(c.Controllers(key))
	for range 3 {
		if got := c.Controllers(key); !slices.Equal(got, first) {
			t.Fatalf("%v, then %v", first, got)
		}
	}
}

func TestNearest(t *testing.T) {
	const nginx = "nginx.ingress.kubernetes.io/"
	tests := []struct{ key, want string }{
		{nginx + "rewrite-targets", nginx + "rewrite-target"},
		{nginx + "Rewrite-Target", nginx + "rewrite-target"},
		{nginx + "redirect-ssl-force", nginx + "force-ssl-redirect"},
		{nginx + "rate-limit-rps", nginx + "limit-rps"},
		{nginx + "cors-enable", nginx + "enable-cors"},
		{nginx + "client-max-body-size", nginx + "proxy-body-size"},
		{nginx + "secure-backends", nginx + "backend-protocol"},
		{nginx + "websocket-services", "nginx.org/websocket-services"},
		{nginx + "server-tokens", "nginx.org/server-tokens"},
		{nginx + "lua-resty-waf", ""},
		{nginx + "something-else-entirely", ""},
		{nginx + "rewrite-target", ""}, // it is read
		{"nginx.ingress.kubernets.io/rewrite-target", nginx + "rewrite-target"},
		{"traefik.ingress.k8s.io/router.entrypoints", "traefik.ingress.kubernetes.io/router.entrypoints"},
		{"cert-manager.io/cluster-isuer", "cert-manager.io/cluster-issuer"},
		{"ingress.class", "kubernetes.io/ingress.class"},
		{"rewrite-target", nginx + "rewrite-target"},
		{"example.com/name", ""},
		{"example.com/rewrite-target", ""},
		{"", ""},
		{"/", ""},
	}
	c := load(t)
	for _, tt := range tests {
		got, ok := c.Nearest(tt.key)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: nearest %q, %v, want %q", tt.key, got, ok, tt.want)
		}
	}
}

func TestRemoved(t *testing.T) {
	c := load(t)
	tests := []struct {
		key, replacement, note string
		ok                     bool
	}{
		{"nginx.ingress.kubernetes.io/grpc-backend", "nginx.ingress.kubernetes.io/backend-protocol", "no longer", true},
		{"nginx.ingress.kubernetes.io/rate-limit", "nginx.ingress.kubernetes.io/limit-rps", "no version", true},
		{"nginx.ingress.kubernetes.io/ssl-protocols", "", "ConfigMap", true},
		{"nginx.ingress.kubernetes.io/ssl-redirect", "", "", false},
	}
	for _, tt := range tests {
		replacement, note, ok := c.Removed(tt.key)
		if replacement != tt.replacement || !strings.Contains(note, tt.note) || ok != tt.ok {
			t.Errorf("%s: %q, %q, %v", tt.key, replacement, note, ok)
		}
	}
}

// TestReplacementsAreRead holds that what we tell people to use exists.
func TestReplacementsAreRead(t *testing.T) {
	c := load(t)
	for key, r := range c.removed {
		if r.replacement != "" && len(c.Controllers(r.replacement)) == 0 {
			t.Errorf("%s: nobody reads its replacement %s", key, r.replacement)
		}
		if slices.Contains(c.Controllers(key), "ingress-nginx") {
			t.Errorf("%s: removed, and read by ingress-nginx", key)
		}
	}
}

func TestDamagedData(t *testing.T) {
	for _, data := range []string{"no tab\n", "controller\tno-slash\n"} {
		if err := (&Catalog{readers: map[string][]string{}}).loadKeys(data); err == nil {
			t.Errorf("%q: no error", data)
		}
	}
	for _, data := range []string{"key\n", "key\twhat\t\n"} {
		if err := (&Catalog{removed: map[string]removal{}}).loadRemoved(data); err == nil {
			t.Errorf("%q: no error", data)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}

func BenchmarkNearest(b *testing.B) {
	c := load(b)
	for b.Loop() {
		c.Nearest("nginx.ingress.kubernetes.io/proxy-body-sise")
	}
}

func BenchmarkCrossCutting(b *testing.B) {
	c := load(b)
	for b.Loop() {
		c.CrossCutting("argocd.argoproj.io/tracking-id")
	}
}
