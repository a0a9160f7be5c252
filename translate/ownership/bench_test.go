package ownership

import (
	"fmt"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// BenchmarkPlan infers a plan and asks it for the owner of every route: 3 paths a host, or
// all paths on one.
func BenchmarkPlan(b *testing.B) {
	models := map[string]intent.Model{"hosts=2000": giant(2000), "hosts=20000": giant(20000), "paths=20000": oneHost(20000)}
	for _, name := range []string{"hosts=2000", "hosts=20000", "paths=20000"} {
		b.Run(name, func(b *testing.B) {
			in := Input{Model: models[name], ServiceLabels: noLabels, IngressLabels: noLabels}
			b.ReportAllocs()
			for b.Loop() {
				p, _ := Infer(in, "", "")
				for i := range in.Model.Hosts {
					h := &in.Model.Hosts[i]
					for j := range h.Routes {
						if _, ok := p.Decide(h.Name, h.Routes[j]); !ok {
							b.Fatal("nobody owns", h.Name, h.Routes[j].Match.Path)
						}
					}
				}
			}
		})
	}
}

// oneHost has all paths on one host, of two namespaces by turns.
func oneHost(paths int) intent.Model {
	m := giant(1)
	h := &m.Hosts[0]
	for i := range paths {
		r := h.Routes[i%3]
		r.Match.Path.Value = fmt.Sprintf("/p-%d/q", i)
		h.Routes = append(h.Routes, r)
	}
	return m
}

func noLabels(string, string) (labels, annotations map[string]string) { return nil, nil }
