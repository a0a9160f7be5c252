package httpproxy_test

import (
	"slices"
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
		explicit, before := m, m.String()
		explicit.Hosts = slices.Clone(m.Hosts)
		problems = append(problems, httpproxy.Explicit(&explicit, w.explicit())...)
		if m.String() != before {
			t.Error("what other models may share was changed")
		}
		for _, h := range explicit.Hosts {
			for _, r := range h.Routes {
				if f := r.Forward; f != nil && (f.Timeouts.Connect == 0 || f.Timeouts.Idle == 0 || f.Timeouts.Response == 0 || f.Timeouts.Connection == 0 || f.Balance == nil) {
					t.Errorf("not everything is written out: %s", r)
				}
			}
		}
		return []txtar.File{{Name: "model", Data: []byte(explicit.String())}, {Name: "problems", Data: []byte(problemText(problems))}}
	})
}
