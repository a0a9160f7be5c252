// Package render makes objects of a delegation forest: somebody's API, with every
// difference to the forest named as an edit.
package render

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Result is what a target makes of a forest.
type Result struct {
	Objects  []httpproxy.Object // proxies by host, parents first
	Edits    []intent.Edit
	Lowered  httpproxy.Lowered
	Findings []ledger.Finding
}

// Objects renders a forest as HTTPProxies.
func Objects(f delegation.Forest, opts httpproxy.Options) (Result, error) {
	low := httpproxy.Lower(f, opts)
	proxies, err := httpproxy.Encode(low.Forest, opts)
	return Result{Objects: proxies, Edits: low.Edits, Lowered: low}, err
}

// Without is the result without some hosts, and with the companions of what is left:
// namespaces, Certificates and delegations of Secrets. A host that shares the fanout of a
// host that goes must be among those that go.
func (r Result) Without(gone map[string]bool, rootNamespace, fanoutNamespace string, opts httpproxy.Options) Result {
	out := r
	out.Objects = slices.DeleteFunc(slices.Clone(r.Objects), func(o httpproxy.Object) bool { return gone[o.Hosts[0]] })
	left := delegation.Forest{}
	for _, root := range r.Lowered.Forest.Roots {
		if !gone[root.Host] {
			left.Roots = append(left.Roots, root)
		}
	}
	if len(out.Objects) == 0 {
		return out
	}
	companions, findings := httpproxy.Companions(left, opts)
	out.Objects = slices.Concat(httpproxy.Namespaces(rootNamespace, fanoutNamespace), companions, out.Objects)
	out.Findings = findings
	return out
}
