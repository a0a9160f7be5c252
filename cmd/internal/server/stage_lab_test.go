package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// stage is the whole program behind real listeners, with manifests that a test writes.
type stage struct {
	t           testing.TB
	http, https string
	authority   *authority
	pipeline    *pipeline
	first       serve.Reload
}

// newStage serves manifests until the test is over.
func newStage(t testing.TB, a *authority, in input, manifests string) *stage {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.yaml"), []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	in.files = []string{dir}
	s := &stage{t: t, authority: a, pipeline: newPipeline(in, reports{log: slog.New(slog.DiscardHandler)})}
	server, err := serve.New(serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", H2C: true, DrainTimeout: -1, Metrics: serve.NewMetrics("test", 0)}, s.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.pipeline.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.first = first
	for _, f := range first.Findings {
		t.Logf("finding: %s", serve.FindingText(f))
	}
	s.http, s.https = server.Addresses().HTTP, server.Addresses().HTTPS
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the end: %v", err)
		}
		if err := s.pipeline.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// roots are the certificates that clients and upstreams of a stage believe.
func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.pem)
	return pool
}

// trusted is the Secret ns/authority with the certificate of the authority.
func (a *authority) trusted() string {
	return "\napiVersion: v1\nkind: Secret\nmetadata: {name: authority, namespace: ns}\ndata: {ca.crt: " + base64.StdEncoding.EncodeToString(a.pem) + "}\n---"
}

// pair is the Secret ns/NAME with a certificate of NAME.test.
func (a *authority) pair(name string) string {
	var b strings.Builder
	a.secret(&b, name)
	return b.String()
}

// serviceAt is a Service of ns with one endpoint, or none for an empty address.
func serviceAt(name, address string) string {
	service := fmt.Sprintf("\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: ns}\nspec: {ports: [{name: web, port: 80}]}\n---", name)
	if address == "" {
		return service
	}
	host, port, _ := net.SplitHostPort(address)
	return service + fmt.Sprintf(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s, namespace: ns, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{name: web, port: %[2]s}]
endpoints: [{addresses: [%[3]s]}]
---`, name, port, host)
}

// rootAt is a HTTPProxy for NAME.test in the clear and over TLS, with one route.
func rootAt(name, route string) string {
	return fmt.Sprintf(`
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: %[1]s, namespace: ns}
spec:
  virtualhost: {fqdn: %[1]s.test, tls: {secretName: %[1]s}}
  routes: [{permitInsecure: true, %[2]s}]
---`, name, route)
}

// ingressAt is an Ingress for NAME.test in the clear and over TLS, with annotations without
// their prefix.
func ingressAt(name, service string, annotations ...string) string {
	list := "nginx.ingress.kubernetes.io/ssl-redirect: 'false'"
	for _, a := range annotations {
		list += ", nginx.ingress.kubernetes.io/" + a
	}
	return fmt.Sprintf(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %[1]s, namespace: ns, annotations: {%[3]s}}
spec:
  ingressClassName: nginx
  tls: [{hosts: [%[1]s.test], secretName: %[1]s}]
  rules: [{host: %[1]s.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %[2]s, port: {number: 80}}}}]}}]
---`, name, service, list)
}

// protocols are the ways of clients to a stage.
var protocols = []string{"http/1.1", "https/1.1", "h2c", "h2"}

// client speaks one protocol to one host of a stage.
func (s *stage) client(protocol, host string) (c *http.Client, url string) {
	address, url := s.http, "http://"+host
	t := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	t.TLSClientConfig = &tls.Config{RootCAs: s.authority.roots(), ServerName: host}
	switch protocol {
	case "http/1.1":
		t.Protocols.SetHTTP1(true)
	case "https/1.1":
		t.Protocols.SetHTTP1(true)
		address, url = s.https, "https://"+host
	case "h2c":
		t.Protocols.SetUnencryptedHTTP2(true)
	case "h2":
		t.Protocols.SetHTTP2(true)
		address, url = s.https, "https://"+host
	default:
		s.t.Fatalf("no protocol %q", protocol)
	}
	t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	s.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t}, url
}

// soon bounds what a test waits for.
const soon = 10 * time.Second
