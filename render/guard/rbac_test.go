package guard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// TestRoles: the roles of each case of fixtures/borders/roles give what its table says.
func TestRoles(t *testing.T) {
	cases, err := guardtest.RolesCases("../../fixtures/borders/roles")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(filepath.Base(c.Path), func(t *testing.T) {
			got := rolesText(c)
			if *update {
				c.Replace("access.txt", got)
				if err := os.WriteFile(c.Path, txtar.Format(c.Archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want := string(c.Section("access.txt")); got != want {
				t.Errorf("have\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func rolesText(c guardtest.RolesCase) string {
	objects, findings := guard.Roles(c.Plan)
	var b strings.Builder
	for _, a := range guard.Explain(objects) {
		fmt.Fprintf(&b, "%s/%s %v: %s %v %v\n", a.Namespace, a.Role, a.Who, a.Resource, a.Verbs, a.Names)
	}
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Rule, f.Message)
	}
	return b.String()
}
