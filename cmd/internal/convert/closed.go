package convert

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// closed are roots that answer 503, for withheld hosts below a wildcard host that is
// written: without a root of their own, the wildcard's routes would answer their requests.
// The roots are added to those that are left.
func (res *Result) closed(forest delegation.Forest, left *delegation.Forest, opts Options) ([]httpproxy.Object, error) {
	there := map[string]bool{}
	for _, root := range left.Roots {
		there[root.Host] = true
	}
	shut := delegation.Forest{Paths: forest.Paths}
	for _, root := range forest.Roots {
		host, wild := &res.Hosts[res.indexOf(root.Host)], httpproxy.Wildcard(root.Host)
		if host.Withheld == "" || !there[wild] {
			continue
		}
		host.ClosedFor = wild
		r := shell(root)
		if r.TLS != nil && r.TLS.Passthrough != nil {
			r.TLS = nil // there is nobody to relay to: the wildcard's certificate stands in
			for _, other := range left.Roots {
				if other.Host == wild && other.TLS != nil && other.TLS.Passthrough == nil {
					r.TLS, r.Adopted = other.TLS, wild
				}
			}
		}
		r.Routes = []delegation.Placed{{Route: intent.Route{
			Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
			Respond: &intent.Respond{Status: 503, Blocked: "withheld"},
			Origins: root.Origins,
		}}}
		shut.Roots = append(shut.Roots, r)
	}
	r, err := render.Objects(shut, opts.Target)
	if err != nil {
		return nil, fmt.Errorf("bug: a root that answers 503 has no form: %w", err)
	}
	left.Roots = append(left.Roots, r.Lowered.Forest.Roots...)
	return r.Objects, nil
}
