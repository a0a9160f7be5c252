package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// accessRules are about the client's address.
var accessRules = []partRule{{intent.AccessPart, lowerAccess}}

// lowerAccess leaves lists of addresses as they are: ipAllowPolicy or ipDenyPolicy says them,
// but not both.
func lowerAccess(_ *lowering, _ owned, r *intent.Route) verdict {
	a := r.Policies.Access
	if a != nil && len(a.Allow)+len(a.AllowRemote) > 0 && len(a.Deny)+len(a.DenyRemote) > 0 {
		return verdict{outcome: ledger.Blocked, reason: "a route has an allow list or a deny list, not both"}
	}
	return verdict{}
}
