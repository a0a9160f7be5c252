package httpproxy

import (
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/envoy"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// refused is why Envoy refuses what a route says, or "": it blocks the route. What it may refuse
// of a match has no such way out (see Lowered.Withhold).
func refused(r *intent.Route) string {
	if r.Respond != nil && len(r.Respond.Body) > envoy.MaxBody {
		return fmt.Sprintf("the answer has %d bytes, and Envoy gives none of its own that has more than %d", len(r.Respond.Body), envoy.MaxBody)
	}
	if r.Forward == nil {
		return ""
	}
	bad := func(h intent.HeaderChange) bool { return !h.Remove && envoy.Header(h.Name, headerText(h.Value)) }
	for _, changes := range [][]intent.HeaderChange{r.Forward.Request, r.Forward.Response} {
		if i := slices.IndexFunc(changes, bad); i >= 0 {
			return fmt.Sprintf("Envoy refuses the header %.60s: it holds a line end, or is too long (%d bytes)", changes[i].Name, len(changes[i].Value))
		}
	}
	return ""
}

// Withhold takes a host out, with those that share its fanout: an edit says why.
func (out *Lowered) Withhold(host, why string) {
	out.Edits = append(out.Edits, intent.Edit{Host: host, Route: -1, Dimension: intent.WholeAnswer, Guard: intent.Always, Outcome: ledger.Blocked, To: "withheld", Reason: why})
	at := slices.IndexFunc(out.Forest.Roots, func(r *delegation.Root) bool { return r.Host == host })
	if at < 0 {
		return
	}
	gone := out.Forest.Roots[at]
	out.Forest.Roots = slices.DeleteFunc(out.Forest.Roots, func(r *delegation.Root) bool {
		return r == gone || r.Fanout != nil && r.Fanout == gone.Fanout
	})
}
