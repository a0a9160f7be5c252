package httpproxy

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// partRules are the rules of all parts that intent knows, in any order.
var partRules = slices.Concat(accessRules, authRules, limitRules, corsRules, handlingRules, upstreamRules)

// without is the rule of a part that has no field, and that keeps nobody out.
func without(part intent.Dimension, outcome ledger.Outcome, reason string) partRule {
	return partRule{part, func(_ *lowering, o *owned, r *intent.Route) verdict {
		if !o.Has(part) {
			return verdict{}
		}
		r.Drop(part)
		return verdict{outcome: outcome, reason: reason}
	}}
}
