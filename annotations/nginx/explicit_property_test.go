package nginx

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// valuesOf are values that make a difference to one key or another.
var valuesOf = []string{
	"true", "false", "on", "off", "0", "1", "-1", "5", "10", "4k", "1g", "basic", "digest", "xbasicx", "auth-map", "app/s", "s", "other/s",
	"http://auth/check", "http://auth/$foo", "http://auth/$host?x={", "$request_uri", "${http_x}", "$service_name", "10.0.0.0/8", "10.0.0.0/8, ::1",
	"GET", "HTTPS", "GRPCS", "FCGI", "AUTO_HTTP", "cookie", "CN=x", "optional_no_ca", "any", "404,503", "404404", "error timeout", "a b", "x", "", " ",
	"https://a.example, *", "/x", "1.0", "ewma", "chash", "close", "200 5m", "5m 200", "X-A, X-B", "Lax",
}

// genValue makes values of a key, mostly such as the controller takes.
func genValue(r Rule) *rapid.Generator[string] {
	good := slices.DeleteFunc(slices.Clone(valuesOf), func(v string) bool { return v == "" || r.Validate != nil && r.Validate(v) != nil })
	if len(good) == 0 {
		return rapid.SampledFrom(valuesOf)
	}
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 19).Draw(t, "any") == 0 {
			return rapid.SampledFrom(valuesOf).Draw(t, "value")
		}
		return rapid.SampledFrom(good).Draw(t, "value")
	})
}

// genAnnotated makes two Ingresses of one host with any annotations.
func genAnnotated() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		rules := slices.DeleteFunc(Rules(), func(r Rule) bool { return r.Routing || r.Inert || r.Critical })
		for i := range 2 {
			fmt.Fprintf(&b, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i%d\n  namespace: app\n  annotations:\n    x: \"y\"\n", i)
			keys := rapid.SliceOfNDistinct(rapid.IntRange(0, len(rules)-1), 0, 12, rapid.ID[int]).Draw(t, "keys")
			for _, k := range keys {
				fmt.Fprintf(&b, "    %s%s: %q\n", Prefix, rules[k].Key, genValue(rules[k]).Draw(t, rules[k].Key))
			}
			fmt.Fprintf(&b, "spec:\n  ingressClassName: nginx\n  rules:\n  - host: h.example\n    http:\n      paths:\n"+
				"      - {path: /p%d, pathType: Prefix, backend: {service: {name: s%d, port: {number: 80}}}}\n---\n", i, i)
		}
		return b.String()
	})
}

// TestExplicitAccounts: whatever guarded a route before is a policy of it, still guards it,
// or is told to guard nothing; nothing panics, and every default is written out.
func TestExplicitAccounts(t *testing.T) {
	opts := testOptions(t)
	checked := 0
	rapid.Check(t, func(r *rapid.T) {
		text := genAnnotated().Draw(r, "manifests")
		opts.Complete = rapid.Bool().Draw(r, "complete")
		set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(text)}}, manifest.Options{})
		if err != nil {
			r.Fatal(err)
		}
		if opts.Complete {
			set.Classes["nginx"] = &manifest.IngressClass{Name: "nginx", Controller: Controller}
			for i := range 2 {
				name := manifest.Name{Namespace: "app", Name: fmt.Sprintf("s%d", i)}
				set.Services[name] = &manifest.Service{Namespace: "app", Name: name.Name, Ports: []manifest.ServicePort{{Port: 80}}}
			}
		}
		m, _ := Interpret(set, opts)
		before := slices.Clone(m.Hosts)
		findings := Explicit(&m, set, opts)
		checkRoutes(t, m)
		for _, h := range before {
			after := m.Host(h.Name)
			for _, route := range h.Routes {
				for _, q := range route.Opaque {
					if q.Security {
						checked++
						accounted(r, q, route, *after, findings)
					}
				}
			}
		}
	})
	if checked < 30 {
		t.Errorf("only %d guards checked", checked)
	}
}

// accounted fails unless the routes of the path still have what an opaque part guarded.
func accounted(t *rapid.T, q intent.Opaque, was intent.Route, h intent.Host, findings []ledger.Finding) {
	told := slices.ContainsFunc(findings, func(f ledger.Finding) bool {
		return f.Rule == "guards-nothing" && f.Origin.Object == q.Origin.Object
	})
	if told || h.TLS.Client != nil {
		return
	}
	for _, r := range h.Routes {
		broken := r.Respond != nil && r.Respond.Status == 403
		if r.Match.Path != was.Match.Path && !broken {
			continue
		}
		guarded := slices.ContainsFunc(r.Opaque, func(o intent.Opaque) bool { return o.Security })
		if !guarded && r.Respond == nil && r.Redirect == nil && !says(strings.TrimPrefix(q.Key, Prefix), was, r) {
			t.Fatalf("%s %q guarded %s, and now:\n%s", q.Key, q.Value, was.Match.Path, r)
		}
	}
}

// says whether a route's policies hold what a key stood for on the route before.
func says(key string, was, r intent.Route) bool {
	p, b := r.Policies, r.Forward.Backends[0]
	switch {
	case strings.HasPrefix(key, "limit-"):
		l := p.Limits
		return l.PerSecond+l.PerMinute+l.Connections+l.Rate+l.RateAfter > 0
	case strings.HasSuffix(key, "-source-range"):
		return p.Access != nil
	case key == "satisfy":
		return p.SatisfyAny
	case key == "auth-type", strings.HasPrefix(key, "auth-secret"), key == "auth-realm":
		return p.Basic != nil
	case strings.HasPrefix(key, "proxy-ssl-"):
		return b.TLS != nil || b.Protocol == intent.HTTP || b.Protocol == intent.H2
	case key == "custom-headers", key == "enable-global-auth", strings.HasPrefix(key, "ssl-"):
		return true
	case strings.HasPrefix(key, "auth-"):
		asks := slices.ContainsFunc(was.Opaque, func(q intent.Opaque) bool { return q.Key == Prefix+"auth-url" })
		return p.External != nil || !asks // the others of its group do nothing without it
	}
	return false
}

// TestTemplateText: a text without "$" stands for itself, and every template reads the same
// however its names are put in braces.
func TestTemplateText(t *testing.T) {
	o := &object{Ingress: &manifest.Ingress{Namespace: "app", Name: "i"}}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z{}/:.\-]{0,12}`).Draw(t, "text")
		got, _, err := o.template(text)
		if constant, ok := got.Constant(); err != nil || !ok || constant != text {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		name := rapid.SampledFrom(slices.Concat(Variables, []string{"host", "uri", "http_x", "arg_a", "nosuch"})).Draw(t, "name")
		bare, _, errBare := o.template("/" + text + "$" + name + "-")
		braced, _, errBraced := o.template("/" + text + "${" + name + "}-")
		if bare != braced || (errBare == nil) != (errBraced == nil) {
			t.Fatalf("%q and %q: %v, %v", bare, braced, errBare, errBraced)
		}
	})
}

// BenchmarkExplicit makes the model of 1,000 Ingresses with a policy each explicit.
func BenchmarkExplicit(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i%d\n  namespace: app\n  annotations:\n    %sauth-url: http://auth/check\n"+
			"spec:\n  ingressClassName: nginx\n  rules:\n  - host: h%d.example\n    http:\n      paths:\n      - {path: /p, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}\n---\n", i, Prefix, i)
	}
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(text.String())}}, manifest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	m, _ := Interpret(set, Options{})
	b.ReportAllocs()
	for b.Loop() {
		explicit := m
		Explicit(&explicit, set, Options{})
	}
}
