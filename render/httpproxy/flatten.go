package httpproxy

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Flatten is what the objects of a lowered forest are to mean: the routes of each host in
// the input's order. Of one input route, what a team has comes before the rest that is
// blocked in the fanout. Decode reads the same from the objects, in Envoy's order.
func (l Lowered) Flatten(opts Options) intent.Model {
	m := intent.Model{Paths: intent.Normalized}
	for _, root := range l.Forest.Roots {
		placed := inOrder(root)
		h := intent.Host{Name: root.Host, AliasOf: root.AliasOf, TLS: writtenTLS(root, opts), Origins: root.Origins}
		h.Routes = make([]intent.Route, 0, len(placed))
		lists := root.Lists()
		for _, p := range placed {
			r := p.Route
			if lists != nil {
				r = holding(r, lists)
			}
			switch {
			case r.Redirect != nil && authorized(r) && r.HTTPS == nil: // over https only
				h.Routes = append(h.Routes, over(r.Without(intent.ExternalPart), onHTTP), over(r, onHTTPS))
			case lists != nil:
				h.Routes = append(h.Routes, parted(r, lists)...)
			default:
				h.Routes = append(h.Routes, r)
			}
		}
		m.Hosts = append(m.Hosts, h)
	}
	slices.SortFunc(m.Hosts, func(a, b intent.Host) int { return strings.Compare(a.Name, b.Name) })
	return m
}

// inOrder are the routes of a tree in the input's order.
func inOrder(root *delegation.Root) []*delegation.Placed {
	var placed []*delegation.Placed
	add := func(rs []delegation.Placed) {
		for i := range rs {
			placed = append(placed, &rs[i])
		}
	}
	add(root.Routes)
	if root.Fanout != nil {
		for _, t := range root.Fanout.Teams {
			add(t.Routes)
		}
		add(root.Fanout.Routes)
	}
	slices.SortStableFunc(placed, func(a, b *delegation.Placed) int { return a.Index - b.Index })
	return placed
}

// writtenTLS is a root's TLS with the Secret that the object names.
func writtenTLS(root *delegation.Root, opts Options) *intent.TLS {
	if root.TLS == nil {
		return nil
	}
	t := *root.TLS
	t.Secret = secretOf(root, opts)
	return &t
}
