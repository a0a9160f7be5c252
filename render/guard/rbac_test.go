package guard_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestRoles runs fixtures/borders/roles/*.txtar: a plan (plan.yaml), what is beside (beside.txt,
// "Kind namespace/name" a line), and what all of them may do (access.txt), with the findings
// behind it.
func TestRoles(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/borders/roles/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := rolesText(t, ar)
			last := &ar.Files[len(ar.Files)-1]
			if last.Name != "access.txt" {
				t.Fatal("access.txt is not the last section")
			}
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(last.Data) {
				t.Errorf("have\n%s\nwant\n%s", got, last.Data)
			}
		})
	}
}

func rolesText(t *testing.T, ar *txtar.Archive) string {
	var plan *ownership.Plan
	var beside []guard.Beside
	var err error
	for _, f := range ar.Files {
		switch f.Name {
		case "plan.yaml":
			if plan, err = ownership.Read(f.Name, bytes.NewReader(f.Data)); err != nil {
				t.Fatal(err)
			}
		case "beside.txt":
			for line := range strings.Lines(string(f.Data)) {
				kind, name, _ := strings.Cut(strings.TrimSpace(line), " ")
				ns, name, _ := strings.Cut(name, "/")
				beside = append(beside, guard.Beside{Kind: kind, Namespace: ns, Name: name})
			}
		}
	}
	objects, findings := guard.Roles(plan, beside)
	var b strings.Builder
	for _, a := range guard.Explain(objects) {
		fmt.Fprintf(&b, "%s/%s %v: %s %v %v\n", a.Namespace, a.Role, a.Who, a.Resource, a.Verbs, a.Names)
	}
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Rule, f.Message)
	}
	return b.String()
}
