// Package render makes objects of a delegation forest: somebody's API, with every
// difference to the forest named as an edit.
package render

import (
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/envoy"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Result is what a target makes of a forest.
type Result struct {
	Objects []httpproxy.Object // proxies by host, parents first
	Edits   []intent.Edit
	Lowered httpproxy.Lowered
}

// Objects renders a forest as HTTPProxies. Hosts with an object that Envoy may refuse are withheld.
func Objects(f delegation.Forest, opts httpproxy.Options) (Result, error) {
	low := httpproxy.Lower(f, opts)
	proxies, err := httpproxy.Encode(low.Forest, opts)
	r := Result{Objects: proxies, Edits: low.Edits, Lowered: low}
	gone := map[string]bool{}
	for _, o := range proxies {
		if p, ok := o.Value.(*contour.HTTPProxy); ok {
			r.refused(o, envoy.Proxy(p), gone)
		}
	}
	if len(gone) > 0 {
		r.Objects, r.Edits = r.Without(gone), r.Lowered.Edits
	}
	return r, err
}

// refused takes the hosts of an object out, if there is a reason why.
func (r *Result) refused(o httpproxy.Object, why string, gone map[string]bool) {
	for _, host := range o.Hosts {
		if why != "" && !gone[host] {
			gone[host] = true
			r.Lowered.Withhold(host, "Envoy may refuse HTTPProxy "+o.Namespace+"/"+o.Name+", and with it all that is new of the host, or of all hosts: "+why)
		}
	}
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
