package ownership

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Decision is who owns a route.
type Decision struct {
	Claim Claim
	Team  Team
}

// Decide finds the owner of a route of a host in a canonical plan: the narrowest claim of
// the host that covers the route's path, and the claim's team. It is false where nobody
// owns the route: no claim covers it, or it is an implicit answer, which no rule speaks of.
func (p *Plan) Decide(host string, r intent.Route) (Decision, bool) {
	rule := p.hostRule(host)
	if rule == nil || implicit(&r) {
		return Decision{}, false
	}
	i := owner(rule.Claims, r.Match.Path)
	if i < 0 {
		return Decision{}, false
	}
	c := rule.Claims[i]
	return Decision{Claim: c, Team: p.team(c.Team)}, true
}

// team is the team of that name; one that the plan does not list has a name only.
func (p *Plan) team(name string) Team {
	i, found := slices.BinarySearchFunc(p.Teams, name, func(t Team, n string) int { return strings.Compare(t.Name, n) })
	if !found {
		return Team{Name: name}
	}
	return p.Teams[i]
}

func implicit(r *intent.Route) bool { return r.HostOnly() }
