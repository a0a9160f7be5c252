package ownership

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// The rules of the findings that Infer makes.
const (
	RuleHostShared     = "host-shared"
	RuleTeamsShare     = "teams-share-namespace"
	RuleInterleave     = "paths-interleave"
	RuleServiceShared  = "service-shared"
	RuleNoNamespace    = "no-namespace"
	RuleCanaryCrossing = "canary-crosses-namespace"
	RuleWholeHost      = "whole-host"
)

// notes gathers what is remarkable while the claims are made.
type notes struct {
	list     []ledger.Finding
	holdings map[holding]ledger.Origin // where a team was first seen in a namespace
	users    map[manifest.Name]user    // the first user of each Service
	shared   map[manifest.Name][]user  // all users of those with several teams
	homeless int                       // paths without a namespace
}

type holding struct{ team, namespace string }

// user is a share whose route sends requests to a Service.
type user struct {
	host  string
	share *share
	route *intent.Route
}

// newNotes makes room for as many Services as there are hosts.
func newNotes(hosts int) *notes {
	return &notes{
		holdings: map[holding]ledger.Origin{}, users: make(map[manifest.Name]user, hosts), shared: map[manifest.Name][]user{},
	}
}

// host looks at the shares of a host and the claims that were made of them.
func (n *notes) host(host string, shares []share, claims []Claim) {
	for i := range shares {
		s := &shares[i]
		if i == 0 || !sameOwner(shares[i-1].claim(), s) {
			n.hold(s)
		}
		if s.owner.Namespace == manifest.Unassigned {
			n.homeless++
		}
		if s.single {
			n.use(s.owner, user{host, s, s.primary})
			continue
		}
		for _, r := range s.routes {
			n.backends(host, s, r)
		}
	}
	n.hostShared(host, shares)
	n.interleaving(host, shares, claims)
}

func (n *notes) hold(s *share) {
	h := holding{s.team, s.owner.Namespace}
	if _, ok := n.holdings[h]; !ok {
		n.holdings[h] = s.origin()
	}
}

// backends notes who uses which Service, and backends outside of the owner's namespace.
func (n *notes) backends(host string, s *share, r *intent.Route) {
	if !forwards(r) {
		return
	}
	for _, b := range r.Forward.Backends {
		svc := serviceOf(b)
		if svc.Namespace != s.owner.Namespace {
			n.crossing(host, s, r, svc)
		}
		n.use(svc, user{host, s, r})
	}
}

// use notes the first user of each team.
func (n *notes) use(svc manifest.Name, u user) {
	first, ok := n.users[svc]
	if !ok {
		n.users[svc] = u
		return
	}
	if first.share.team == u.share.team {
		return
	}
	more := n.shared[svc]
	if !slices.ContainsFunc(more, func(o user) bool { return o.share.team == u.share.team }) {
		n.shared[svc] = append(more, u)
	}
}

func (n *notes) crossing(host string, s *share, r *intent.Route, svc manifest.Name) {
	origin := originOf(r)
	for _, o := range r.Origins {
		if strings.HasPrefix(o.Object, "Ingress "+svc.Namespace+"/") {
			origin = o
			break
		}
	}
	n.add(RuleCanaryCrossing, ledger.Warning, origin, host,
		fmt.Sprintf("%s: the path belongs to namespace %s, and Service %s answers a part of its requests", s.text(), s.owner.Namespace, svc),
		fmt.Sprintf("move that Service to namespace %s, or take the variant away; a team's object reaches Services of its own namespace only", s.owner.Namespace))
}

func (n *notes) hostShared(host string, shares []share) {
	other := slices.IndexFunc(shares, func(s share) bool { return s.owner.Namespace != shares[0].owner.Namespace })
	if other < 0 {
		return
	}
	namespaces := make([]string, len(shares))
	for i := range shares {
		namespaces[i] = shares[i].owner.Namespace
	}
	slices.Sort(namespaces)
	n.add(RuleHostShared, ledger.Info, shares[other].origin(), host,
		"the paths are served from namespaces "+strings.Join(slices.Compact(namespaces), ", "),
		"look the claims on this host over in the plan: its fanout gives each namespace its paths")
}

// wholeHost tells of a host that its only team is given because of its many patterns.
func (n *notes) wholeHost(host string, shares []share, patterns int) {
	s := &shares[0]
	n.add(RuleWholeHost, ledger.Info, s.origin(), host,
		fmt.Sprintf("%d patterns lead to namespace %s, and no path elsewhere: team %s is given the whole host, also the paths that nothing serves yet", patterns, s.owner.Namespace, s.team),
		"nothing, if it is meant; a claim for each pattern is a condition that Envoy keeps with each of their routes")
}

// interleaving finds claims that lie in a claim of another team.
func (n *notes) interleaving(host string, shares []share, claims []Claim) {
	if !slices.ContainsFunc(claims, func(c Claim) bool { return c.Team != claims[0].Team }) {
		return
	}
	for i := range shares {
		s := &shares[i]
		at, own := slices.BinarySearchFunc(claims, s.claim(), compareClaims)
		if !own {
			continue
		}
		around := nearest(claims[:at], s.match(), s.path)
		if s.kind == Regex {
			around = owner(claims[:literals(claims)], s.match())
		}
		if around < 0 || claims[around].Team == s.team {
			continue
		}
		outer := claims[around]
		n.add(RuleInterleave, ledger.Info, s.origin(), host,
			fmt.Sprintf("%s of team %s lies inside %s %s of team %s", s.text(), s.team, outer.Kind, outer.Path, outer.Team),
			"nothing, if it is meant; a longer path or a regex in the outer team's objects could take these requests")
	}
}

func (n *notes) add(rule string, sev ledger.Severity, o ledger.Origin, host, message, action string) {
	n.list = append(n.list, ledger.Finding{Rule: rule, Severity: sev, Origin: o, Host: host, Message: message, Action: action})
}
