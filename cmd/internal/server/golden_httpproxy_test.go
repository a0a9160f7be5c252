package server

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/cmd/internal/golden"
)

// serveHTTPProxies converts a run as `convert` does with its defaults, and serves what comes
// of it by Contour's rules.
func serveHTTPProxies(t testing.TB, l *golden.Lab) (golden.Addresses, golden.Expecter) {
	c, err := l.Convert()
	if err != nil {
		t.Fatal(err)
	}
	written, err := c.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	return serveGolden(t, input{}, slices.Concat(l.Manifests("Ingress", "IngressClass"), written)), c
}
