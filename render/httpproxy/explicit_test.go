package httpproxy_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// TestExplicit runs the cases under fixtures/explicit: objects, and what they mean with
// every policy typed and every default written out.
func TestExplicit(t *testing.T) {
	fixtures(t, "explicit", 1, func(t *testing.T, input []string) []txtar.File {
		w := readWorld(t, input[0])
		m, problems := httpproxy.DecodeWith(w.proxies, w.ingresses, httpproxy.DecodeOptions{Services: w.services, Secrets: w.secrets})
		problems = append(problems, httpproxy.Explicit(&m, w.explicit())...)
		return []txtar.File{{Name: "model", Data: []byte(m.String())}, {Name: "problems", Data: []byte(problemText(problems))}}
	})
}
