package ownership

import (
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// RuleAccountOfTeam is the rule of the findings of Plan.Findings.
const RuleAccountOfTeam = "account-of-team"

// Findings are what is remarkable about a plan by itself, sorted: ServiceAccounts that it gives
// the rights of admins, or of solvers, and that stand in a team's namespace. Whoever may make Pods
// there may let them run as such an account, and has its rights. file is the plan's.
func (p *Plan) Findings(file string) []ledger.Finding {
	var out []ledger.Finding
	for _, list := range []struct {
		key      string
		subjects []Subject
	}{{"rootAdmins", p.RootAdmins}, {"siteAdmins", p.SiteAdmins}, {"acmeSolvers", p.Solvers}} {
		for _, s := range list.subjects {
			i := slices.IndexFunc(p.Teams, func(t Team) bool { return slices.Contains(t.Namespaces, s.Namespace) })
			if s.Kind != "ServiceAccount" || i < 0 {
				continue
			}
			out = append(out, ledger.Finding{
				Rule: RuleAccountOfTeam, Severity: ledger.Warning, Origin: ledger.New(ledger.Place{File: file, Line: s.Line}),
				Message: fmt.Sprintf("ServiceAccount %s/%s is among %s, and its namespace is team %s's: who may make Pods there has its rights", s.Namespace, s.Name, list.key, p.Teams[i].Name),
				Action:  "name an account of a namespace that no team has",
			})
		}
	}
	return ledger.SortFindings(out)
}
