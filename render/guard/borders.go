// Package guard makes the borders between the roles of an ownership plan: roles for RBAC, and
// policies that close what the target leaves open, each in several forms. A table of rules
// (Rules) says what may not be and where that can be held; Borders is what the plan says of
// it, and every form is made of these two.
package guard

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

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
	Fanouts      []Fanout // by name
	Teams        []string // their namespaces, sorted
	Mounts       []Mount  // by namespace and name
	Exceptions   []ownership.Exception
	RootAdmins   string // for messages: whom to ask
	SiteAdmins   string
}

// Host is a host of the plan.
type Host struct {
	FQDN       string
	Root       string // name of its root object
	MinTLS     string // "", "1.2" or "1.3"
	Auth       bool   // an authorization service decides who may pass
	RootIP     bool   // no team replaces the root's lists of addresses
	RootLimits bool   // nor its rate limits
	Legacy     bool   // Ingresses go on serving it, and may
}

// secret says whether what visitors send must not go in the clear: the plan demands TLS, or asks
// for passwords and the like.
func (h Host) secret() bool { return h.MinTLS != "" || h.Auth }

// Fanout is the object between the root of a host and its teams.
type Fanout struct{ Name, Host string }

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
	Given []Given // by path, regexes last
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
	claims := 0
	for _, h := range p.Hosts {
		claims += len(h.Claims)
	}
	b.Hosts, b.Fanouts, b.Mounts = make([]Host, 0, len(p.Hosts)), make([]Fanout, 0, len(p.Hosts)), make([]Mount, 0, claims)
	for _, h := range p.Hosts {
		if !hasForm(h.Host) {
			continue
		}
		b.Hosts = append(b.Hosts, Host{
			FQDN: h.Host, Root: delegation.Name(h.Host, "root"), MinTLS: h.MinTLS, Auth: h.AuthService != "",
			RootIP: h.RootIP, RootLimits: h.RootLimits, Legacy: h.Legacy,
		})
		fanout := delegation.Name(h.Host, "fanout")
		b.Fanouts = append(b.Fanouts, Fanout{fanout, h.Host})
		b.Mounts = appendMounts(b.Mounts, h, fanout)
	}
	slices.SortFunc(b.Mounts, compareMounts)
	slices.SortFunc(b.Fanouts, func(x, y Fanout) int { return strings.Compare(x.Name, y.Name) })
	return b
}

// hasForm says whether HTTPProxy can have a host: a name, or a wildcard for one label.
func hasForm(host string) bool {
	return len(validation.IsDNS1123Subdomain(strings.TrimPrefix(host, "*."))) == 0
}

// appendMounts appends the objects of a host's teams. Their paths are those that Envoy sees: raw.
func appendMounts(to []Mount, h ownership.HostRule, fanout string) []Mount {
	claims := httpproxy.RawClaims(h.Claims)
	var all []Given
	own := map[string][]Given{} // by object: all regexes of a team have one
	first := map[string]ownership.Claim{}
	for i, c := range claims {
		g := given(c, c.Namespace+"/"+delegation.ClaimName(h.Host, h.Claims[i]))
		if all = append(all, g); own[g.To] == nil {
			first[g.To] = c
		}
		own[g.To] = append(own[g.To], g)
	}
	for _, object := range sortedKeys(own) {
		c := first[object]
		m := Mount{Namespace: c.Namespace, Name: strings.TrimPrefix(object, c.Namespace+"/"), Team: c.Team, Host: h.Host, Fanout: fanout, Kind: c.Kind, Path: c.Path}
		if m.Paths = httpproxy.Confinements(c); c.Kind == ownership.Regex {
			m.Path, m.Paths = "/", httpproxy.ConfinementOfAll(patterns(own[object]))
		}
		for _, g := range all {
			if g.To != object && slices.ContainsFunc(own[object], func(mine Given) bool { return mine.mayTake(g) }) {
				m.Given = append(m.Given, g)
			}
		}
		to = append(to, m)
	}
	return to
}

func patterns(claims []Given) []string {
	var out []string
	for _, c := range claims {
		out = append(out, c.Path)
	}
	return out
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

// hostOf is the host of a fanout or of a team's object; nil if the plan has none.
func (b *Borders) hostOf(namespace, name string) *Host {
	if namespace == b.Fanout {
		i, found := slices.BinarySearchFunc(b.Fanouts, name, func(f Fanout, name string) int { return strings.Compare(f.Name, name) })
		if !found {
			return nil
		}
		return b.host(b.Fanouts[i].Host)
	}
	if m := b.Mount(namespace, name); m != nil {
		return b.host(m.Host)
	}
	return nil
}

// Mount is the mount of an object; nil if the plan has none.
func (b *Borders) Mount(namespace, name string) *Mount {
	i := sort.Search(len(b.Mounts), func(i int) bool { // which does not copy mounts
		m := &b.Mounts[i]
		return cmp.Or(strings.Compare(m.Namespace, namespace), strings.Compare(m.Name, name)) >= 0
	})
	if i == len(b.Mounts) || b.Mounts[i].Namespace != namespace || b.Mounts[i].Name != name {
		return nil
	}
	return &b.Mounts[i]
}

func compareMounts(a, b Mount) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}
