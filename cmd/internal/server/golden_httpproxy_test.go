package server

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/cmd/internal/golden"
)

// TestGoldenPredictions: what a converted run will answer is predicted in every dimension, for
// other requests than the recorded ones, too. That is the hand-made folder, and a few runs of
// each other one.
func TestGoldenPredictions(t *testing.T) {
	folders := golden.Folders(t)
	for i, f := range folders {
		folders[i].Runs = f.Runs[:min(len(f.Runs), 3)]
	}
	t.Logf("%s", golden.Test(t, folders, golden.Mode{Name: "predicted", Lines: golden.Varied, Serve: func(t testing.TB, l *golden.Lab) (golden.Addresses, golden.Expecter) {
		at, e := serveHTTPProxies(t, l)
		return at, e.(*golden.Converted).Alone()
	}}))
}

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
	return serveGolden(t, input{clock: l.Clock()}, slices.Concat(l.Manifests("Ingress", "IngressClass"), written)), c
}
