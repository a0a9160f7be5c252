package manifest

import (
	"bytes"
	"fmt"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const benchIngress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-%[1]d
  namespace: team-%[1]d
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$2
    nginx.ingress.kubernetes.io/use-regex: "true"
    nginx.ingress.kubernetes.io/proxy-read-timeout: "120"
    nginx.ingress.kubernetes.io/enable-cors: "true"
spec:
  ingressClassName: nginx
  tls:
  - hosts: [h%[1]d.example.com]
    secretName: tls-%[1]d
  rules:
  - host: h%[1]d.example.com
    http:
      paths:
      - path: /a(/|$)(.*)
        pathType: ImplementationSpecific
        backend:
          service:
            name: a
            port:
              number: 80
      - path: /b
        pathType: Prefix
        backend:
          service:
            name: b
            port:
              name: http
      - path: /c
        pathType: Exact
        backend:
          service:
            name: c
            port:
              number: 8080
`

func manyIngresses(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, benchIngress, i)
	}
	return b.Bytes()
}

func BenchmarkRead10000(b *testing.B) {
	text := manyIngresses(10_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		set, err := Read([]Source{{"-", bytes.NewReader(text)}}, Options{})
		if err != nil || len(set.Ingresses) != 10_000 || len(set.Findings) != 0 {
			b.Fatal(err, len(set.Ingresses), set.Findings)
		}
	}
}

// BenchmarkBareNodes10000 is the part of it that the YAML parser takes.
func BenchmarkBareNodes10000(b *testing.B) {
	text := manyIngresses(10_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		d := yaml.NewDecoder(bytes.NewReader(text))
		for range 10_000 {
			var n yaml.Node
			if err := d.Decode(&n); err != nil {
				b.Fatal(err)
			}
		}
	}
}
