package guard

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Access is what somebody may do with a kind of objects somewhere.
type Access struct {
	Who       []string // subjects as "Kind name"; none: the role is bound to nobody
	Role      string   // name of the Role
	Namespace string
	Resource  string   // with its API group behind a dot, if it has one
	Verbs     []string // sorted
	Names     []string // of objects; none: all
}

// Explain lists what Roles and RoleBindings give, by namespace, role and resource. Whatever is
// not listed is not given by us.
func Explain(objects []httpproxy.Object) []Access {
	bound := map[string][]string{}
	for _, o := range objects {
		if b, ok := o.Value.(*rbacv1.RoleBinding); ok {
			for _, s := range b.Subjects {
				bound[b.Namespace+"/"+b.RoleRef.Name] = append(bound[b.Namespace+"/"+b.RoleRef.Name], subjectText(s))
			}
		}
	}
	var out []Access
	for _, o := range objects {
		role, ok := o.Value.(*rbacv1.Role)
		if !ok {
			continue
		}
		for _, r := range role.Rules {
			for i, resource := range r.Resources {
				out = append(out, Access{
					Who: bound[role.Namespace+"/"+role.Name], Role: role.Name, Namespace: role.Namespace,
					Resource: qualified(resource, r.APIGroups, i), Verbs: slices.Sorted(slices.Values(r.Verbs)), Names: r.ResourceNames,
				})
			}
		}
	}
	return out
}

// qualified is a resource with its group, as kubectl has it. Rules of ours have one group, or
// one for each resource.
func qualified(resource string, groups []string, i int) string {
	group := groups[min(i, len(groups)-1)]
	return strings.TrimSuffix(resource+"."+group, ".")
}

func subjectText(s rbacv1.Subject) string {
	if s.Namespace != "" {
		return s.Kind + " " + s.Namespace + "/" + s.Name
	}
	return s.Kind + " " + s.Name
}
