package guard

import (
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Object is an object as an admission policy sees it.
type Object struct {
	Namespace, Name string
	// Value is a *contour.HTTPProxy, *contour.TLSCertificateDelegation, *networkingv1.Ingress,
	// *corev1.Namespace or GatewayRoute; nothing is said of others.
	Value   any
	Account string // who writes it; "": not known, as in files, and of the object before an update
}

// GatewayRoute is a route of Gateway API, as far as rules look at it.
type GatewayRoute struct {
	Kind      string // HTTPRoute, GRPCRoute or TLSRoute
	Hostnames []string
}

// Offence is one thing that an object breaks.
type Offence struct {
	Rule   string // Rule.ID
	Object string // "Kind namespace/name", as in exceptions of a plan
	What   string // as in Rule.Offence
}

// Offences is the reference of all forms that see one object: what it breaks of the rules that
// can be held there, by rule and in the object's order, exceptions of the plan left out. For
// an update, what the object broke before is left out, too (see Added).
func (b *Borders) Offences(o Object) []Offence {
	c := &check{Borders: b, Object: o}
	switch v := o.Value.(type) {
	case *contour.HTTPProxy:
		c.kind = httpProxy.Kind
		c.proxy(v)
	case *contour.TLSCertificateDelegation:
		c.kind = tlsDelegation.Kind
		c.delegation(v)
	case *networkingv1.Ingress:
		c.kind = ingress.Kind
		c.ingress(v)
	case GatewayRoute:
		c.kind = v.Kind
		c.route(v.Hostnames)
	case *corev1.Namespace:
		c.kind = namespace.Kind
		c.role(v)
	}
	slices.SortStableFunc(c.found, func(x, y Offence) int { return strings.Compare(x.Rule, y.Rule) })
	return c.found
}

// Added are the offences of an object that the one before it did not have.
func Added(now, before []Offence) []Offence {
	return slices.DeleteFunc(slices.Clone(now), func(o Offence) bool { return slices.Contains(before, o) })
}

// check gathers the offences of one object.
type check struct {
	*Borders
	Object
	kind  string
	found []Offence
}

// add notes an offence, once, unless the plan excepts it.
func (c *check) add(rule, what string) {
	name := c.Name
	if c.Namespace != "" {
		name = c.Namespace + "/" + name
	}
	o := Offence{rule, c.kind + " " + name, what}
	if !slices.Contains(c.found, o) && !c.Excepted(o) {
		c.found = append(c.found, o)
	}
}

// Excepted says whether the plan excepts an offence, or all of its object against the rule,
// whenever that ends: a policy knows no date, and lint speaks of exceptions that have expired.
func (b *Borders) Excepted(o Offence) bool {
	return slices.ContainsFunc(b.Exceptions, func(e ownership.Exception) bool {
		return e.Rule == o.Rule && e.Object == o.Object && (e.What == "" || e.What == o.What)
	})
}

func (c *check) proxy(p *contour.HTTPProxy) {
	if p.Spec.VirtualHost != nil {
		c.root(p.Spec.VirtualHost)
	}
	for _, in := range Includes(p) {
		c.include(p, in)
	}
	if c.Namespace != c.Root {
		c.refusals(p)
	}
	switch c.Namespace {
	case c.Root:
	case c.Borders.Fanout:
		c.switches(slices.DeleteFunc(slices.Clone(p.Spec.Routes), answers))
	default:
		c.switches(p.Spec.Routes)
		c.routes(p.Spec.Routes)
	}
}

func (c *check) root(v *contour.VirtualHost) {
	what := "virtualhost " + v.Fqdn
	h := c.host(v.Fqdn)
	c.addIf(c.Namespace != c.Root, "root-namespace", what)
	c.addIf(h != nil && (c.Namespace != c.Root || h.Root != c.Name) || h == nil && c.Namespace == c.Root, "root-name", what)
	if !c.inDomains(strings.ToLower(v.Fqdn)) {
		c.add("fqdn-domain", what)
	}
	if h == nil || h.MinTLS == "" {
		return
	}
	switch t := v.TLS; {
	case t == nil || t.SecretName == "" && !t.Passthrough:
		c.add("root-tls", what+" has no TLS")
	case h.MinTLS == "1.3" && t.MinimumProtocolVersion != "1.3" && !t.Passthrough:
		c.add("root-tls", what+" takes TLS 1.2")
	}
}

func (b *Borders) inDomains(host string) bool {
	return len(b.Domains) == 0 || slices.ContainsFunc(b.Domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

func (c *check) delegation(d *contour.TLSCertificateDelegation) {
	for _, one := range d.Spec.Delegations {
		for _, to := range one.TargetNamespaces {
			if to != c.Root {
				c.add("delegation", "Secret "+one.SecretName+" to "+to)
			}
		}
	}
}

// RoleLabel tells the role of a namespace.
const RoleLabel = "split-ingress.dev/role"

func (c *check) role(n *corev1.Namespace) {
	have, labelled := n.Labels[RoleLabel]
	want := ""
	switch {
	case c.Name == c.Root:
		want = "root"
	case c.Name == c.Borders.Fanout:
		want = "fanout"
	case slices.Contains(c.Teams, c.Name):
		want = "team"
	}
	if have != want && (labelled || want != "team") {
		c.add("namespace-role", "label "+RoleLabel+"="+have)
	}
}
