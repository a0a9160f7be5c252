package equivalence

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// One compares the answers of two tables to one request, as Sampled does for many. It is
// false if they are equal modulo the platform profile; else the difference has its edit,
// or none if no edit of the request's host explains it.
func One(before, after *table.Table, r table.Request, edits []intent.Edit) (Difference, bool) {
	b, a := before.Match(r), after.Match(r)
	if r.Scheme == "https" && (relays(b.Host) || relays(a.Host)) { // whatever routes say
		return Difference{Request: r, Dimension: intent.Certificate, Before: b, After: a}, !sameRelay(b.Host, a.Host)
	}
	var own []intent.Edit
	for _, e := range edits {
		if b.Host != nil && e.Host == b.Host.Name {
			own = append(own, e)
		}
	}
	return compare(r, b, a, own, false)
}
