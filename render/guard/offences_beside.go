package guard

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// What tells an Ingress that solves ACME's HTTP-01 challenges (cert-manager).
const (
	solverLabel = "acme.cert-manager.io/http01-solver"
	solverPath  = "/.well-known/acme-challenge/"
)

func (c *check) ingress(in *networkingv1.Ingress) {
	if c.solves(in) {
		return
	}
	for _, r := range in.Spec.Rules {
		h := c.host(r.Host)
		if h == nil {
			h = c.host(parent(r.Host))
		}
		c.addIf(h != nil && !h.Legacy, "legacy-ingress", "host "+r.Host)
	}
}

// parent is the wildcard of which a name is one: that has exactly one label more.
func parent(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	return "*." + rest
}

// solves says whether an Ingress does nothing but to solve a challenge, and is a solver's as
// far as that is known.
func (c *check) solves(in *networkingv1.Ingress) bool {
	if in.Labels[solverLabel] != "true" || in.Spec.DefaultBackend != nil || c.Account != "" && !slices.Contains(c.Solvers, c.Account) {
		return false
	}
	for _, r := range in.Spec.Rules {
		if r.HTTP == nil || slices.ContainsFunc(r.HTTP.Paths, func(p networkingv1.HTTPIngressPath) bool { return !strings.HasPrefix(p.Path, solverPath) }) {
			return false
		}
	}
	return true
}

func (c *check) route(names Hostnames) {
	for _, name := range names {
		if slices.ContainsFunc(c.Hosts, func(h Host) bool { return !h.Legacy && overlap(strings.ToLower(name), h.FQDN) }) {
			c.add("legacy-route", "host "+name)
		}
	}
}

// overlap says whether a name is meant by both; a wildcard of Gateway API stands for any
// number of labels.
func overlap(a, b string) bool {
	under := func(name, wildcard string) bool {
		rest, is := strings.CutPrefix(wildcard, "*")
		return is && strings.HasSuffix(name, rest)
	}
	return a == b || under(a, b) || under(b, a)
}
