package faults_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"strings"
)

// objects is text of several documents.
type objects struct{ strings.Builder }

func (o *objects) add(format string, args ...any) *objects {
	fmt.Fprintf(o, "---\n"+strings.TrimPrefix(format, "\n"), args...)
	return o
}

// service is a Service with one port, 80, and its EndpointSlice.
func (o *objects) service(name string, addresses ...string) *objects {
	return o.port(name).slice(name, addresses...)
}

func (o *objects) port(name string) *objects {
	namespace, name := place(name)
	return o.add(`
apiVersion: v1
kind: Service
metadata: {name: %s, namespace: %s}
spec: {ports: [{name: web, port: 80}]}
`, name, namespace)
}

// slice has addresses "ip:port", each of which is a slice of its own, as their ports differ.
func (o *objects) slice(name string, addresses ...string) *objects {
	namespace, name := place(name)
	for i, a := range addresses {
		host, port, err := net.SplitHostPort(a)
		if err != nil {
			panic(err) // a test names an address that is none
		}
		o.add(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %s-%d, namespace: %s, labels: {kubernetes.io/service-name: %s}}
addressType: IPv4
ports: [{name: web, port: %s}]
endpoints: [{addresses: [%s]}]
`, name, i, namespace, name, port, host)
	}
	return o
}

// proxy is an HTTPProxy; spec is its specification on lines of its own, not indented.
func (o *objects) proxy(name, spec string) *objects {
	namespace, name := place(name)
	return o.add(`
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: %s, namespace: %s}
spec:
%s
`, name, namespace, indent(spec))
}

// ingress is an Ingress of ingress-nginx with one path; annotations are in flow style and
// without their prefix.
func (o *objects) ingress(name, host, path, service string, annotations ...string) *objects {
	namespace, name := place(name)
	for i, a := range annotations {
		annotations[i] = "nginx.ingress.kubernetes.io/" + a
	}
	return o.add(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %s, namespace: %s, annotations: {%s}}
spec:
  ingressClassName: nginx
  rules: [{host: %s, http: {paths: [{path: %q, pathType: ImplementationSpecific, backend: {service: {name: %s, port: {number: 80}}}}]}}]
`, name, namespace, strings.Join(annotations, ", "), host, path, service)
}

// secret is a certificate with its key.
func (o *objects) secret(name string, cert, key []byte) *objects {
	namespace, name := place(name)
	encode := base64.StdEncoding.EncodeToString
	return o.add(`
apiVersion: v1
kind: Secret
metadata: {name: %s, namespace: %s}
type: kubernetes.io/tls
data: {tls.crt: %q, tls.key: %q}
`, name, namespace, encode(cert), encode(key))
}

// place is the namespace and the name of "namespace/name".
func place(text string) (namespace, name string) {
	namespace, name, _ = strings.Cut(text, "/")
	return namespace, name
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n  ")
}
