package httpproxy

import (
	"fmt"
	"net/http"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// accessRules are about the client's address.
var accessRules = []partRule{
	{intent.AccessPart, lowerAccess},
	{intent.Satisfy, lowerSatisfy},
}

// lowerAccess makes one list of two, since ipAllowPolicy and ipDenyPolicy exclude each other.
// A list that lets nobody in denies every address: an empty ipAllowPolicy would be none.
func lowerAccess(l *lowering, _ *owned, r *intent.Route) verdict {
	a := r.Policies.Access
	if a == nil {
		return verdict{}
	}
	one, v := l.list(*a)
	r.Policies.Access = &one
	return v
}

// list is what HTTPProxy can say of lists, and what becomes of them.
func (l *lowering) list(a intent.Access) (intent.Access, verdict) {
	v := l.remote(a)
	if v.outcome == ledger.Blocked || len(a.Allow)+len(a.AllowRemote) == 0 || len(a.Deny)+len(a.DenyRemote) == 0 {
		return a, v
	}
	one, why := joined(a)
	if why != "" {
		return a, verdict{outcome: ledger.Blocked, reason: why}
	}
	if v.outcome <= ledger.Exact {
		v.reason = "a route has an allow list or a deny list, not both: one list of " + count(len(one.Allow)+len(one.Deny)) + " lets the same addresses in"
	}
	return one, v
}

// joined is both lists as one, or why there is none.
func joined(a intent.Access) (one intent.Access, why string) {
	allow, deny, remote := a.Allow, a.Deny, len(a.AllowRemote) > 0
	if remote {
		allow, deny = a.AllowRemote, a.DenyRemote
	}
	if remote && len(a.Allow)+len(a.Deny) > 0 || !remote && len(a.DenyRemote) > 0 {
		return one, "one list is about the address of the connection, and the other about what proxies in front say: a route has an allow list or a deny list, not both"
	}
	in, out, ok := oneList(allow, deny)
	if !ok {
		return one, fmt.Sprintf("a route has an allow list or a deny list, not both, and the one without the other takes more than %d networks: make them simpler", mostNetworks)
	}
	if remote {
		return intent.Access{AllowRemote: in, DenyRemote: out}, ""
	}
	return intent.Access{Allow: in, Deny: out}, ""
}

// remote is what becomes of a list that is about addresses which proxies in front say. nginx
// takes the leftmost address of a header that no trusted proxy has; Envoy the one that is as
// many places from the right of X-Forwarded-For as Contour is told. Whom that lets in depends
// on how many proxies there are, which somebody has to say: with too few, everybody behind a
// proxy has its address, and with too many, clients write theirs themselves.
func (l *lowering) remote(a intent.Access) verdict {
	t := l.trust
	if t == nil || len(a.AllowRemote)+len(a.DenyRemote) == 0 {
		return verdict{}
	}
	if http.CanonicalHeaderKey(t.Header) != "X-Forwarded-For" {
		return verdict{outcome: ledger.Blocked, reason: "nginx takes the client's address from " + t.Header + ", and Envoy from X-Forwarded-For only: have the proxy in front write that"}
	}
	if l.opts.TrustedHops == nil {
		return verdict{outcome: ledger.Blocked, reason: "nginx takes the client's address from X-Forwarded-For, as proxies in front say; Envoy counts these proxies: say with --trusted-hops how many stand in front of it"}
	}
	n := *l.opts.TrustedHops
	if n == 0 {
		return verdict{outcome: ledger.Approximated, reason: "the address of the connection counts (--trusted-hops 0), and no longer the leftmost one of X-Forwarded-For: Contour's network.num-trusted-hops must be 0, as it is by default"}
	}
	return verdict{outcome: ledger.Approximated, reason: fmt.Sprintf("the address at place %d from the right of X-Forwarded-For counts, and no longer the leftmost one that no trusted proxy has: Contour's network.num-trusted-hops must be %d, and no way to Envoy may lead past the %s", n, n, proxies(n))}
}

func count(networks int) string {
	if networks == 1 {
		return "1 network"
	}
	return fmt.Sprintf("%d networks", networks)
}

func proxies(n int) string {
	if n == 1 {
		return "proxy in front"
	}
	return fmt.Sprintf("%d proxies in front", n)
}

// lowerSatisfy asks for all of what guards a route, which is no less than one of it.
func lowerSatisfy(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.Satisfy) {
		return verdict{}
	}
	r.Drop(intent.Satisfy)
	guards := 0
	for _, d := range []intent.Dimension{intent.AccessPart, intent.BasicPart, intent.ExternalPart} {
		if o.Has(d) {
			guards++
		}
	}
	if guards < 2 {
		return verdict{outcome: ledger.Exact, reason: "one guard is all that there is"}
	}
	return verdict{outcome: ledger.Approximated, reason: "nginx let in whom one of address and credentials let in; HTTPProxy asks for both"}
}
