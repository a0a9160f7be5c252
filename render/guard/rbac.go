package guard

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// The names of roles; that of a team that shares its namespace has the team's name behind it.
const (
	rootRole       = "split-ingress-root-admin"
	siteRole       = "split-ingress-site-admin"
	teamRole       = "split-ingress-team"
	delegationRole = "split-ingress-certificates"
)

// The verbs of those who own objects, and of those who look at them.
var (
	owning  = []string{"create", "delete", "get", "list", "patch", "update", "watch"}
	looking = []string{"get", "list", "watch"}
	keeping = []string{"patch", "update"} // verbs that can be given for objects by their names
)

// Roles are the Roles of a canonical plan, by namespace and name, each with a RoleBinding to
// the plan's subjects. Root admins have HTTPProxies, delegations and Certificates of the root
// namespace, and the latter two of the plan's certificateNamespaces; site admins HTTPProxies of
// the fanout namespace; teams HTTPProxies of their namespaces, and a look at Services and
// EndpointSlices. Nobody is given Secrets, namespaces, Ingresses, or roles. Where teams share a namespace, each has the
// objects that the plan gives it, by their names, and may make none: RBAC cannot part that.
// Findings name roles without subjects, and shared namespaces.
func Roles(p *ownership.Plan) ([]httpproxy.Object, []ledger.Finding) {
	r := &roles{plan: p}
	r.admins()
	holders := map[string][]ownership.Team{}
	for _, t := range p.Teams {
		for _, ns := range t.Namespaces {
			holders[ns] = append(holders[ns], t)
		}
	}
	b := From(p)
	for _, ns := range sortedKeys(holders) {
		r.namespace(ns, holders[ns], b)
	}
	slices.SortStableFunc(r.objects, func(a, b httpproxy.Object) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return r.objects, ledger.SortFindings(r.findings)
}

type roles struct {
	plan     *ownership.Plan
	objects  []httpproxy.Object
	findings []ledger.Finding
}

func (r *roles) admins() {
	const who = "the root admins (spec.rootAdmins)"
	delegating, certifying := rule(owning, tlsDelegation), rule(owning, certificate)
	r.role(r.plan.RootNamespace, rootRole, r.plan.RootAdmins, who, rule(owning, httpProxy, tlsDelegation), certifying)
	r.role(r.plan.FanoutNamespace, siteRole, r.plan.SiteAdmins, "the site admins (spec.siteAdmins)", rule(owning, httpProxy))
	for _, ns := range r.plan.CertificateNamespaces {
		if ns != r.plan.RootNamespace {
			r.role(ns, delegationRole, r.plan.RootAdmins, who, delegating, certifying)
		}
	}
}

// namespace gives its rights to the teams of a namespace.
func (r *roles) namespace(ns string, teams []ownership.Team, b Borders) {
	look := []rbacv1.PolicyRule{rule(looking, service), rule(looking, endpointSlice)}
	if len(teams) == 1 {
		r.role(ns, teamRole, teams[0].Subjects, "team "+teams[0].Name, append([]rbacv1.PolicyRule{rule(owning, httpProxy)}, look...)...)
		return
	}
	var names []string
	for _, t := range teams {
		names = append(names, t.Name)
		own := rule(keeping, httpProxy)
		for _, m := range b.Mounts {
			if m.Namespace == ns && m.Team == t.Name {
				own.ResourceNames = append(own.ResourceNames, m.Name)
			}
		}
		rules := append([]rbacv1.PolicyRule{rule(looking, httpProxy)}, look...)
		if len(own.ResourceNames) > 0 { // none would mean all
			rules = append([]rbacv1.PolicyRule{own}, rules...)
		}
		r.role(ns, teamRole+"-"+t.Name, t.Subjects, "team "+t.Name, rules...)
	}
	r.findings = append(r.findings, ledger.Finding{
		Rule: "creation-shared", Severity: ledger.Warning,
		Message: "namespace " + ns + " is shared by teams " + strings.Join(names, ", ") + ": each may change its own objects, and none may make one, since RBAC cannot part that",
		Action:  "give each team a namespace of its own, or make them one team in the plan",
	})
}

// role adds a Role, and a RoleBinding if there is somebody to bind it to.
func (r *roles) role(ns, name string, subjects []ownership.Subject, who string, rules ...rbacv1.PolicyRule) {
	name = fitted(name)
	r.objects = append(r.objects, object(&rbacv1.Role{
		TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"}, ObjectMeta: meta(ns, name), Rules: rules,
	}, "Role", ns, name))
	if len(subjects) == 0 {
		r.findings = append(r.findings, ledger.Finding{
			Rule: "no-subjects", Severity: ledger.Info,
			Message: "Role " + ns + "/" + name + " is bound to nobody: the plan names no subjects of " + who,
			Action:  "name groups, users or service accounts in the plan, or bind the role by hand",
		})
		return
	}
	binding := &rbacv1.RoleBinding{
		TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "RoleBinding"}, ObjectMeta: meta(ns, name),
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
	}
	for _, s := range subjects {
		out := rbacv1.Subject{Kind: s.Kind, Name: s.Name, Namespace: s.Namespace}
		if s.Kind != "ServiceAccount" {
			out.APIGroup = rbacv1.GroupName
		}
		binding.Subjects = append(binding.Subjects, out)
	}
	r.objects = append(r.objects, object(binding, "RoleBinding", ns, name))
}

func rule(verbs []string, kinds ...Kind) rbacv1.PolicyRule {
	out := rbacv1.PolicyRule{Verbs: verbs}
	for _, k := range kinds {
		if !slices.Contains(out.APIGroups, k.Group) {
			out.APIGroups = append(out.APIGroups, k.Group)
		}
		out.Resources = append(out.Resources, k.Resource)
	}
	return out
}
