package equivalence

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Holds says whether an edit is about a request, which the route at index i of a host
// answers before (-1: none does): its guard holds, and it is an edit of that route, of the
// host, or one that widens another of its routes.
func Holds(e intent.Edit, r table.Request, h *intent.Host, i int) bool {
	switch {
	case e.Guard == intent.Widened:
		return e.Route >= 0 && e.Route < len(h.Routes) && holds(intent.OpenEnd, r, &h.Routes[e.Route])
	case e.Route < 0:
		return holds(e.Guard, r, &intent.Route{})
	}
	return e.Route == i && i < len(h.Routes) && holds(e.Guard, r, &h.Routes[i])
}
