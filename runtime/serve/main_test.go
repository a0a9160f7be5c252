package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plane is a data plane for tests.
type plane struct {
	http.HandlerFunc
	tls *tls.Config
}

func (p plane) GetConfigForClient(*tls.ClientHelloInfo) (*tls.Config, error) { return p.tls, nil }

// view is what it shows.
type view struct {
	ready    bool
	routes   []serve.Route
	findings []ledger.Finding
	table    *table.Table
}

func (v *view) Ready() bool { return v.ready }

func (v *view) Routes(host string) (some []serve.Route) {
	for _, r := range v.routes {
		if host == "" || r.Host == host {
			some = append(some, r)
		}
	}
	return some
}

func (v *view) Resolve(q table.Request) serve.Resolution {
	return serve.Resolution{Decision: v.table.Match(q), Route: "r1", Team: "shop", Plane: "envoy"}
}

func (v *view) Findings() []ledger.Finding { return v.findings }

// running is a server under test.
type running struct {
	*serve.Server
	serve.Addresses
	metrics *serve.Metrics
	stop    func()     // asks for the end
	ended   chan error // what Run gave
}

// start serves at free ports of the loopback address. The end of the test ends it.
func start(t *testing.T, o serve.Options, p plane) *running {
	t.Helper()
	if o.Metrics == nil {
		o.Metrics = serve.NewMetrics("v0", 0)
	}
	if o.View == nil {
		o.View = &view{ready: true}
	}
	if o.HTTP == "" && o.HTTPS == "" {
		o.HTTP = "127.0.0.1:0"
	}
	o.Admin = "127.0.0.1:0"
	s, err := serve.New(o, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Server: s, Addresses: s.Addresses(), metrics: o.Metrics, stop: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// wait gives what Run gave.
func (r *running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the server does not end")
		return nil
	}
}

func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.test"}, DNSNames: []string{"a.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		NextProtos:   []string{"h2", "http/1.1"},
	}
}

// client has connections of its own, which the end of the test closes.
func client(t *testing.T, protocols func(*http.Protocols)) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "a.test"},
		Protocols:       new(http.Protocols),
	}
	protocols(transport.Protocols)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func overHTTP1(p *http.Protocols) { p.SetHTTP1(true) }
func overHTTP2(p *http.Protocols) { p.SetHTTP2(true) }
func overH2C(p *http.Protocols)   { p.SetUnencryptedHTTP2(true) }

// fetch gives status and body.
func fetch(t *testing.T, c *http.Client, url string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// exposed is what Prometheus reads.
func exposed(m *serve.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// metric is the value of a metric with its labels; empty without one.
func metric(t *testing.T, m *serve.Metrics, name string) string {
	t.Helper()
	for line := range strings.Lines(exposed(m)) {
		if value, ok := strings.CutPrefix(line, "split_ingress_"+name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 500 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not so after 5 s: %s", what)
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func textLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
