package guard

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// What tells an Ingress that solves ACME's HTTP-01 challenges (cert-manager).
const solverLabel = "acme.cert-manager.io/http01-solver"

// solverPath is a challenge's: a token (RFC 8555, 8.3), and nothing that Contour takes for a regex.
var solverPath = regexp.MustCompile(`^/\.well-known/acme-challenge/[A-Za-z0-9_-]+$`)

func (c *check) ingress(in *networkingv1.Ingress) {
	if c.solves(in) {
		return
	}
	for _, r := range in.Spec.Rules {
		if r.HTTP == nil || len(r.HTTP.Paths) == 0 {
			c.legacy(in, r.Host, "")
			continue
		}
		for _, p := range r.HTTP.Paths {
			c.legacy(in, r.Host, " path "+p.Path)
		}
	}
	for _, t := range in.Spec.TLS { // the certificate is the host's, whatever the rules name
		for _, host := range t.Hosts {
			c.legacy(in, host, " in tls")
		}
	}
}

// legacy notes a host of an Ingress, if the plan has it.
func (c *check) legacy(in *networkingv1.Ingress, host, where string) {
	h := c.host(host)
	if h == nil {
		h = c.host(parent(host))
	}
	c.addIf(h != nil && !h.Legacy, "legacy-ingress", "host ", host, where, " of class ", classOf(in))
}

// classOf is the class by which Contour takes an Ingress or leaves it: that of its own annotation,
// of the older one, or of the field, to which an annotation that says nothing leaves it; "none"
// without any (Contour's internal/ingressclass).
func classOf(in *networkingv1.Ingress) string {
	class, annotated := in.Annotations["projectcontour.io/ingress.class"]
	if !annotated {
		class = in.Annotations["kubernetes.io/ingress.class"]
	}
	field := ""
	if in.Spec.IngressClassName != nil {
		field = *in.Spec.IngressClassName
	}
	return cmp.Or(class, field, "none")
}

// parent is the wildcard of which a name is one: that has exactly one label more.
func parent(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	return "*." + rest
}

// solves says whether an Ingress does nothing but to solve a challenge, and is a solver's as
// far as that is known.
func (c *check) solves(in *networkingv1.Ingress) bool {
	if in.Labels[solverLabel] != "true" || in.Spec.DefaultBackend != nil || len(in.Spec.TLS) > 0 || c.Account != "" && !slices.Contains(c.Solvers, c.Account) {
		return false
	}
	for _, r := range in.Spec.Rules {
		if r.HTTP == nil || slices.ContainsFunc(r.HTTP.Paths, func(p networkingv1.HTTPIngressPath) bool { return !solverPath.MatchString(p.Path) }) {
			return false
		}
	}
	return true
}

func (c *check) route(names []string) {
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
