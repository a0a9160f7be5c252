package proxy

import (
	"net/http"

	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// pick takes the endpoint for a try: the one that the client is kept at, or whichever the
// balancer wants.
func (x *exchange) pick(f *forward, t *target, k *cluster, tried []*upstream.Endpoint) *upstream.Endpoint {
	if t.affinity == nil {
		var hash uint64
		if f.hash != nil {
			hash = f.hash(x)
		}
		return k.Pick(hash, tried)
	}
	if len(tried) == 0 {
		x.key, x.fresh = t.affinity.Key(x.r)
	}
	if !t.affinity.Persistent() {
		return k.Pick(policy.HashText(x.key), tried)
	}
	return x.persistent(f, k, tried)
}

// persistent is the endpoint that the client's key names, as long as it is there; else the
// balancer's, which becomes the client's. After a failure it becomes so only if the route
// wants it.
func (x *exchange) persistent(f *forward, k *cluster, tried []*upstream.Endpoint) *upstream.Endpoint {
	if len(tried) == 0 && !x.fresh {
		for _, e := range k.Endpoints() {
			if policy.EndpointKey(e.Address()) == x.key {
				return e
			}
		}
	}
	e := k.Pick(0, tried)
	if e != nil && (len(tried) == 0 || x.fresh || f.Affinity.ChangeOnFailure) {
		x.key, x.fresh = policy.EndpointKey(e.Address()), true
	}
	return e
}

// keepClient puts the cookie of a new client on the response.
func (x *exchange) keepClient(t *target, h http.Header) {
	if t.affinity != nil && x.fresh && !x.route.Forward.Affinity.Silent {
		t.affinity.Set(h, x.key, x.secure)
	}
}
