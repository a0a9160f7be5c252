package server

import (
	"testing"

	"github.com/split-ingress/split-ingress/cmd/internal/golden"
)

// TestGoldenUnseen plays runs that nobody recorded: what our runtime answers for their
// Ingresses must be what the model of them says, and stands for what was recorded when they
// are converted.
func TestGoldenUnseen(t *testing.T) {
	folders := golden.Unseen(t)
	for _, m := range []golden.Mode{
		{Name: "foretold", Record: true, Serve: func(t testing.TB, l *golden.Lab) (golden.Addresses, golden.Expecter) {
			at, _ := serveInterpreted(t, l)
			e, err := l.Foretold()
			if err != nil {
				t.Fatal(err)
			}
			return at, e
		}},
		{Name: "unseen-httpproxy", Serve: serveHTTPProxies},
	} {
		t.Logf("%s", golden.Test(t, folders, m))
	}
}
