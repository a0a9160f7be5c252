package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// Hosts of both kinds stand side by side. Each has an open prefix / and a guarded prefix
// /admin, which no address of this machine may reach, with an own backend for each; other-*
// are hosts of someone else. "P" stands for "e" (Envoy's kind) or "n" (nginx's).
const guardedPrefix = "/admin"

var planes = []string{"e", "n"}

// stronghold is the real pipeline behind real listeners, with a witness for each backend.
type stronghold struct {
	t           testing.TB
	http, https string
	witnesses   map[string]*witness
	authority   *authority
}

// owners are the hosts that a backend serves, and the prefix that it owns.
var owners = map[string]struct{ host, prefix string }{
	"e-open": {"e.test", "/"}, "e-admin": {"e.test", guardedPrefix}, "e-other": {"other-e.test", "/"}, "e-secret": {"secret-e.test", "/"},
	"n-open": {"n.test", "/"}, "n-admin": {"n.test", guardedPrefix}, "n-other": {"other-n.test", "/"}, "n-secret": {"secret-n.test", "/"},
	"e-secure": {"secure-e.test", "/"}, "n-secure": {"secure-n.test", "/"},
}

// limits are short, so that what is left open ends soon.
func shortLimits() serve.Limits {
	return serve.Limits{HeaderTimeout: 500 * time.Millisecond, IdleTimeout: 40 * time.Millisecond, HeaderBytes: 16 << 10}
}

func newStronghold(t testing.TB, limits serve.Limits) *stronghold {
	s := &stronghold{t: t, witnesses: map[string]*witness{}, authority: newAuthority(t)}
	for name := range owners {
		s.witnesses[name] = newWitness(t, name)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.yaml"), []byte(s.manifests()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPipeline(input{files: []string{dir}, isolated: true, bodyIdle: 300 * time.Millisecond}, reports{})
	server, err := serve.New(serve.Options{
		HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", H2C: true, Limits: limits, DrainTimeout: -1, Metrics: serve.NewMetrics("test", 0),
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	reload, err := p.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reload.Findings {
		t.Logf("finding: %s", serve.FindingText(f))
	}
	s.run(p, server)
	return s
}

// run serves until the test is over.
func (s *stronghold) run(p *pipeline, server *serve.Server) {
	s.http, s.https = server.Addresses().HTTP, server.Addresses().HTTPS
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the end: %v", err)
		}
		if err := p.Close(); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *stronghold) manifests() string {
	var b strings.Builder
	for name, w := range s.witnesses {
		fmt.Fprintf(&b, `
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: ns}
spec: {clusterIP: None, ports: [{name: web, port: 80, targetPort: %[2]d}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s, namespace: ns, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{name: web, port: %[2]d}]
endpoints: [{addresses: [127.0.0.1]}]
---`, name, w.port())
	}
	for _, plane := range planes {
		for _, host := range []string{"secret-", "secure-"} {
			s.authority.secret(&b, host+plane)
		}
	}
	fmt.Fprintf(&b, `
apiVersion: v1
kind: Secret
metadata: {name: authority, namespace: ns}
data: {ca.crt: %s}
---`, base64.StdEncoding.EncodeToString(s.authority.pem))
	b.WriteString(envoyHosts + nginxHosts)
	return b.String()
}

const envoyHosts = `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: e, namespace: ns}
spec:
  virtualhost: {fqdn: e.test}
  routes:
  - conditions: [{prefix: /admin}]
    ipAllowPolicy: [{source: Remote, cidr: 203.0.113.0/24}]
    services: [{name: e-admin, port: 80}]
  - conditions: [{prefix: /headers}, {header: {name: x-none, present: true}}]
    services: [{name: e-admin, port: 80}]
  - conditions: [{prefix: /ws}]
    enableWebsockets: true
    services: [{name: e-open, port: 80}]
  - conditions: [{prefix: /}]
    services: [{name: e-open, port: 80}]
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: other, namespace: ns}
spec:
  virtualhost: {fqdn: other-e.test}
  routes: [{services: [{name: e-other, port: 80}]}]
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: secure, namespace: ns}
spec:
  virtualhost: {fqdn: secure-e.test, tls: {secretName: secure-e}}
  routes: [{services: [{name: e-secure, port: 80}]}]
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: secret, namespace: ns}
spec:
  virtualhost:
    fqdn: secret-e.test
    tls: {secretName: secret-e, clientValidation: {caSecret: authority, forwardClientCertificate: {subject: true}}}
  routes: [{services: [{name: e-secret, port: 80}]}]
---`

const nginxHosts = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: admin, namespace: ns, annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 203.0.113.0/24}}
spec:
  ingressClassName: nginx
  rules: [{host: n.test, http: {paths: [{path: /admin, pathType: Prefix, backend: {service: {name: n-admin, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: open, namespace: ns}
spec:
  ingressClassName: nginx
  rules:
  - {host: n.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: n-open, port: {number: 80}}}}]}}
  - {host: other-n.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: n-other, port: {number: 80}}}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: secure, namespace: ns}
