package server

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/split-ingress/split-ingress/cmd/internal/golden"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

// TestGolden plays each recorded run of ingress-nginx against our runtime, over real
// connections: with the Ingresses as they are, and with what they are converted to.
// Differences that the mode does not explain fail.
func TestGolden(t *testing.T) {
	golden.Publish(t, golden.Test(t, golden.Folders(t),
		golden.Mode{Name: "interpreted", Serve: serveInterpreted}, golden.Mode{Name: "httpproxy", Serve: serveHTTPProxies}))
}

// interpreted expects the recorded answers, but for what differs between nginx and our data
// plane on every host alike.
type interpreted struct{ lab *golden.Lab }

func serveInterpreted(t testing.TB, l *golden.Lab) (golden.Addresses, golden.Expecter) {
	at := serveGolden(t, input{isolated: true, classless: true, controller: golden.Controller, clock: l.Clock()}, l.Manifests())
	return at, interpreted{l}
}

// Expect is the recorded answer.
func (m interpreted) Expect(line *golden.Line) *golden.Expected {
	e := golden.Same(line)
	e.Excuse = func(d golden.Difference) string { return golden.Platform(m.lab, line, d) }
	return e
}

// serveGolden serves objects at free ports of the loopback address until the test ends.
func serveGolden(t testing.TB, in input, objects []byte) golden.Addresses {
	t.Helper()
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "objects.yaml"), objects, 0o600); err != nil {
		t.Fatal(err)
	}
	in.files = []string{files}
	p := newPipeline(in, reports{})
	if _, err := p.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Metrics: serve.NewMetrics("v0", 0), DrainTimeout: -1}, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Log(err) // connections that were left open are cut
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return golden.Addresses{HTTP: s.Addresses().HTTP, HTTPS: s.Addresses().HTTPS}
}
