package httpproxy

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// partRules are the rules of all parts that intent knows, in any order.
var partRules = slices.Concat(accessRules, authRules, limitRules, corsRules, handlingRules, upstreamRules)

// blocked is the rule of a part that has no field, and that keeps requests out.
func blocked(part intent.Dimension, reason string) partRule {
	return partRule{part, func(_ *lowering, o owned, _ *intent.Route) verdict {
		if !o.Has(part) {
			return verdict{}
		}
		return verdict{outcome: ledger.Blocked, reason: reason}
	}}
}

// without is the rule of a part that has no field, and that keeps nobody out.
func without(part intent.Dimension, outcome ledger.Outcome, reason string) partRule {
	return partRule{part, func(_ *lowering, o owned, r *intent.Route) verdict {
		if !o.Has(part) {
			return verdict{}
		}
		r.Drop(part)
		return verdict{outcome: outcome, reason: reason}
	}}
}

// alike is the rule of a part that is said as it is.
func alike(part intent.Dimension) partRule {
	return partRule{part, func(*lowering, owned, *intent.Route) verdict { return verdict{} }}
}