spec:
  ingressClassName: nginx
  tls: [{hosts: [secure-n.test], secretName: secure-n}]
  rules: [{host: secure-n.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: n-secure, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: secret
  namespace: ns
  annotations: {nginx.ingress.kubernetes.io/auth-tls-secret: ns/authority, nginx.ingress.kubernetes.io/auth-tls-pass-certificate-to-upstream: 'true'}
spec:
  ingressClassName: nginx
  tls: [{hosts: [secret-n.test], secretName: secret-n}]
  rules: [{host: secret-n.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: n-secret, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
`

// wire sends bytes on one connection, and gives everything that comes until the server
// closes it.
func (s *stronghold) wire(text string) string {
	s.t.Helper()
	c, err := net.Dial("tcp", s.http)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	return converse(s.t, c, text)
}

func converse(t testing.TB, c net.Conn, text string) string {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, text) // the server may close first: what it said is what counts
	answer, err := io.ReadAll(c)
	if slow, ok := err.(net.Error); ok && slow.Timeout() {
		t.Errorf("the connection stays open behind %.200q: %.300q", text, answer)
	}
	return string(answer)
}

// statuses are those of the responses on a connection.
func statuses(answer string) string {
	var all []string
	for line := range strings.SplitSeq(answer, "\r\n") {
		// A response may stand right behind the body of the one before.
		if at := strings.LastIndex(line, "HTTP/1."); at >= 0 && len(line) >= at+12 {
			all = append(all, line[at+9:at+12])
		}
	}
	return strings.Join(all, " ")
}

// saw gives what the upstreams got since the last time, and holds all of it against the
// principle: nothing may reach a backend that the table does not give it.
func (s *stronghold) saw() []seen {
	s.t.Helper()
	var all []seen
	var ws []*witness
	for _, w := range s.witnesses {
		ws = append(ws, w)
	}
	settled(ws)
	for _, w := range ws {
		requests, faults := w.take()
		for _, f := range faults {
			s.t.Errorf("not to be read in one way only: %.500s", f)
		}
		for _, r := range requests {
			if why := misplaced(r); why != "" {
				s.t.Errorf("%v (Host %q) reached the wrong backend: %s", r, r.host, why)
			}
		}
		all = append(all, requests...)
	}
	return all
}

// misplaced says why a request must not have reached the backend that saw it; "": it may.
func misplaced(r seen) string {
	own, ok := owners[r.backend]
	name := strings.ToLower(r.host)
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	switch name = strings.TrimSuffix(name, "."); {
	case !ok || name != own.host:
		return "it is of another host"
	case own.prefix == guardedPrefix:
		return "nobody here may get in there"
	}
	path, ok := plainPath(r.target, r.backend[0] == 'n')
	if !ok {
		return "its path is none"
	}
	if path == guardedPrefix || strings.HasPrefix(path, guardedPrefix+"/") || r.backend[0] == 'e' && strings.HasPrefix(path, guardedPrefix) {
		return "its path is " + path + ", which is guarded"
	}
	return ""
}

// plainPath is an own reading of the path of a target: what stands for a letter, a dot and
// the like is decoded, with all also slashes; slashes are merged; dot segments resolved.
func plainPath(target string, all bool) (string, bool) {
	path, _, _ := strings.Cut(target, "?")
	if all {
		path, _, _ = strings.Cut(path, "#")
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return "", false
	}
	if !all {
		decoded, err = url.PathUnescape(strings.NewReplacer("%2f", "%252f", "%2F", "%252F", "%5c", "%255c", "%5C", "%255C", "%25", "%2525").Replace(path))
		decoded = strings.ReplaceAll(decoded, `\`, "/")
	}
	var out []string
	for segment := range strings.SplitSeq(decoded, "/") {
		switch segment {
		case "", ".":
		case "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, segment)
		}
	}
	return "/" + strings.Join(out, "/"), err == nil
}

// authority signs certificates of hosts and clients.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func (a *authority) leaf(name string) (cert, key []byte) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, own.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

// client is a certificate that the authority signed.
func (a *authority) client(name string) tls.Certificate {
	pair, err := tls.X509KeyPair(a.leaf(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

func (a *authority) secret(b *strings.Builder, name string) {
	cert, key := a.leaf(name + ".test")
	encode := base64.StdEncoding.EncodeToString
	fmt.Fprintf(b, `
apiVersion: v1
kind: Secret
metadata: {name: %s, namespace: ns}
type: kubernetes.io/tls
data: {tls.crt: %s, tls.key: %s}
---`, name, encode(cert), encode(key))
}
