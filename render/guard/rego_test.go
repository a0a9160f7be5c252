package guard_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// borders are those of each case, by its path.
func borders(t *testing.T) map[string]guard.Borders {
	t.Helper()
	cases, err := guardtest.Cases("../../fixtures/borders")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]guard.Borders{}
	for _, c := range cases {
		out[c.Path] = guard.From(c.Plan)
	}
	return out
}

// TestGatekeeper asks each template for the Rego of its rule, and each constraint for facts that
// the template's schema has. What the Rego says is for
// the judges.
func TestGatekeeper(t *testing.T) {
	for path, b := range borders(t) {
		objects, err := b.Gatekeeper(guard.Deny)
		if err != nil {
			t.Fatal(err)
		}
		half := len(objects) / 2
		for i, o := range objects[:half] {
			template, constraint := o.Value.(*guard.ConstraintTemplate), objects[half+i].Value.(*guard.Constraint)
			names := template.Spec.CRD.Spec
			source := template.Spec.Targets[0].Code[0].Source
			rule := template.Annotations["metadata.gatekeeper.sh/title"]
			if names.Names.Kind != constraint.Kind || strings.ToLower(constraint.Kind) != template.Name {
				t.Errorf("%s: template %s of %s stands beside constraint %s", path, template.Name, names.Names.Kind, constraint.Kind)
			}
			if defined := `broken("` + rule + `", `; strings.Count(strings.Join(source.Libs, ""), defined) != 1 || !strings.Contains(source.Rego, `"`+rule+`"`) {
				t.Errorf("%s: the template has not its rule once", rule)
			}
			for name := range constraint.Spec.Parameters {
				if _, ok := names.Validation.Schema.Properties[name]; !ok {
					t.Errorf("%s: the schema has no %s", rule, name)
				}
			}
			if constraint.Spec.EnforcementAction != guard.Deny {
				t.Errorf("%s: enforcement %s", rule, constraint.Spec.EnforcementAction)
			}
		}
	}
}

// TestGatekeeperIsStable: the same borders give the same bytes, in which Rego can be read.
func TestGatekeeperIsStable(t *testing.T) {
	for path, b := range borders(t) {
		var texts [2]bytes.Buffer
		for i := range texts {
			objects, err := b.Gatekeeper(guard.Warn)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range objects {
				if err := emit.YAML(&texts[i], []any{o.Value}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !bytes.Equal(texts[0].Bytes(), texts[1].Bytes()) {
			t.Errorf("%s: two runs differ", path)
		}
		if bytes.Contains(texts[0].Bytes(), []byte(`\n`)) {
			t.Errorf("%s: Rego stands in quotes", path)
		}
	}
}

// TestConftest asks for each rule's Rego, its tests, and whom to ask about it.
func TestConftest(t *testing.T) {
	for path, b := range borders(t) {
		files, err := b.Conftest(guard.Warn)
		if err != nil {
			t.Fatal(err)
		}
		var rego, tests strings.Builder
		var data struct {
			Borders struct {
				Enforce guard.Enforcement
				Rules   []struct{ ID, Ask string }
			}
		}
		for _, f := range files {
			switch {
			case strings.HasSuffix(f.Path, "_test.rego"):
				tests.Write(f.Data)
			case strings.HasSuffix(f.Path, ".rego"):
				rego.Write(f.Data)
			case f.Path == "data/borders.json":
				if err := json.Unmarshal(f.Data, &data); err != nil {
					t.Fatal(err)
				}
			}
		}
		if data.Borders.Enforce != guard.Warn {
			t.Errorf("%s: enforcement %q", path, data.Borders.Enforce)
		}
		for _, r := range guard.Rules() {
			known := slices.ContainsFunc(data.Borders.Rules, func(one struct{ ID, Ask string }) bool { return one.ID == r.ID && one.Ask == b.Ask(r) })
			if !strings.Contains(rego.String(), `"`+r.ID+`"`) || !strings.Contains(tests.String(), "test_"+strings.ReplaceAll(r.ID, "-", "_")+" if") || !known {
				t.Errorf("rule %s: no Rego, no test in Rego, or nobody to ask", r.ID)
			}
		}
	}
}

// TestEveryWholeRuleHasItsFolder asks each rule that only all objects together show for a folder
// that breaks it, and for one that breaks nothing.
func TestEveryWholeRuleHasItsFolder(t *testing.T) {
	folders, err := guardtest.Folders("../../fixtures/borders/whole")
	if err != nil {
		t.Fatal(err)
	}
	clean := false
	var broken strings.Builder
	for _, f := range folders {
		clean = clean || len(f.Want) == 0
		broken.WriteString(strings.Join(f.Want, "\n") + "\n")
		if !slices.IsSorted(f.Want) {
			t.Errorf("%s: want.txt is not sorted", f.Path)
		}
	}
	if !clean {
		t.Error("every folder breaks something")
	}
	for _, r := range guard.Rules() {
		if !r.Held.Has(guard.Admission) && !strings.Contains(broken.String(), ": "+r.ID+": ") {
			t.Errorf("rule %s: no folder of fixtures/borders/whole breaks it", r.ID)
		}
	}
}

// TestDrawnAttemptsBreakRules: objects by chance are read, and break all rules that see one.
func TestDrawnAttemptsBreakRules(t *testing.T) {
	broken := map[string]bool{}
	for _, b := range borders(t) {
		for seed := range 200 {
			a := guardtest.Drawn(b).Example(seed)
			found, err := a.Offences(b)
			if err != nil {
				t.Fatalf("%v\n%s", err, a.Now)
			}
			for _, o := range found {
				broken[o.Rule] = true
			}
		}
	}
	for _, r := range guard.Rules() {
		if r.Held.Has(guard.Admission) && !broken[r.ID] {
			t.Errorf("rule %s: 200 attempts a plan do not break it", r.ID)
		}
	}
}
