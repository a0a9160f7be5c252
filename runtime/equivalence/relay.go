package equivalence

import "github.com/split-ingress/split-ingress/annotations/intent"

// relays says whether TLS of a host goes to an application undecrypted: what its routes do
// is nobody's who asks over https.
func relays(h *intent.Host) bool { return h != nil && h.TLS != nil && h.TLS.Passthrough != nil }

// sameRelay says whether TLS of a host is relayed to one Service on both sides, or on neither.
func sameRelay(before, after *intent.Host) bool {
	if !relays(before) || !relays(after) {
		return relays(before) == relays(after)
	}
	return same(before.TLS.Passthrough, after.TLS.Passthrough)
}
