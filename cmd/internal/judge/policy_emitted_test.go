package judge

import (
	"fmt"
	"testing"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
)

// testEmitted: what the demo, the fixtures and the corpus are converted to passes the policies
// that are made of the same plan.
func testEmitted(t *testing.T, dir Tools) {
	inputs := append([]Input{demoInput(t)}, fixtureInputs(t)...)
	inputs = append(inputs, corpusInputs(t)...)
	objects := 0
	for _, in := range inputs {
		p := policies{dir, guard.From(in.Plan)}
		folder := t.TempDir()
		p.write(t, folder, guard.Deny)
		p.templates(t, folder, guard.Deny)
		for i, o := range in.Objects {
			data := o.Data
			if data == nil {
				var err error
				if data, err = emit.Document(o.Value); err != nil {
					t.Fatal(err)
				}
			}
			place(t, folder, fmt.Sprintf("objects/%d.yaml", i), data)
		}
		objects += len(in.Objects)
		failures, _, failed := p.combined(t, folder, "main", "whole")
		for _, f := range failures {
			t.Errorf("%s: conftest: %s", in.Name, f.Msg)
		}
		out, refused := p.asked(t, folder, gator, "test", "-f", "policies", "-f", "objects")
		if failed || refused {
			t.Errorf("%s: conftest failed=%v, gator refused=%v: %s", in.Name, failed, refused, out)
		}
	}
	t.Logf("%d objects of %d conversions pass", objects, len(inputs))
}
