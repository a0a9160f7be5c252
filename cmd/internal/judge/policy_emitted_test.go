package judge

import (
	"fmt"
	"testing"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// testEmitted: what the demo, the fixtures and the corpus are converted to passes the policies
// that are made of the same plan.
func testEmitted(t *testing.T, dir Tools) {
	inputs := append([]Input{demoInput(t)}, fixtureInputs(t)...)
	inputs = append(inputs, corpusInputs(t)...)
	objects := 0
	for _, in := range inputs {
		objects += len(in.Objects)
		t.Run(in.Name, func(t *testing.T) {
			t.Parallel()
			policies{dir, guard.From(in.Plan)}.passes(t, in.Objects)
		})
	}
	t.Cleanup(func() { t.Logf("%d objects of %d conversions were asked about", objects, len(inputs)) })
}

// passes asks conftest and gator about objects of which none may be refused.
func (p policies) passes(t *testing.T, objects []httpproxy.Object) {
	folder := t.TempDir()
	p.write(t, folder, guard.Deny)
	p.templates(t, folder, guard.Deny)
	for i, o := range objects {
		data := o.Data
		if data == nil {
			var err error
			if data, err = emit.Document(o.Value); err != nil {
				t.Fatal(err)
			}
		}
		place(t, folder, fmt.Sprintf("objects/%d.yaml", i), data)
	}
	failures, _, failed := p.combined(t, folder, "main", "whole")
	for _, f := range failures {
		t.Errorf("conftest: %s", f.Msg)
	}
	out, refused := p.asked(t, folder, gator, "test", "-f", "policies", "-f", "objects")
	if failed || refused {
		t.Errorf("conftest failed=%v, gator refused=%v: %s", failed, refused, out)
	}
}
