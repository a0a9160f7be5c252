package httpproxy_test

import (
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

const demo = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: app}
spec:
  ingressClassName: nginx
  rules:
  - host: h.t
    http:
      paths:
      - {path: /login, pathType: Prefix, backend: {service: {name: login, port: {number: 80}}}}
      - {path: /, pathType: Prefix, backend: {service: {name: site, port: {number: 80}}}}
`

// TestClass: root and children have the target's class, never the input's.
func TestClass(t *testing.T) {
	for class, want := range map[string]string{"": "contour", "edge": "edge"} {
		p := run(t, demo, httpproxy.Options{Class: class})
		if len(p.proxies) < 3 {
			t.Fatalf("%d objects", len(p.proxies))
		}
		for _, x := range p.proxies {
			if x.Spec.IngressClassName != want {
				t.Errorf("%s: got the class %q, want %q", x.Name, x.Spec.IngressClassName, want)
			}
		}
	}
}

// TestMarks: labels and the source annotation, on every object.
func TestMarks(t *testing.T) {
	roles := map[string]int{}
	for _, x := range run(t, demo, httpproxy.Options{}).proxies {
		roles[x.Labels["split-ingress.dev/role"]]++
		if x.Labels["app.kubernetes.io/managed-by"] != "split-ingress" || x.Labels["split-ingress.dev/site"] != "h-t" || x.Annotations["split-ingress.dev/source"] != "app/web" {
			t.Errorf("%s: labels %v, annotations %v", x.Name, x.Labels, x.Annotations)
		}
	}
	if roles["root"] != 1 || roles["fanout"] != 1 || roles["team"] != 1 {
		t.Errorf("got %v", roles)
	}
}

// TestPathLast: the path condition stands last everywhere, as the last one decides between
// exact and prefix.
func TestPathLast(t *testing.T) {
	last := func(at string, cs []contour.MatchCondition) {
		for i, c := range cs {
			if i < len(cs)-1 && (c.Prefix != "" || c.Exact != "" || c.Regex != "") {
				t.Errorf("%s: the path condition %+v does not stand last", at, c)
			}
		}
	}
	canary := strings.NewReplacer("name: web", "name: next", "namespace: app}", "namespace: app, annotations: {nginx.ingress.kubernetes.io/canary: 'true', nginx.ingress.kubernetes.io/canary-by-header: x}}").Replace(demo)
	for _, x := range run(t, demo+"---\n"+canary, httpproxy.Options{}).proxies {
		for _, in := range x.Spec.Includes {
			last(x.Name+" "+in.Name, in.Conditions)
		}
		for _, r := range x.Spec.Routes {
			last(x.Name, r.Conditions)
		}
	}
}

// TestLowerKeepsItsInput: the forest that comes in stays as it is.
func TestLowerKeepsItsInput(t *testing.T) {
	p := run(t, demo, httpproxy.Options{})
	before := p.forest.Flatten().String()
	httpproxy.Lower(p.forest, httpproxy.Options{PlainPrefix: true})
	if after := p.forest.Flatten().String(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}
