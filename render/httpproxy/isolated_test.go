package httpproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// TestIsolated runs the cases under fixtures/faults: objects, one of them with a fault, and
// requests ("scheme host path [name=value]..."), with what they get from Contour and where
// faults are isolated.
func TestIsolated(t *testing.T) {
	fixtures(t, "faults", 2, func(t *testing.T, input []string) []txtar.File {
		w := readWorld(t, input[0])
		opts := httpproxy.DecodeOptions{Secrets: w.secrets, Delegations: w.delegations}
		theirs, theirProblems := httpproxy.DecodeWith(w.proxies, w.ingresses, opts)
		opts.Isolated = true
		ours, ourProblems := httpproxy.DecodeWith(w.proxies, w.ingresses, opts)
		var b strings.Builder
		fmt.Fprintf(&b, "%-40s %-20s %s\n", "request", "contour", "isolated")
		for request := range strings.Lines(input[1]) {
			f := strings.Fields(request)
			fmt.Fprintf(&b, "%-40s %-20s %s\n", strings.Join(f, " "), askLine(t, theirs, f), askLine(t, ours, f))
		}
		for _, h := range ours.Hosts {
			if h.TLS != nil && h.TLS.Why != "" {
				if h.TLS.Secret != "" {
					t.Errorf("%s has a certificate", h.Name)
				}
				fmt.Fprintf(&b, "no certificate for %s: %s\n", h.Name, h.TLS.Why)
			}
		}
		return []txtar.File{
			{Name: "answers", Data: []byte(b.String())},
			{Name: "contour", Data: []byte(problemText(theirProblems))},
			{Name: "isolated", Data: []byte(problemText(ourProblems))},
		}
	})
}

// askLine asks a model for "scheme host path [name=value]...".
func askLine(t *testing.T, m intent.Model, f []string) string {
	t.Helper()
	if len(f) < 3 {
		t.Fatalf("want scheme, host and path: %v", f)
	}
	var hs []table.Header
	for _, h := range f[3:] {
		name, value, _ := strings.Cut(h, "=")
		hs = append(hs, table.Header{Name: name, Value: value})
	}
	return askAt(t, m, f[0], f[1], f[2], hs...)
}
