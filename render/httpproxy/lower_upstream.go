package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// upstreamRules are about which endpoint gets a request, and how it is spoken to.
var upstreamRules = []partRule{
	{intent.BalancePart, lowerBalance},
	without(intent.AffinityPart, ledger.Untranslated, "not carried over"),
	{intent.UpstreamTLSPart, lowerUpstreamTLS},
	without(intent.ClusterIPPart, ledger.Approximated, "Envoy sends to the pods"),
	without(intent.PrimaryPart, ledger.Approximated, "the shares hold whether there are endpoints or not"),
}

func lowerUpstreamTLS(_ *lowering, _ owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	for i := range r.Forward.Backends {
		b := &r.Forward.Backends[i]
		switch {
		case b.TLS != nil && (b.Protocol == intent.HTTPS || b.Protocol == intent.AutoHTTP):
			return verdict{ledger.Blocked, "not carried over"}
		case b.Protocol == intent.HTTPS || b.Protocol == intent.H2:
			b.TLS = &intent.UpstreamTLS{}
		}
	}
	return verdict{}
}

func lowerBalance(_ *lowering, _ owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	if b := r.Forward.Balance; b == nil || b.Strategy == roundRobin {
		r.Forward.Balance = &intent.Balance{Strategy: roundRobin}
		return verdict{}
	}
	r.Forward.Balance = &intent.Balance{Strategy: roundRobin}
	return verdict{ledger.Untranslated, "not carried over"}
}
