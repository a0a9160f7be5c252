package proxy

import (
	"net/http"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
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
	switch {
	case !t.affinity.Persistent():
		return x.balanced(f, t, k, tried)
	case len(tried) > 0 && !x.fresh && !f.Affinity.ChangeOnFailure:
		return tried[len(tried)-1]
	}
	return x.persistent(f, k, tried)
}

// otherKeys is how many keys are tried to find one of another endpoint (as many as
// ingress-nginx does).
const otherKeys = 20

// balanced is the endpoint that the client's key leads to. After a failure, ingress-nginx
// stays with it, unless the client is new or the route wants to change: then it gets the key
// of an endpoint that was not tried. Envoy takes another one, and the key stays.
func (x *exchange) balanced(f *forward, t *target, k *cluster, tried []*upstream.Endpoint) *upstream.Endpoint {
	switch {
	case len(tried) == 0 || x.site.Plane == intent.Normalized:
		return k.Pick(policy.HashText(x.key), tried)
	case !x.fresh && !f.Affinity.ChangeOnFailure:
		return tried[len(tried)-1]
	}
	for range otherKeys {
		key := t.affinity.NewKey()
		if e := k.Pick(policy.HashText(key), nil); e != nil && !slices.Contains(tried, e) {
			x.key, x.fresh = key, true
			return e
		}
	}
	return k.Pick(policy.HashText(x.key), tried)
}

// persistent is the endpoint that the client's key names, as long as it is there; else the
// balancer's, which becomes the client's.
func (x *exchange) persistent(f *forward, k *cluster, tried []*upstream.Endpoint) *upstream.Endpoint {
	if len(tried) == 0 && !x.fresh {
		for _, e := range k.Endpoints() {
			if policy.EndpointKey(e.Address()) == x.key {
				return e
			}
		}
	}
	e := k.Pick(0, tried)
	if e != nil {
		x.key, x.fresh = policy.EndpointKey(e.Address()), true
	}
	return e
}

// keepClient puts the cookie of a new client on the response.
func (x *exchange) keepClient(t *target, h http.Header) {
	if t.affinity != nil && x.fresh && !x.route.Forward.Affinity.Silent {
		t.affinity.Set(h, x.r, x.key, x.secure)
	}
}
