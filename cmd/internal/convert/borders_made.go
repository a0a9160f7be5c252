package convert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// bordering gathers what the objects of a conversion break of the borders that are made with
// them.
type bordering struct {
	borders guard.Borders
	needed  map[ownership.Exception][]string // offences, by rule and object
	beside  []guard.Beside
}

// newBordering holds objects against a plan that lists every host that gets a root.
func newBordering(plan *ownership.Plan, forest delegation.Forest) *bordering {
	return &bordering{borders: guard.From(withHosts(plan, forest)), needed: map[ownership.Exception][]string{}}
}

// withHosts is a plan with the hosts of a forest that it does not speak of: those without a
// path of a team.
func withHosts(plan *ownership.Plan, forest delegation.Forest) *ownership.Plan {
	out := *plan
	out.Hosts = slices.Clone(plan.Hosts)
	for _, root := range forest.Roots {
		_, known := slices.BinarySearchFunc(plan.Hosts, root.Host, func(h ownership.HostRule, name string) int { return strings.Compare(h.Host, name) })
		if root.Host != "" && !known {
			out.Hosts = append(out.Hosts, ownership.HostRule{Host: root.Host})
		}
	}
	out.Normalize()
	return &out
}

// note takes down what objects that are written break.
func (b *bordering) note(objects []httpproxy.Object) {
	for _, o := range objects {
		if o.Kind == "TLSCertificateDelegation" || o.Kind == "Certificate" {
			b.beside = append(b.beside, guard.Beside{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name})
		}
		for _, found := range b.borders.Offences(guard.Object{Namespace: o.Namespace, Name: o.Name, Value: o.Value}) {
			key := ownership.Exception{Rule: found.Rule, Object: found.Object}
			if !slices.Contains(b.needed[key], found.What) {
				b.needed[key] = append(b.needed[key], found.What)
			}
		}
	}
}

// plan is the plan with what the conversion adds: all hosts, those that Ingresses go on
// serving since nothing is written for them, and exceptions for what the objects need.
func (b *bordering) plan(p *ownership.Plan, forest delegation.Forest, hosts []Host) *ownership.Plan {
	out := withHosts(p, forest)
	for i := range out.Hosts {
		at, known := slices.BinarySearchFunc(hosts, out.Hosts[i].Host, func(h Host, name string) int { return strings.Compare(h.Name, name) })
		if known && hosts[at].Withheld != "" {
			out.Hosts[i].Legacy = true
		}
	}
	out.Exceptions = slices.Clone(p.Exceptions)
	var added []ownership.Exception
	for e, offences := range b.needed {
		e.Reason = "as converted: " + strings.Join(offences, "; ")
		added = append(added, e)
	}
	slices.SortFunc(added, func(x, y ownership.Exception) int {
		return cmp.Or(strings.Compare(x.Rule, y.Rule), strings.Compare(x.Object, y.Object))
	})
	out.Exceptions = append(out.Exceptions, added...)
	return out
}
