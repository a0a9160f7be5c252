package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/split-ingress/split-ingress/render/guard"
)

// Access prints who may do what where, as a table, and below it the rules that hold besides.
func Access(w io.Writer, all []guard.Access) error {
	style := NewStyle(w)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, style.Heading("WHO")+"\tNAMESPACE\tOBJECTS\tMAY\tROLE")
	for _, a := range all {
		who := strings.Join(a.Who, ", ")
		if who == "" {
			who = "nobody yet"
		}
		what := a.Resource
		if len(a.Names) > 0 {
			what += " " + strings.Join(a.Names, ", ")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", who, a.Namespace, what, strings.Join(a.Verbs, " "), a.Role)
	}
	fmt.Fprintf(t, "\n%s\tHELD IN\tWHAT MAY NOT BE\n", style.Heading("RULE"))
	for _, r := range guard.Rules() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.ID, r.Held, r.Says)
	}
	return t.Flush() // a failed write stays with the writer
}

// borderRules explain the rules of the borders, and the findings about roles.
func borderRules() []Rule {
	out := []Rule{
		{"account-of-team", "The plan names a ServiceAccount as root admin, site admin or solver of challenges, and the account's namespace is a team's. Whoever may make Pods there may let them run as that account, and has its rights. " +
			"Name an account of a namespace that no team has."},
		{"borders-size", "The ConfigMap that the admission policies look the plan up in is larger than what kubectl apply can repeat in its annotation. Apply it with kubectl apply --server-side."},
		{"borders-unwritten", "The plan is too large for the ConfigMap that admission policies look it up in, or holds what its lines cannot. convert writes everything else, and no admission policies. " +
			"Write the borders as --guards gatekeeper or conftest, or make a plan for each part of the site."},
		{"creation-shared", "Several teams of the plan share a namespace. Each is given its own objects by their names; RBAC cannot say whose an object will be that is not there yet, so that none may make one. " +
			"Give each team a namespace of its own, or make them one team in the plan."},
		{"endless-exception", "Exceptions of the plan have no last day. That is right for what will stay; for what is to go, a date brings it back to mind: lint says when it is over."},
		{"expired-exception", "The last day of an exception of the plan is over, and an object still needs it. Lint counts it no more; policies in a cluster know no date, and go on excepting the object until the borders are written again without it."},
		{"host-elsewhere", "The ownership plan has a host that no Ingress of the input serves. Nothing is written for it anew, and what stands in the output directory stays; the borders are made for all hosts of the plan. That is right for hosts that have moved already, and for those that never had an Ingress."},
		{"includes-too-many", "An object is reached from the roots by more than a hundred ways. Lint follows the first hundred, with the conditions of each; what the object's routes may take by the others is not looked at. Contour itself refuses cycles; take out includes that nobody needs."},
		{"no-subjects", "The plan names nobody for a role: the Role is written without a RoleBinding. Name groups, users or service accounts in the plan (rootAdmins, siteAdmins, a team's subjects), or bind the role by hand."},
		{"unknown-exception", "An exception of the plan names a rule that there is not, so that it excepts nothing. Take the id from guard --explain."},
		{"wide-exception", "An exception of the plan names an object and a rule, and no offence: it lets through all that the object breaks of the rule, also what its owner adds later. Name the offence that is meant (offence:), as lint or the policy words it."},
		{"unused-exception", "An exception of the plan excepts nothing in what was looked at. If that was the whole site, take it out of the plan: it would let through what somebody adds later."},
	}
	for _, r := range guard.Rules() {
		text := r.Says + " " + r.Why + " Offences: " + r.Offence + ". Held in: " + r.Held.String() + "."
		if r.Differs != "" {
			text += " Admission, Gatekeeper and Conftest: " + r.Differs + "."
		}
		out = append(out, Rule{r.ID, text + " Who may allow it: the " + string(r.Ask) + " admins, by an exception in the plan."})
	}
	return out
}
