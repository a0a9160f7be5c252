package cli

import (
	"fmt"
	"testing"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestBordersTooLarge: a plan that no ConfigMap holds costs the admission policies, with a
// finding, and nothing else.
func TestBordersTooLarge(t *testing.T) {
	plan := &ownership.Plan{Teams: []ownership.Team{{Name: "a", Namespaces: []string{"a"}}}}
	for i := range 20_000 {
		plan.Hosts = append(plan.Hosts, ownership.HostRule{
			Host: fmt.Sprintf("host-%d.example.com", i), Claims: []ownership.Claim{{Path: "/", Team: "a", Namespace: "a"}},
		})
	}
	plan.Normalize()
	g := guards{forms: []string{"rbac", "admission"}, enforce: "warn"}
	objects, findings, err := g.objects(plan)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, f := range findings {
		if f.Rule == RuleBordersUnwritten {
			told++
		}
	}
	if told != 1 || len(objects) != 3 { // a role each: nobody is bound
		t.Errorf("%d findings, %d objects", told, len(objects))
	}
}
