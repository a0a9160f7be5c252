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
	Objects []httpproxy.Object // proxies by host, parents first
	Edits   []intent.Edit
	Lowered httpproxy.Lowered
}

// Objects renders a forest as HTTPProxies.
func Objects(f delegation.Forest, opts httpproxy.Options) (Result, error) {
	low := httpproxy.Lower(f, opts)
	proxies, err := httpproxy.Encode(low.Forest, opts)
	return Result{Objects: proxies, Edits: low.Edits, Lowered: low}, err
}

// Without are the objects of a result without those of some hosts. A host that shares the
// fanout of a host that goes must be among those that go.
func (r Result) Without(gone map[string]bool) []httpproxy.Object {
	return slices.DeleteFunc(slices.Clone(r.Objects), func(o httpproxy.Object) bool { return gone[o.Hosts[0]] })
}

// Companions are what the roots of a lowered forest need beside them: namespaces,
// Certificates and delegations of Secrets. No roots need nothing.
func Companions(lowered delegation.Forest, rootNamespace, fanoutNamespace string, opts httpproxy.Options) ([]httpproxy.Object, []ledger.Finding) {
	if len(lowered.Roots) == 0 {
		return nil, nil
	}
	objects, findings := httpproxy.Companions(lowered, opts)
	return slices.Concat(httpproxy.Namespaces(rootNamespace, fanoutNamespace), objects), findings
}
