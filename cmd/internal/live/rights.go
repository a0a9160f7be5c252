package live

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// right is a right to read.
type right struct {
	verb      string
	of        resource
	namespace string // empty is all of them, or a kind without namespaces
}

// denial is a right that was missing.
type denial struct {
	right
	name string // of the object, where the right may be one for single names
	err  error
}

func (r *reading) deny(of right, name string, err error) {
	r.denied = append(r.denied, denial{of, name, err})
}

// grant says which rule would grant a right, for those names, or for all if there are none.
func (a right) grant(names []string) string {
	rule := fmt.Sprintf("apiGroups: [%q], resources: [%q], ", a.of.group, a.of.name)
	if len(names) > 0 {
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = fmt.Sprintf("%q", name)
		}
		rule += "resourceNames: [" + strings.Join(quoted, ", ") + "], "
	}
	where := "a Role and a RoleBinding in namespace " + a.namespace
	if a.namespace == "" {
		where = "a ClusterRole and a ClusterRoleBinding"
	}
	return fmt.Sprintf("grant {%sverbs: [%q]} by %s", rule, a.verb, where)
}

// missingRights are the findings about what may not be read: one for each right, in the order
// in which they were asked for.
func (r *reading) missingRights() []ledger.Finding {
	var fs []ledger.Finding
	at := map[right]int{}
	names := map[right][]string{}
	for _, d := range r.denied {
		i, known := at[d.right]
		if !known {
			i = len(fs)
			at[d.right] = i
			fs = append(fs, ledger.Finding{Rule: RuleMissingRight, Severity: ledger.Warning, Origin: r.cluster.origin()})
		}
		if d.name != "" {
			names[d.right] = append(names[d.right], d.name)
		}
		if !known {
			fs[i].Message = fmt.Sprintf("%s, so that %s", d.err, d.of.withoutItsRight)
		}
		fs[i].Action = d.grant(names[d.right])
	}
	return fs
}
