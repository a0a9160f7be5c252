package judge

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// access is the table that people read, and what it says.
type access []guard.Access

var columns = regexp.MustCompile(` {2,}`)

// printed reads the table of `guard --explain` back, so that what is printed is what is judged.
func printed(roles []httpproxy.Object) (access, error) {
	var text bytes.Buffer
	if err := report.Access(&text, guard.Explain(roles)); err != nil {
		return nil, err
	}
	table, _, _ := strings.Cut(text.String(), "\n\n")
	var out access
	for i, line := range strings.Split(table, "\n") {
		if i == 0 {
			continue // the headings
		}
		cells := columns.Split(line, -1)
		if len(cells) != 5 {
			return nil, fmt.Errorf("guard --explain: line %q has %d columns, want 5", line, len(cells))
		}
		resource, names, some := strings.Cut(cells[2], " ")
		a := guard.Access{Who: strings.Split(cells[0], ", "), Namespace: cells[1], Resource: resource, Verbs: strings.Fields(cells[3]), Role: cells[4]}
		if some {
			a.Names = strings.Split(names, ", ")
		}
		out = append(out, a)
	}
	return out, nil
}

// allows says whether the table answers a question with yes.
func (a access) allows(q question) bool {
	return slices.ContainsFunc(a.of(q.who), func(row guard.Access) bool {
		return row.Namespace == q.namespace && row.Resource == q.kind.qualified() && slices.Contains(row.Verbs, q.verb) &&
			(len(row.Names) == 0 || slices.Contains(row.Names, q.name))
	})
}

// of are the rows that mean somebody.
func (a access) of(who subject) access {
	names := who.names()
	return slices.DeleteFunc(slices.Clone(a), func(row guard.Access) bool {
		return !slices.ContainsFunc(row.Who, func(w string) bool { return slices.Contains(names, w) })
	})
}

// wrong are the sentences about borders, written by hand from the plan and beside the table, that
// an answer makes untrue.
func wrong(p *ownership.Plan, q question, allowed bool) []string {
	is := roleIn(p, q)
	write := !slices.Contains([]string{"get", "list", "watch"}, q.verb)
	create := q.verb == "create" && q.name == ""
	proxy := q.kind.kind == "HTTPProxy" && q.kind.subresource == ""
	rootKind := slices.Contains([]string{"HTTPProxy", "TLSCertificateDelegation", "Certificate"}, q.kind.kind) && q.kind.subresource == ""
	var out []string
	for says, broken := range map[string]bool{
		"nobody reads or writes Secrets":                                      allowed && q.kind.kind == "Secret",
		"only HTTPProxies, delegations and Certificates are written":          allowed && write && !rootKind,
		"only root admins write delegations and Certificates":                 allowed && write && rootKind && !proxy && !is.root,
		"nobody deletes a collection, or takes on another's rights":           allowed && slices.Contains([]string{"deletecollection", "escalate", "bind", "impersonate"}, q.verb),
		"nothing is given for all namespaces":                                 allowed && q.namespace == "",
		"nothing is given where the plan has nothing":                         allowed && q.namespace == unplanned,
		"who is in no role gets nothing":                                      allowed && !is.root && !is.site && len(is.teams) == 0,
		"roots are written by root admins":                                    allowed && proxy && q.namespace == p.RootNamespace && !is.root,
		"fanouts are written by site admins":                                  allowed && proxy && q.namespace == p.FanoutNamespace && !is.site,
		"a team's proxies are written by its members":                         allowed && proxy && write && !is.here && q.namespace != p.RootNamespace && q.namespace != p.FanoutNamespace,
		"nobody makes or deletes proxies in a namespace that teams share":     allowed && proxy && is.shared && (q.verb == "create" || q.verb == "delete"),
		"root admins make roots":                                              !allowed && proxy && create && is.root && q.namespace == p.RootNamespace,
		"root admins make delegations and Certificates beside roots":          !allowed && rootKind && !proxy && create && is.root && q.namespace == p.RootNamespace,
		"site admins make fanouts":                                            !allowed && proxy && create && is.site && q.namespace == p.FanoutNamespace,
		"a team makes proxies in a namespace of its own":                      !allowed && proxy && create && is.here && !is.shared,
		"a team reads proxies, Services and EndpointSlices where its own are": !allowed && !write && is.here && (proxy || q.kind.kind == "Service" || q.kind.kind == "EndpointSlice"),
	} {
		if broken {
			out = append(out, says)
		}
	}
	slices.Sort(out)
	return out
}

// standing is what a plan makes of somebody.
type standing struct {
	root, site   bool
	teams        []string // the teams of theirs
	here, shared bool     // whether one of these has the namespace, and whether several teams have
}

func roleIn(p *ownership.Plan, q question) standing {
	names := q.who.names()
	among := func(subjects []ownership.Subject) bool {
		return slices.ContainsFunc(subjects, func(s ownership.Subject) bool {
			name := s.Kind + " " + s.Name
			if s.Namespace != "" {
				name = s.Kind + " " + s.Namespace + "/" + s.Name
			}
			return slices.Contains(names, name)
		})
	}
	out := standing{root: among(p.RootAdmins), site: among(p.SiteAdmins)}
	holders := 0
	for _, t := range p.Teams {
		has := slices.Contains(t.Namespaces, q.namespace)
		if has {
			holders++
		}
		if among(t.Subjects) {
			out.teams, out.here = append(out.teams, t.Name), out.here || has
		}
	}
	out.shared = holders > 1
	return out
}
