package httpproxy

import (
	"reflect"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// hostAddresses is what becomes of the lists of addresses of a host whose plan leaves them to
// the root: the root's hold for everything that has none of its own.
type hostAddresses struct {
	lists *intent.Access // of all routes to Services; nil: they stay where they are
	apart string         // why they stay there
	asked []intent.Asked // what they stand on
}

// readAddressesOfHost finds the lists that all routes to Services have.
func (l *lowering) readAddressesOfHost() {
	var first *intent.Access
	var bare []string // paths without
	for _, o := range l.all {
		switch {
		case o.Forward == nil || l.shut(o) || NeverClean(o.Match.Path):
		case !o.Has(intent.AccessPart):
			bare = append(bare, o.Match.Path.String())
		case first == nil:
			first, l.addresses.asked = o.Policies.Access, askedFor(o.Route, intent.AccessPart)
		case !reflect.DeepEqual(first, o.Policies.Access):
			l.addresses.apart = "its routes ask for different lists of addresses"
			return
		}
	}
	switch {
	case first == nil:
		return
	case len(bare) > 0:
		l.addresses.apart = "some of its routes ask for none: " + someOf(bare)
		return
	}
	if one, v := l.list(*first); v.outcome != ledger.Blocked {
		l.addresses.lists = &one
	}
}

// listed is what the root says of lists; nothing if no route is left.
func (l *lowering) listed() *delegation.Addresses {
	h, empty := l.addresses, len(l.root) == 0 && l.fanout == nil
	if empty || h.lists == nil && h.apart == "" {
		return nil
	}
	return &delegation.Addresses{Lists: h.lists, Apart: h.apart}
}

// addressesHold says of a route whom the root's lists refuse that nothing refused before: nginx
// redirects, and answers by itself, before it looks at addresses.
func (l *lowering) addressesHold(o *owned) {
	if l.addresses.lists == nil {
		return
	}
	to := intent.Route{Policies: &intent.Policies{Access: l.addresses.lists}}.Text(intent.AccessPart)
	from := origins(askedFor(o.Route, intent.AccessPart))
	if len(from) == 0 {
		from = origins(l.addresses.asked)
	}
	const always, way = "the root's lists of addresses hold for what Envoy answers by itself, too: others get 403",
		"the root's lists of addresses hold for the redirect of plain http, too: others get 403 instead of it"
	switch {
	case o.Forward == nil && !unspoken(o.Route):
		l.edit(o, intent.AccessPart, intent.Always, ledger.Approximated, o.Text(intent.AccessPart), to, always, from...)
	case o.HTTPS != nil && l.secured():
		l.edit(o, intent.AccessPart, intent.HTTPOnly, ledger.Approximated, o.Text(intent.AccessPart), to, way, from...)
	}
}

// holding is a route of a host whose root has lists: they hold for what Envoy answers by itself.
func holding(r intent.Route, lists *intent.Access) intent.Route {
	if r.Forward != nil {
		return r
	}
	p := intent.Policies{}
	if r.Policies != nil {
		p = *r.Policies
	}
	p.Access, r.Policies = lists, &p
	return r
}

// ownAccess are the lists of a route that the root does not have.
func (e encoder) ownAccess(p *intent.Policies) *intent.Access {
	if e.lists != nil && reflect.DeepEqual(p.Access, e.lists) {
		return nil
	}
	return p.Access
}

// addresses says whom the lists of the root refuse, or why the plan's word is not kept.
func (c *companions) addresses(root *delegation.Root) {
	if root.Addresses.Apart != "" {
		c.find("address-lists-apart", root, "the plan leaves lists of addresses to the root (ipPolicy: root), and "+root.Addresses.Apart+": they stay on the teams' routes, by exceptions",
			"let all routes of the host ask for the same, or give them hosts of their own")
		return
	}
	c.find("address-lists", root, "the root's lists of addresses hold for all that the host answers, as the plan says (ipPolicy: root): for redirects, for routes that come later, and for those of Ingresses that Contour reads beside it, ACME solvers among them",
		"let ACME servers ask by DNS-01, or put them on the list")
}
