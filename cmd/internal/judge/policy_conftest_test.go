package judge

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// write puts the policies for conftest into a directory.
func (p policies) write(t *testing.T, dir string, enforce guard.Enforcement) {
	t.Helper()
	files, err := p.Conftest(enforce)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		place(t, dir, f.Path, f.Data)
	}
}

// conftestResult is what conftest says of one offence.
type conftestResult struct {
	Msg      string
	Metadata struct{ Rule, Object, Offence, File string }
}

// combined asks conftest about all files in the folder "objects", and says which offences are
// failures and which are warnings.
func (p policies) combined(t *testing.T, dir string, namespaces ...string) (failures, warnings []conftestResult, failed bool) {
	t.Helper()
	out, failed := p.asked(t, dir, conftest, "test", "--combine", "--policy", "policy", "--data", "data",
		"--namespace", strings.Join(namespaces, ","), "--output", "json", "objects")
	var checks []struct{ Failures, Warnings []conftestResult }
	if err := json.Unmarshal(out, &checks); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(checks) != len(namespaces) {
		t.Fatalf("%d results, want one for each of %q", len(checks), namespaces)
	}
	for _, c := range checks {
		failures, warnings = append(failures, c.Failures...), append(warnings, c.Warnings...)
	}
	return failures, warnings, failed
}

// conftest asks conftest about all attempts as files of one folder.
func (p policies) conftest(t *testing.T, attempts []guardtest.Attempt) {
	dir := t.TempDir()
	p.write(t, dir, guard.Deny)
	var want []told
	for _, a := range bare(attempts) {
		place(t, dir, "objects/"+a.Name+".yaml", a.Now)
		for _, o := range p.expected(t, a) {
			o.Message = "objects/" + a.Name + ".yaml: " + o.Message
			want = append(want, o)
		}
	}
	failures, warnings, failed := p.combined(t, dir, "main")
	var have []told
	for _, r := range failures {
		m := r.Metadata
		name := strings.TrimSuffix(filepath.Base(m.File), ".yaml")
		have = append(have, told{name, r.Msg, guard.Offence{Rule: m.Rule, Object: m.Object, What: m.Offence}})
	}
	compare(t, want, have)
	if len(warnings) > 0 || failed != (len(want) > 0) {
		t.Errorf("conftest: failed=%v with %d warnings and %d offences", failed, len(warnings), len(want))
	}
}

// testWhole asks conftest about the folders of fixtures/borders/whole.
func testWhole(t *testing.T, dir Tools) {
	folders, err := guardtest.Folders(filepath.Join(fixtures, "borders", "whole"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		t.Run(strings.TrimSuffix(filepath.Base(f.Path), ".txtar"), func(t *testing.T) {
			folder := t.TempDir()
			p := policies{dir, guard.From(f.Plan)}
			p.write(t, folder, guard.Warn)
			for _, file := range f.Files {
				place(t, folder, "objects/"+file.Name, file.Data)
			}
			failures, warnings, failed := p.combined(t, folder, "main", "whole")
			if len(failures) > 0 || failed {
				t.Errorf("warnings are failures: %v", failures)
			}
			var have []string
			for _, w := range warnings {
				have = append(have, w.Metadata.Object+": "+w.Metadata.Rule+": "+w.Metadata.Offence)
			}
			slices.Sort(have)
			if !slices.Equal(have, f.Want) {
				t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(f.Want, "\n"))
			}
		})
	}
}
