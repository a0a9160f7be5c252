package httpproxy

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// much is how many bytes the condition of an include may come to in Envoy's configuration without a word:
// as many as a gRPC client (such as `contour cli`) takes in one message by default.
const much = 4 << 20

// Repeated tells of a lowered root's teams whose patterns come to much, since Contour writes the
// condition of an include that names them all into each of their routes.
func Repeated(root *delegation.Root) []ledger.Finding {
	if root.Fanout == nil {
		return nil
	}
	var c companions
	for _, t := range root.Fanout.Teams {
		bytes := 0
		for _, claim := range t.Claims {
			if claim.Kind == ownership.Regex {
				bytes += len(claim.Path) * len(t.Routes)
			}
		}
		if bytes <= much {
			continue
		}
		c.find("condition-repeated", root, fmt.Sprintf("the include of HTTPProxy %s/%s names %d patterns, and Contour repeats that for each of its %d routes: some %d MB of Envoy's configuration, for each of which Envoy v1.38.3 takes half a second and 35 MB of memory",
			t.Namespace, t.Name, len(t.Claims), len(t.Routes), bytes>>20),
			fmt.Sprintf("claim / of the host for team %s in the plan (the claims of others stay theirs), or give parts of the patterns to teams of other names: each has a condition of its own", t.Team))
	}
	return c.findings
}
