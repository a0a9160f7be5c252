package convert

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// sharedNamespaces finds namespaces of two roles: RBAC works by namespace, and could not
// part them.
func (res *Result) sharedNamespaces() []ledger.Finding {
	var fs []ledger.Finding
	find := func(namespace, roles string) {
		fs = append(fs, ledger.Finding{
			Rule: "roles-share-namespace", Severity: ledger.Warning,
			Message: "namespace " + namespace + " holds objects of " + roles + ": who may write there writes for both",
			Action:  "give each role a namespace of its own (--root-namespace, --fanout-namespace, or in the plan)",
		})
	}
	root, fanout := res.Plan.RootNamespace, res.Plan.FanoutNamespace
	if root == fanout {
		find(root, "roots and fanouts")
	}
	for _, t := range res.Plan.Teams {
		if slices.Contains(t.Namespaces, root) {
			find(root, "roots and of team "+t.Name)
		}
		if fanout != root && slices.Contains(t.Namespaces, fanout) {
			find(fanout, "fanouts and of team "+t.Name)
		}
	}
	return fs
}
