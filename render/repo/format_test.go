package repo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("a", "1\n2\n", "b", "1\n", "c", "1\n", "same", "1\n", "stale", "1\n"))
	put(t, dir, "b", "edited\n", "stale", "edited\n")
	before := tree(t, dir)
	changes, err := Diff(dir, result("a", "1\n3\n", "b", "2\n", "new/d", "1", "new/e", "", "same", "1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `--- a/a
+++ b/a
@@ -1,2 +1,2 @@
 1
-2
+3
# b was edited since it was written: only --force overwrites it
--- a/b
+++ b/b
@@ -1 +1 @@
-edited
+2
--- a/c
+++ /dev/null
@@ -1 +0,0 @@
-1
--- /dev/null
+++ b/new/d
@@ -0,0 +1 @@
+1
\ No newline at end of file
--- /dev/null
+++ b/new/e
`
	if d := cmp.Diff(want, FormatDiff(changes)); d != "" {
		t.Error(d)
	}
	actions := ""
	for _, c := range changes {
		actions += c.Action.String() + " " + c.Path + "\n"
	}
	if d := cmp.Diff("update a\nupdate b\nremove c\ncreate new/d\ncreate new/e\n", actions); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Error(d)
	}
}

func TestDiffOfNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	changes, err := Diff(dir, result("a", "1"))
	if err != nil || len(changes) != 1 {
		t.Errorf("new directory: %v, %v", changes, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("Diff made the directory: %v", err)
	}
	mustWrite(t, dir, result("a", "1"))
	if changes, err := Diff(dir, result("a", "1")); err != nil || len(changes) != 0 || FormatDiff(changes) != "" {
		t.Errorf("no change: %v, %v", changes, err)
	}
	if _, err := Diff(dir, result("../a", "1")); err == nil {
		t.Error("a path that leads outside was accepted")
	}
}

func TestWithKustomizations(t *testing.T) {
	const head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
	files := result(
		"teams/login/b.yaml", "b", "teams/login/a.yaml", "a", "teams/login/README.md", "", "root/yes: no.yml", "",
		"zone.yaml", "", "own/x.yaml", "", "own/kustomization.yml", "own", "base/Kustomization", "own", "notes/x.txt", "",
	)
	want := map[string]string{
		"kustomization.yaml":             head + "- base\n- own\n- root\n- teams/login\n- zone.yaml\n",
		"root/kustomization.yaml":        head + "- \"yes: no.yml\"\n",
		"teams/login/kustomization.yaml": head + "- a.yaml\n- b.yaml\n",
	}
	for _, f := range files {
		want[f.Path] = string(f.Data)
	}
	got := map[string]string{}
	last := ""
	for _, f := range WithKustomizations(files) {
		if f.Path <= last {
			t.Errorf("%s after %s", f.Path, last)
		}
		last = f.Path
		got[f.Path] = string(f.Data)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := WithKustomizations(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	if got := WithKustomizations(result("kustomization.yaml", "own", "a.yaml", "")); len(got) != 2 {
		t.Errorf("with its own at the top: %v", got)
	}
}
