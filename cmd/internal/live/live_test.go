package live_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/live"
)

const shop = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  uid: 1-2-3
  creationTimestamp: "2024-05-06T07:08:09Z"
  labels: {app: shop}
  managedFields: [{manager: kubectl, fieldsV1: {f:spec: {}}}]
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: PRIVATE
    nginx.ingress.kubernetes.io/auth-type: basic
    nginx.ingress.kubernetes.io/auth-secret: users
    nginx.ingress.kubernetes.io/auth-realm: "{{ braces }} \u0085 here"
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example], secretName: shop-tls}, {hosts: [www.shop.example], secretName: gone}]
  rules:
  - host: shop.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {name: http}}}}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other, namespace: other, labels: {app: other}}
spec:
  ingressClassName: other
  tls: [{hosts: [other.example], secretName: other-tls}]
  defaultBackend: {service: {name: other, port: {number: 80}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: blog, namespace: blog}
spec:
  ingressClassName: nginx
  rules: [{host: blog.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: blog, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: other}
spec: {controller: other.example/other}
---
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: shop, labels: {team: sellers}}
spec: {ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: other}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: sellers}}
---
apiVersion: v1
kind: Namespace
metadata: {name: blog}
---
apiVersion: v1
kind: Secret
metadata: {name: users, namespace: shop, annotations: {kubectl.kubernetes.io/last-applied-configuration: PRIVATE}}
data: {auth: UFJJVkFURQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: shop-tls, namespace: shop}
type: kubernetes.io/tls
data: {tls.crt: bm9uZQ==, tls.key: UFJJVkFURQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: unused, namespace: shop}
data: {token: UFJJVkFURQ==}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: controller, namespace: ingress-nginx}
data: {ssl-redirect: "false"}
`

const contour = `
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: root, namespace: shop, labels: {app: shop}}
spec: {virtualhost: {fqdn: new.example}}
---
apiVersion: projectcontour.io/v1
kind: TLSCertificateDelegation
metadata: {name: certs, namespace: shop}
spec: {delegations: []}
`

func read(t *testing.T, s *stub, o live.Options) *manifest.Set {
	t.Helper()
	set, err := live.Read(t.Context(), s.connect(), o)
	if err != nil {
		t.Fatal(err)
	}
	if set.Unreadable > 0 {
		t.Fatalf("%d unreadable: %v", set.Unreadable, set.Findings)
	}
	return set
}

// contents are the objects of a set.
func contents(set *manifest.Set) []string {
	var all []string
	for _, e := range set.Ledger.Entries() {
		if e.Kind == ledger.Document {
			all = append(all, e.Origin.Object)
		}
	}
	return all
}

// TestRead: of a whole cluster, what the served Ingresses refer to and nothing else.
func TestRead(t *testing.T) {
	s := newStub(t, shop+contour)
	set := read(t, s, live.Options{Settings: manifest.Name{Namespace: "ingress-nginx", Name: "controller"}})
	want := []string{
		"Ingress shop/shop", "Ingress other/other", "Ingress blog/blog", "IngressClass nginx", "IngressClass other", "ConfigMap ingress-nginx/controller",
		"HTTPProxy shop/root", "TLSCertificateDelegation shop/certs",
		"Service shop/shop", "Namespace shop", "Namespace blog", "Secret shop/shop-tls", "Secret shop/users",
	}
	if diff := cmp.Diff(want, contents(set)); diff != "" {
		t.Error(diff)
	}
	if len(set.Findings) > 0 {
		t.Error(set.Findings)
	}
	for _, ref := range []manifest.Ref{{Kind: "Service", Namespace: "shop", Name: "x"}, {Kind: "IngressClass", Name: "x"}, {Kind: "Secret", Namespace: "shop", Name: "gone"}} {
		if !set.Missing(ref.Kind, ref.Namespace, ref.Name) {
			t.Errorf("%s was asked for and is not there: it should be missing", ref)
		}
	}
	if set.Missing("Secret", "shop", "never-asked-for") {
		t.Error("a Secret that was not asked for is missing")
	}
	if keys := set.Secrets[manifest.Name{Namespace: "shop", Name: "shop-tls"}].Keys; !slices.Equal(keys, []string{"tls.crt", "tls.key"}) {
		t.Errorf("keys of the Secret: %q", keys)
	}
	for _, e := range set.Ledger.Entries() {
		if e.Origin.File != "cluster:stub" || e.Origin.Line != 0 {
			t.Errorf("an entry's origin is %s", e.Origin)
		}
		if strings.Contains(e.Value, "PRIVATE") || strings.Contains(e.Key, "managedFields") {
			t.Errorf("%s: %q is in the ledger", e.Origin, e.Value)
		}
	}
	if a := set.Ingresses[0].Annotations; !slices.ContainsFunc(a, func(kv manifest.KeyValue) bool { return kv.Value == "{{ braces }} \u0085 here" }) {
		t.Errorf("annotations: %+v", a)
	}
	if doubled := set.Ledger.Doubled(); len(doubled) > 0 {
		t.Error(doubled)
	}
	for _, asked := range s.asked {
		if strings.Contains(asked, "/secrets?") || strings.Contains(asked, "unused") || strings.Contains(asked, "other-tls") {
			t.Errorf("%s was asked for", asked)
		}
	}
}

// TestSelection: -n bounds everything, labels bound Ingresses and HTTPProxies alone.
func TestSelection(t *testing.T) {
	s := newStub(t, shop+contour)
	set := read(t, s, live.Options{Namespace: "shop", Selector: "app=shop"})
	want := []string{
		"Ingress shop/shop", "IngressClass nginx", "IngressClass other", "HTTPProxy shop/root", "TLSCertificateDelegation shop/certs",
		"Service shop/shop", "Namespace shop", "Secret shop/shop-tls", "Secret shop/users",
	}
	if diff := cmp.Diff(want, contents(set)); diff != "" {
		t.Error(diff)
	}
	if len(set.Findings) != 1 || set.Findings[0].Rule != live.RulePart {
		t.Error(set.Findings)
	}
	for _, asked := range s.asked {
		path, query, _ := strings.Cut(asked, "?")
		if selected := strings.HasSuffix(path, "/ingresses") || strings.HasSuffix(path, "/httpproxies"); selected != strings.Contains(query, "labelSelector=app%3Dshop") {
			t.Errorf("%s: the selector is for Ingresses and HTTPProxies", asked)
		}
		if strings.Contains(path, "ingresses") && !strings.Contains(path, "/namespaces/shop/") {
			t.Errorf("%s: only one namespace was asked for", asked)
		}
	}
}

// many are Ingresses of one namespace.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i%04d, namespace: shop}\nspec: {defaultBackend: {service: {name: a, port: {number: 80}}}}\n---\n", i)
	}
	return strings.TrimSuffix(b.String(), "---\n")
}

// TestPages: a list comes in pages; where the server forgets what they are of, all is listed
// again, and nothing comes twice.
func TestPages(t *testing.T) {
	for _, expire := range []bool{false, true} {
		s := newStub(t, many(1201))
		s.expire = expire
		set := read(t, s, live.Options{})
		if len(set.Ingresses) != 1201 || set.Ingresses[1200].Name != "i1200" {
			t.Errorf("expire %v: %d Ingresses", expire, len(set.Ingresses))
		}
		pages := 0
		for _, asked := range s.asked {
			if strings.Contains(asked, "/ingresses") {
				pages++
			}
		}
		if pages != 3 { // of 500; or the first, the expired, and the whole
			t.Errorf("expire %v: %d pages: %q", expire, pages, s.asked)
		}
	}
}

// TestBorders: what lint looks at, and nothing that belongs to Ingresses.
func TestBorders(t *testing.T) {
	s := newStub(t, shop+contour)
	s.forbidden = []string{"/apis/networking.k8s.io/v1/ingressclasses", "/api/v1/services", "/api/v1/namespaces/shop*"}
	set := read(t, s, live.Options{Borders: true})
	want := []string{
		"Ingress shop/shop", "Ingress other/other", "Ingress blog/blog", "HTTPProxy shop/root", "TLSCertificateDelegation shop/certs", "Namespace shop", "Namespace blog",
	}
	if diff := cmp.Diff(want, contents(set)); diff != "" {
		t.Error(diff)
	}
	if len(set.Findings) > 0 {
		t.Error(set.Findings)
	}
	s.forbidden = []string{"/api/v1/namespaces"}
	if set := read(t, s, live.Options{Borders: true}); len(set.Findings) != 1 || set.Findings[0].Rule != live.RuleMissingRight {
		t.Error(set.Findings)
	}
}

// TestWithoutContour: where Contour is not installed nothing is missing, even for those who could
// not read its objects.
func TestWithoutContour(t *testing.T) {
	s := newStub(t, shop)
	if set := read(t, s, live.Options{}); len(set.Proxies) > 0 || len(set.Findings) > 0 {
		t.Error(set.Findings)
	}
	s.forbidden = []string{contourPath + "/httpproxies", contourPath + "/tlscertificatedelegations"}
	if set := read(t, s, live.Options{}); len(set.Findings) > 0 {
		t.Error(set.Findings)
	}
}

// TestRefused: what no reading can do without is an error that says what to do.
func TestRefused(t *testing.T) {
	settings := manifest.Name{Namespace: "ingress-nginx", Name: "controller"}
	for forbidden, c := range map[string]struct {
		options live.Options
		want    string
	}{
		"/apis/networking.k8s.io/v1/ingresses":                 {live.Options{}, `grant {apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["list"]} by a ClusterRole and a ClusterRoleBinding; or name a namespace with -n`},
		"/apis/networking.k8s.io/v1/namespaces/shop/ingresses": {live.Options{Namespace: "shop"}, `resources: ["ingresses"], verbs: ["list"]} by a Role and a RoleBinding in namespace shop`},
		"/api/v1/namespaces/ingress-nginx/configmaps/*":        {live.Options{Settings: settings}, `--controller-config ingress-nginx/controller: User "jane" cannot do that; grant {apiGroups: [""], resources: ["configmaps"], resourceNames: ["controller"], verbs: ["get"]}`},
		"nothing": {live.Options{Settings: manifest.Name{Namespace: "a", Name: "b"}}, "there is no such ConfigMap in cluster:stub"},
	} {
		s := newStub(t, shop)
		s.forbidden = []string{forbidden}
		_, err := live.Read(t.Context(), s.connect(), c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", forbidden, err, c.want)
		}
	}
}

// TestForbidden: each right that is missing is named with the rule that grants it; what can be
// read otherwise is read, and what can't is not missing.
func TestForbidden(t *testing.T) {
	for name, c := range map[string]struct {
		forbidden []string
		options   live.Options
		gone      string // kind that is not in the set
		want      map[string]string
	}{
		"services of one namespace": {
			[]string{"/api/v1/services", "/api/v1/namespaces/shop/services"}, live.Options{}, "",
			map[string]string{`grant {apiGroups: [""], resources: ["services"], verbs: ["list"]} by a Role and a RoleBinding in namespace shop`: "taken to exist"},
		},
		"services of all namespaces": {
			[]string{"/api/v1/services", "/api/v1/namespaces/shop/services", "/api/v1/namespaces/blog/services"}, live.Options{}, "Service",
			map[string]string{`grant {apiGroups: [""], resources: ["services"], verbs: ["list"]} by a ClusterRole and a ClusterRoleBinding`: "taken to exist"},
		},
		"the list of namespaces, but none of them": {[]string{"/api/v1/namespaces"}, live.Options{}, "", map[string]string{}},
		"one of the namespaces": {
			[]string{"/api/v1/namespaces", "/api/v1/namespaces/blog"}, live.Options{}, "",
			map[string]string{`grant {apiGroups: [""], resources: ["namespaces"], resourceNames: ["blog"], verbs: ["get"]} by a Role and a RoleBinding in namespace blog`: "labels"},
		},
		"the core group of a namespace": {
			[]string{"/api/v1/namespaces/shop*"}, live.Options{Namespace: "shop"}, "Namespace",
			map[string]string{
				`grant {apiGroups: [""], resources: ["namespaces"], resourceNames: ["shop"], verbs: ["get"]} by a Role and a RoleBinding in namespace shop`:                   "labels",
				`grant {apiGroups: [""], resources: ["services"], verbs: ["list"]} by a Role and a RoleBinding in namespace shop`:                                             "taken to exist",
				`grant {apiGroups: [""], resources: ["secrets"], resourceNames: ["gone", "shop-tls", "users"], verbs: ["get"]} by a Role and a RoleBinding in namespace shop`: "valid",
			},
		},
		"classes": {
			[]string{"/apis/networking.k8s.io/v1/ingressclasses"}, live.Options{Namespace: "shop"}, "IngressClass",
			map[string]string{`grant {apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: ["list"]} by a ClusterRole and a ClusterRoleBinding`: "--ingress-class"},
		},
		"Contour that is there": {
			[]string{contourPath + "/httpproxies"}, live.Options{}, "HTTPProxy",
			map[string]string{`grant {apiGroups: ["projectcontour.io"], resources: ["httpproxies"], verbs: ["list"]} by a ClusterRole and a ClusterRoleBinding`: "left out"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStub(t, shop+contour)
			s.forbidden = c.forbidden
			set := read(t, s, c.options)
			have := map[string]string{}
			for _, f := range set.Findings {
				if f.Rule == live.RuleMissingRight {
					have[f.Action] = f.Message
				}
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(c.want)), slices.Sorted(maps.Keys(have))); diff != "" {
				t.Error(diff)
			}
			for action, part := range c.want {
				if !strings.Contains(have[action], part) || !strings.Contains(have[action], `User "jane" cannot`) {
					t.Errorf("%s: %q", action, have[action])
				}
			}
			for _, object := range contents(set) {
				if kind, _, _ := strings.Cut(object, " "); kind == c.gone {
					t.Errorf("%s is in the set", object)
				}
			}
			if c.gone == "Service" && set.Missing("Service", "shop", "shop") {
				t.Error("a Service that may not be read is missing")
			}
		})
	}
}

// BenchmarkRead reads 5000 Ingresses; what the stub does counts, too.
func BenchmarkRead(b *testing.B) {
	s := newStub(b, many(5000))
	c := s.connect()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := live.Read(b.Context(), c, live.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
