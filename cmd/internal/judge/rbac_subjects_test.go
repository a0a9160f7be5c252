package judge

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/render/guard/guardtest"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// subject is somebody who asks.
type subject struct {
	label string
	caller
}

// callerOf is how the API server is told that a subject of a plan asks, with the groups that
// it would give the subject itself.
func callerOf(s ownership.Subject) caller {
	switch s.Kind {
	case "Group":
		return caller{"somebody", []string{s.Name, "system:authenticated"}}
	case "ServiceAccount":
		return caller{s.Account(), []string{"system:serviceaccounts", "system:serviceaccounts:" + s.Namespace, "system:authenticated"}}
	}
	return caller{s.Account(), []string{"system:authenticated"}}
}

// names are all by which tables may mean a caller, as "Kind name".
func (c caller) names() []string {
	out := []string{"User " + c.user}
	if account, is := strings.CutPrefix(c.user, "system:serviceaccount:"); is {
		out = append(out, "ServiceAccount "+strings.Replace(account, ":", "/", 1))
	}
	for _, g := range c.groups {
		out = append(out, "Group "+g)
	}
	return out
}

// subjectsOf are those whom a plan names, one who is in all of its groups, and some who only
// look like them: their names as another kind, in another namespace, or in capitals.
func subjectsOf(c guardtest.RolesCase) []subject {
	all := slices.Concat(c.Plan.RootAdmins, c.Plan.SiteAdmins)
	for _, t := range c.Plan.Teams {
		all = append(all, t.Subjects...)
	}
	var alike []ownership.Subject
	var groups []string
	for _, s := range all {
		switch s.Kind {
		case "Group":
			groups = append(groups, s.Name)
			alike = append(alike, ownership.Subject{Kind: "User", Name: s.Name})
		case "User":
			alike = append(alike, ownership.Subject{Kind: "Group", Name: s.Name}, ownership.Subject{Kind: "User", Name: strings.ToUpper(s.Name)})
		case "ServiceAccount":
			alike = append(alike, ownership.Subject{Kind: "ServiceAccount", Name: s.Name, Namespace: unplanned}, ownership.Subject{Kind: "User", Name: s.Name})
		}
	}
	alike = append(alike, ownership.Subject{Kind: "User", Name: "stranger"})
	var out []subject
	for _, s := range slices.Concat(all, alike) {
		who := callerOf(s)
		label := strings.TrimSuffix(s.Kind+" "+s.Namespace+"/"+s.Name, "/")
		label = strings.Replace(label, " /", " ", 1)
		if !slices.ContainsFunc(out, func(o subject) bool { return o.label == label }) {
			out = append(out, subject{label, who})
		}
	}
	if slices.Sort(groups); len(slices.Compact(groups)) > 1 {
		out = append(out, subject{"somebody in all groups", caller{"somebody", append(slices.Compact(groups), "system:authenticated")}})
	}
	return append(out, subject{"nobody", caller{"system:anonymous", []string{"system:unauthenticated"}}})
}
