package equivalence_test

import (
	"testing"

	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

func TestProveTry(t *testing.T) {
	c := convert(t, httpproxy.Options{})
	decoded, _ := httpproxy.Decode(c.proxies)
	before, _ := table.New(c.model)
	after, _ := table.New(decoded)
	p := equivalence.Prove(before, after, "h.t", c.edits, equivalence.Bounds{})
	t.Logf("%q %+v", p.Why, p.Work)
	for _, d := range p.Differences {
		t.Logf("%d %s %+v edit %v\n%v\n%v", d.Count, d.Dimension, d.Request, d.Edit, d.Before, d.After)
	}
	for _, r := range p.Requests {
		t.Logf("%+v", r)
	}
}
