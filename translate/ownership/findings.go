package ownership

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// teams are the teams that hold anything, with their namespaces, both sorted.
func (n *notes) teams() []Team {
	var teams []Team
	for _, h := range n.sortedHoldings() {
		if last := len(teams) - 1; last >= 0 && teams[last].Name == h.team {
			teams[last].Namespaces = append(teams[last].Namespaces, h.namespace)
			continue
		}
		teams = append(teams, Team{Name: h.team, Namespaces: []string{h.namespace}})
	}
	return teams
}

// sortedHoldings are the holdings by team and namespace.
func (n *notes) sortedHoldings() []holding {
	return slices.SortedFunc(maps.Keys(n.holdings), func(a, b holding) int {
		return cmp.Or(strings.Compare(a.team, b.team), strings.Compare(a.namespace, b.namespace))
	})
}

// findings are all findings, sorted; those on the model as a whole are made here.
func (n *notes) findings() []ledger.Finding {
	n.teamsShare()
	n.servicesShared()
	if origin, ok := n.holdings[holding{manifest.Unassigned, manifest.Unassigned}]; ok {
		n.add(RuleNoNamespace, ledger.Warning, origin, "",
			fmt.Sprintf("%d paths come from objects without a namespace; they are given to team %s", n.homeless, manifest.Unassigned),
			"give the namespace with -n, put the files under a kustomization that sets it, or edit the plan")
	}
	return ledger.SortFindings(n.list)
}

// teamsShare finds namespaces with several teams.
func (n *notes) teamsShare() {
	holders := make(map[string][]string, len(n.holdings))
	for _, h := range n.sortedHoldings() {
		holders[h.namespace] = append(holders[h.namespace], h.team)
	}
	for _, ns := range slices.Sorted(maps.Keys(holders)) {
		if teams := holders[ns]; len(teams) > 1 {
			n.add(RuleTeamsShare, ledger.Warning, n.holdings[holding{teams[1], ns}], "",
				fmt.Sprintf("namespace %s is shared by teams %s: RBAC cannot part them", ns, strings.Join(teams, ", ")),
				"give each team a namespace of its own, or make them one team in the plan")
		}
	}
}

// servicesShared finds Services that several teams send requests to.
func (n *notes) servicesShared() {
	byName := func(a, b manifest.Name) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	}
	for _, svc := range slices.SortedFunc(maps.Keys(n.shared), byName) {
		var uses []string
		for _, u := range append([]user{n.users[svc]}, n.shared[svc]...) {
			uses = append(uses, fmt.Sprintf("%s (%s)", u.share.team, strings.TrimSpace(u.host+" "+u.share.text())))
		}
		n.add(RuleServiceShared, ledger.Info, originOf(n.shared[svc][0].route), "",
			fmt.Sprintf("Service %s is used by teams %s", svc, strings.Join(uses, ", ")),
			"nothing, if it is meant; else give each team a Service of its own, or make them one team in the plan")
	}
}
