package convert

import (
	"cmp"
	"fmt"
	"maps"
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
	needed  []ownership.Exception // an offence each
	// namespaces are those of certificates and their delegations.
	namespaces map[string]bool
}

// newBordering holds objects against a plan that lists every host that gets a root.
func newBordering(plan *ownership.Plan, forest delegation.Forest) *bordering {
	return &bordering{borders: guard.From(withHosts(plan, forest)), namespaces: map[string]bool{}}
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
			b.namespaces[o.Namespace] = true
		}
		for _, found := range b.borders.Offences(guard.Object{Namespace: o.Namespace, Name: o.Name, Value: o.Value}) {
			b.needed = append(b.needed, ownership.Exception{Rule: found.Rule, Object: found.Object, What: found.What, Reason: "as converted"})
		}
	}
}

// plan is the plan with what the conversion adds: all hosts, those that Ingresses go on
// serving since nothing is written for them, the namespaces of certificates that are delegated, and
// exceptions for what the objects need.
func (b *bordering) plan(p *ownership.Plan, forest delegation.Forest, hosts []Host) *ownership.Plan {
	out := withHosts(p, forest)
	for i := range out.Hosts {
		at, known := slices.BinarySearchFunc(hosts, out.Hosts[i].Host, func(h Host, name string) int { return strings.Compare(h.Name, name) })
		if known && hosts[at].Withheld != "" {
			out.Hosts[i].Legacy = true
		}
	}
	out.Exceptions = append(slices.Clone(p.Exceptions), b.exceptions()...)
	delete(b.namespaces, p.RootNamespace)
	for _, ns := range p.CertificateNamespaces {
		b.namespaces[ns] = true
	}
	out.CertificateNamespaces = slices.Sorted(maps.Keys(b.namespaces))
	return out
}

// mostNamed is how many offences of an object against a rule are excepted one by one: the API server
// ends the count of a policy where there are some more than a thousand.
const mostNamed = 500

// exceptions are those that the objects need, by rule, object and offence.
func (b *bordering) exceptions() []ownership.Exception {
	slices.SortFunc(b.needed, func(x, y ownership.Exception) int {
		return cmp.Or(strings.Compare(x.Rule, y.Rule), strings.Compare(x.Object, y.Object), strings.Compare(x.What, y.What))
	})
	var out []ownership.Exception
	for rest := slices.Compact(b.needed); len(rest) > 0; {
		first := rest[0]
		n := slices.IndexFunc(rest, func(e ownership.Exception) bool { return e.Rule != first.Rule || e.Object != first.Object })
		if n < 0 {
			n = len(rest)
		}
		if n > mostNamed {
			out = append(out, ownership.Exception{Rule: first.Rule, Object: first.Object, Reason: fmt.Sprintf("as converted: %d offences, too many for policies to tell apart", n)})
		} else {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return out
}
