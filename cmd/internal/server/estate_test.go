package server

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// estate is a large input: hosts of three objects with one route each, as trees of
// HTTPProxies or as Ingresses, in one file or in a file per object.
type estate struct {
	hosts    int
	ingress  bool
	separate bool
	dir      string
	whole    []byte // the one file
}

// Objects of one host, of about 440 bytes each. The last one of each kind has the route that changes.
const (
	treeOf = `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: site-%[1]d
  namespace: security
  labels:
    app.kubernetes.io/managed-by: split-ingress
spec:
  virtualhost:
    fqdn: site-%[1]d.example.com
  includes:
    - name: site-%[1]d
      namespace: fanout
  routes:
    - conditions:
        - prefix: /.well-known/acme-challenge
      services:
        - name: solver
          port: 8089
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: site-%[1]d
  namespace: fanout
  labels:
    app.kubernetes.io/managed-by: split-ingress
spec:
  includes:
    - name: site-%[1]d
      namespace: %[2]s
      conditions:
        - prefix: /app
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: site-%[1]d
  namespace: %[2]s
  labels:
    app.kubernetes.io/managed-by: split-ingress
spec:
  routes:
    - services:
        - name: %[4]s
          port: 80
    - conditions:
        - prefix: /status
      requestRedirectPolicy:
        hostname: v%05[3]d.example.com
        scheme: https
        statusCode: 301
`
	ingressesOf = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: site-%[1]d
  namespace: %[2]s
spec:
  ingressClassName: nginx
  rules:
    - host: site-%[1]d.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: %[4]s
                port:
                  number: 80
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: site-%[1]d-api
  namespace: %[2]s
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "15"
    nginx.ingress.kubernetes.io/rewrite-target: /$1
spec:
  ingressClassName: nginx
  rules:
    - host: site-%[1]d.example.com
      http:
        paths:
          - path: /api/(.*)
            pathType: ImplementationSpecific
            backend:
              service:
                name: %[4]s
                port:
                  number: 80
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: site-%[1]d-status
  namespace: %[2]s
  annotations:
    nginx.ingress.kubernetes.io/permanent-redirect: https://v%05[3]d.example.com
spec:
  ingressClassName: nginx
  rules:
    - host: site-%[1]d.example.com
      http:
        paths:
          - path: /app/status
            pathType: Prefix
            backend:
              service:
                name: %[4]s
                port:
                  number: 80
`
	serviceOf = `apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec: {ports: [{port: %[3]d}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[2]s-1, namespace: %[1]s, labels: {kubernetes.io/service-name: %[2]s}}
addressType: IPv4
ports: [{name: "", port: %[3]d}]
endpoints: [{addresses: [127.0.0.1]}]
`
)

func (e *estate) host(i, value int) string {
	objects := treeOf
	if e.ingress {
		objects = ingressesOf
	}
	return fmt.Sprintf(objects, i, teamOf(i), value, serviceOfHost(i))
}

// hostsOfService is how many hosts lead to the same Service.
const hostsOfService = 10

func serviceOfHost(i int) string { return fmt.Sprintf("web-%d", i/hostsOfService) }

func teamOf(i int) string { return fmt.Sprintf("team-%d", i/hostsOfService%100) }

// write writes the whole input, and remembers where the last route of the one file changes.
func (e *estate) write(tb testing.TB) {
	e.dir = filepath.Join(tb.TempDir(), "objects")
	if err := os.Mkdir(e.dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	services := []string{fmt.Sprintf(serviceOf, "security", "solver", 8089)}
	for i := 0; i < e.hosts; i += hostsOfService {
		services = append(services, fmt.Sprintf(serviceOf, teamOf(i), serviceOfHost(i), 80))
	}
	e.put(tb, "services.yaml", []byte(strings.Join(services, "---\n")))
	var all bytes.Buffer
	for i := range e.hosts {
		text := e.host(i, 0)
		if e.separate {
			for n, object := range strings.Split(text, "---\n") {
				e.put(tb, fmt.Sprintf("%d-%d.yaml", i, n), []byte(object))
			}
			continue
		}
		fmt.Fprintf(&all, "---\n%s", text)
	}
	if e.whole = all.Bytes(); !e.separate {
		e.put(tb, "all.yaml", e.whole)
	}
}

// put writes a file of the input, whole or not at all, and says when it was to be seen.
func (e *estate) put(tb testing.TB, name string, text []byte) {
	if err := os.WriteFile(e.dir+".new", text, 0o644); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(e.dir+".new", filepath.Join(e.dir, name)); err != nil {
		tb.Fatal(err)
	}
}

// change prepares the change of one route to a value, in the middle of all; the function
// that it returns makes it.
func (e *estate) change(tb testing.TB, value int) func() {
	i, name := e.hosts/2, "all.yaml"
	objects := strings.Split(e.host(i, value), "---\n")
	text := []byte(objects[2])
	if e.separate {
		name = fmt.Sprintf("%d-2.yaml", i)
	} else {
		before := strings.Split(e.host(i, value-1), "---\n")
		at := bytes.Index(e.whole, []byte(before[2]))
		copy(e.whole[at:], text)
		text = e.whole
	}
	if err := os.WriteFile(e.dir+".new", text, 0o644); err != nil {
		tb.Fatal(err)
	}
	return func() {
		if err := os.Rename(e.dir+".new", filepath.Join(e.dir, name)); err != nil {
			tb.Fatal(err)
		}
	}
}

// seen waits until a request is answered by the changed route.
func (e *estate) seen(tb testing.TB, p *pipeline, value int) {
	r := httptest.NewRequest("GET", fmt.Sprintf("http://site-%d.example.com/app/status", e.hosts/2), nil)
	want := fmt.Sprintf("https://v%05d.example.com", value)
	got := ""
	for range 10_000 {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if got = w.Header().Get("Location"); strings.HasPrefix(got, want) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	tb.Fatalf("the answer is still %q, want %q", got, want)
}
