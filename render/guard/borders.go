// Package guard makes the borders between the roles of an ownership plan: roles for RBAC, and
// policies that close what the target leaves open, each in several forms. A table of rules
// (Rules) says what may not be and where that can be held; Borders is what the plan says of
// it, and every form is made of these two.
package guard

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Borders is what the rules are held against.
type Borders struct {
	Root, Fanout string   // namespaces
	Domains      []string // none: any
	Solvers      []string // accounts that may make Ingresses for ACME's challenges
	Hosts        []Host   // by FQDN
	Teams        []string // their namespaces, sorted
	Mounts       []Mount  // by namespace and name
	Exceptions   []ownership.Exception
	RootAdmins   string // for messages: whom to ask
	SiteAdmins   string
}

// Host is a host of the plan.
type Host struct {
	FQDN   string
	Root   string // name of its root object
	MinTLS string // "", "1.2" or "1.3"
	RootIP bool   // no team replaces the root's lists of addresses
	Legacy bool   // Ingresses go on serving it, and may
}

// Mount is an object of a team: where the fanout of a host may include it, and what is not
// the team's below that.
type Mount struct {
	Namespace, Name string
	Team            string
	Host            string
	Fanout          string // name of the object that includes it
	Kind            ownership.ClaimKind
	Path            string // of the claim; "/" for all regexes of a team
	// Paths are regexes of a condition on :path that confine an include to the claim: with one of
	// them it may have any prefix. An Exact or a Regex claim is confined by nothing else.
	Paths []string
	Given []Given // by path
}

// Given is a path below a mount that the plan gives to another object.
type Given struct {
	Path string
	Kind ownership.ClaimKind // Prefix, StringPrefix or Exact
}

// From reads a canonical plan.
func From(p *ownership.Plan) Borders {
	b := Borders{
		Root: p.RootNamespace, Fanout: p.FanoutNamespace, Domains: p.Domains, Exceptions: p.Exceptions,
		RootAdmins: whom("the root admins", p.RootAdmins), SiteAdmins: whom("the site admins", p.SiteAdmins),
	}
	solvers := p.Solvers
	if len(solvers) == 0 {
		solvers = []ownership.Subject{ownership.DefaultSolver()}
	}
	for _, s := range solvers {
		b.Solvers = append(b.Solvers, s.Account())
	}
	for _, t := range p.Teams {
		b.Teams = append(b.Teams, t.Namespaces...)
	}
	slices.Sort(b.Teams)
	b.Teams = slices.Compact(b.Teams)
	for _, h := range p.Hosts {
		if !hasForm(h.Host) {
			continue
		}
		b.Hosts = append(b.Hosts, Host{FQDN: h.Host, Root: delegation.Name(h.Host, "root"), MinTLS: h.MinTLS, RootIP: h.RootIP, Legacy: h.Legacy})
		b.Mounts = append(b.Mounts, mounts(h)...)
	}
	slices.SortFunc(b.Mounts, compareMounts)
	return b
}

// hasForm says whether HTTPProxy can have a host: a name, or a wildcard for one label.
func hasForm(host string) bool {
	return len(validation.IsDNS1123Subdomain(strings.TrimPrefix(host, "*."))) == 0
}

// mounts are the objects of a host's teams. Their paths are those that Envoy sees: raw.
func mounts(h ownership.HostRule) []Mount {
	var out []Mount
	regexes := map[string][]string{} // by name
	claims := httpproxy.RawClaims(h.Claims)
	for i, c := range claims {
		name := delegation.ClaimName(h.Host, h.Claims[i])
		if c.Kind == ownership.Regex {
			if regexes[name] = append(regexes[name], c.Path); len(regexes[name]) > 1 {
				continue
			}
		}
		m := Mount{Namespace: c.Namespace, Name: name, Team: c.Team, Host: h.Host, Fanout: delegation.Name(h.Host, "fanout"), Kind: c.Kind, Path: c.Path}
		if c.Kind == ownership.Regex {
			m.Path = "/"
		} else {
			m.Given = given(claims, c)
		}
		m.Paths = httpproxy.Confinements(c)
		out = append(out, m)
	}
	for i := range out {
		if patterns := regexes[out[i].Name]; len(patterns) > 0 {
			out[i].Paths = httpproxy.ConfinementOfAll(patterns)
		}
	}
	return out
}

// given are the claims below another one, which objects of their own are for.
func given(claims []ownership.Claim, above ownership.Claim) []Given {
	var out []Given
	for _, c := range claims {
		if c.Kind != ownership.Regex && (c.Kind != above.Kind || c.Path != above.Path) && ownership.Covers(above, pathOf(c)) {
			out = append(out, Given{c.Path, c.Kind})
		}
	}
	return out
}

func pathOf(c ownership.Claim) intent.Path {
	kinds := map[ownership.ClaimKind]intent.PathKind{ownership.Prefix: intent.SegmentPrefix, ownership.StringPrefix: intent.StringPrefix, ownership.Exact: intent.ExactPath}
	return intent.Path{Kind: kinds[c.Kind], Value: c.Path}
}

// whom names subjects for a message.
func whom(role string, subjects []ownership.Subject) string {
	var names []string
	for _, s := range subjects {
		names = append(names, s.Kind+" "+s.Name)
	}
	if len(names) == 0 {
		return role
	}
	return role + " (" + strings.Join(names, ", ") + ")"
}

// Ask names whom to ask about a rule.
func (b *Borders) Ask(r Rule) string {
	if r.Ask == SiteAdmin {
		return b.SiteAdmins
	}
	return b.RootAdmins
}

// host is the host of a name, whatever its case; nil if the plan has none.
func (b *Borders) host(fqdn string) *Host {
	i, found := slices.BinarySearchFunc(b.Hosts, strings.ToLower(fqdn), func(h Host, name string) int { return strings.Compare(h.FQDN, name) })
	if !found {
		return nil
	}
	return &b.Hosts[i]
}

// mount is the mount of an object; nil if the plan has none.
func (b *Borders) mount(namespace, name string) *Mount {
	i, found := slices.BinarySearchFunc(b.Mounts, Mount{Namespace: namespace, Name: name}, compareMounts)
	if !found {
		return nil
	}
	return &b.Mounts[i]
}

func compareMounts(a, b Mount) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}
