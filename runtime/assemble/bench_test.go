package assemble

import (
	"fmt"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// value is an object as package source makes it.
func value(kind, namespace, name string, v any) source.Object {
	return source.Object{
		Ref:    source.Ref{Kind: kind, Namespace: namespace, Name: name},
		Origin: ledger.New(ledger.Place{File: namespace + "/" + name + ".yaml", Line: 1, Object: kind + " " + namespace + "/" + name}),
		Value:  v,
	}
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// team is one team's object of a host, with five routes.
func team(i, status int) source.Object {
	p := &contour.HTTPProxy{ObjectMeta: meta(fmt.Sprint("team", i%500), fmt.Sprint("site", i))}
	for _, path := range []string{"/", "/a", "/b", "/c"} {
		p.Spec.Routes = append(p.Spec.Routes, contour.Route{
			Conditions: []contour.MatchCondition{{Prefix: path}}, Services: []contour.Service{{Name: "app", Port: 80}}, EnableWebsockets: true,
		})
	}
	p.Spec.Routes = append(p.Spec.Routes, contour.Route{
		Conditions: []contour.MatchCondition{{Prefix: "/status"}}, DirectResponsePolicy: &contour.HTTPDirectResponsePolicy{StatusCode: status},
	})
	return value(kindProxy, p.Namespace, p.Name, p)
}

// trees are hosts with root, fanout and team, and the Services of the teams.
func trees(hosts int) (c source.Change) {
	for i := range hosts {
		root := &contour.HTTPProxy{ObjectMeta: meta("security", fmt.Sprint("site", i))}
		root.Spec.VirtualHost = &contour.VirtualHost{Fqdn: fmt.Sprintf("site%d.example", i), TLS: &contour.TLS{SecretName: "wild"}}
		root.Spec.Includes = []contour.Include{{Name: root.Name, Namespace: "site"}}
		fanout := &contour.HTTPProxy{ObjectMeta: meta("site", root.Name)}
		fanout.Spec.Includes = []contour.Include{{Name: root.Name, Namespace: fmt.Sprint("team", i%500), Conditions: []contour.MatchCondition{{Prefix: "/app"}}}}
		c.Set = append(c.Set, value(kindProxy, "security", root.Name, root), value(kindProxy, "site", root.Name, fanout), team(i, 404))
	}
	for i := range 500 {
		namespace := fmt.Sprint("team", i)
		c.Set = append(c.Set, value(kindService, namespace, "app", &corev1.Service{
			ObjectMeta: meta(namespace, "app"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "web", Port: 80}}},
		}), slice(i, "10.0.0.1"))
	}
	return c
}

func slice(i int, address string) source.Object {
	namespace, port, web := fmt.Sprint("team", i), int32(8080), "web"
	s := &discoveryv1.EndpointSlice{ObjectMeta: meta(namespace, "app-1")}
	s.Labels = map[string]string{discoveryv1.LabelServiceName: "app"}
	s.Ports = []discoveryv1.EndpointPort{{Name: &web, Port: &port}}
	s.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{address}}}
	return value(kindSlice, namespace, "app-1", s)
}

const benchHosts = 10_000 // with five routes each

func loaded(b testing.TB) *State {
	s, c := New(Options{}), trees(benchHosts)
	c.Set = append(c.Set, wildcard(b))
	out := s.Apply(c)
	if len(out.Sites) != benchHosts || len(out.Endpoints) != 500 || len(s.Findings()) > 0 {
		b.Fatal(len(out.Sites), len(out.Endpoints), s.Findings()[:1])
	}
	return s
}

func wildcard(b testing.TB) source.Object {
	pair := certificate(b, "*.example")
	return value(kindSecret, "security", "wild", &corev1.Secret{
		ObjectMeta: meta("security", "wild"), Data: map[string][]byte{"tls.crt": pair.crt, "tls.key": pair.key},
	})
}

// BenchmarkChange: one object of 50,000 routes is another one.
func BenchmarkChange(b *testing.B) {
	s := loaded(b)
	b.Run("team", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if out := s.Apply(source.Change{Set: []source.Object{team(7, 404+i%2)}}); i > 0 && len(out.Sites) != 1 {
				b.Fatal(len(out.Sites))
			}
		}
	})
	b.Run("endpoint", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if out := s.Apply(source.Change{Set: []source.Object{slice(7, fmt.Sprintf("10.0.1.%d", i%2))}}); len(out.Sites) != 0 || len(out.Endpoints) != 1 {
				b.Fatal(len(out.Sites), len(out.Endpoints))
			}
		}
	})
	b.Run("secret-of-all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if out := s.Apply(source.Change{Set: []source.Object{wildcard(b)}}); len(out.Sites) != benchHosts {
				b.Fatal(len(out.Sites))
			}
		}
	})
	b.Run("findings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Findings()
		}
	})
}

// BenchmarkLoad: 50,000 routes of 10,000 hosts, from objects to sites.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		loaded(b)
	}
}

// ingressOf is an Ingress of one host with five paths.
func ingressOf(t rapid.TB, i int, path string) source.Object {
	namespace, name := fmt.Sprint("team", i%500), fmt.Sprint("site", i)
	o := value(kindIngress, namespace, name, nil)
	paths := ""
	for _, p := range []string{"/", "/a", "/b", "/c", path} {
		paths += "      - {path: " + p + ", pathType: Prefix, backend: {service: {name: " + name + ", port: {number: 80}}}}\n"
	}
	o.Text = fmt.Appendf(nil, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: %s}\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: %s.example\n    http:\n      paths:\n%s",
		name, namespace, name, paths)
	o.Value = ingressIn(t, o)
	return o
}

// BenchmarkIngress: one of 10,000 Ingresses with 50,000 paths is another one.
func BenchmarkIngress(b *testing.B) {
	s := New(Options{})
	var c source.Change
	for i := range benchHosts {
		c.Set = append(c.Set, ingressOf(b, i, "/d"))
	}
	if out := s.Apply(c); len(out.Sites) != benchHosts {
		b.Fatal(len(out.Sites))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if out := s.Apply(source.Change{Set: []source.Object{ingressOf(b, 7, fmt.Sprint("/e", i%2))}}); len(out.Sites) != 1 {
			b.Fatal(len(out.Sites))
		}
	}
}
