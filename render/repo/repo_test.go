package repo

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// result makes files from "path", "content" pairs.
func result(pairs ...string) []File {
	var files []File
	for i := 0; i < len(pairs); i += 2 {
		files = append(files, File{Path: pairs[i], Data: []byte(pairs[i+1])})
	}
	return files
}

// put writes files by hand, as people do.
func put(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for _, f := range result(pairs...) {
		name := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// tree is everything below dir: path to content, directories with a slash at the end.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		switch {
		case d.IsDir():
			all[name+"/"] = ""
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(p)
			all[name] = "-> " + target
			return err
		default:
			data, err := os.ReadFile(p)
			all[name] = string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// files is the tree without directories and without the manifest.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := tree(t, dir)
	maps.DeleteFunc(all, func(p, _ string) bool { return strings.HasSuffix(p, "/") || p == manifestName })
	return all
}

func mustWrite(t *testing.T, dir string, fs []File) Changes {
	t.Helper()
	c, err := Write(dir, fs, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWriteAndRewrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	first := result("teams/a/x.yaml", "x", "root/r.yaml", "r")
	c := mustWrite(t, dir, first)
	if d := cmp.Diff(Changes{Created: []string{"root/r.yaml", "teams/a/x.yaml"}}, c); d != "" {
		t.Error(d)
	}
	past := time.Unix(1000, 0)
	for p := range tree(t, dir) {
		if err := os.Chtimes(filepath.Join(dir, p), past, past); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, dir)
	c = mustWrite(t, dir, slices.Concat(first[1:], first[:1]))
	if !c.Empty() || len(c.Unchanged) != 2 {
		t.Errorf("second run: %+v", c)
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Error(d)
	}
	for p := range before {
		info, err := os.Stat(filepath.Join(dir, p))
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(past) {
			t.Errorf("%s was touched", p)
		}
	}
}

func TestManifestBytes(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("b.yaml", "", "a.yaml", "a"))
	want := `{
  "schema": 1,
  "files": {
    "a.yaml": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "b.yaml": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }
}
`
	if d := cmp.Diff(want, tree(t, dir)[manifestName]); d != "" {
		t.Error(d)
	}
}

func TestUpdateKeepsModeAndRemovesStale(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("a", "1", "teams/old/b", "1", "teams/old/c", "1", "teams/d", "1"))
	if err := os.Chmod(filepath.Join(dir, "a"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "teams/old/c", "edited")
	want := Changes{Updated: []string{"a"}, Removed: []string{"teams/d", "teams/old/b"}, Kept: []string{"teams/old/c"}, Created: []string{"e/f/g"}}
	if d := cmp.Diff(want, mustWrite(t, dir, result("a", "2", "e/f/g", "1"))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"a": "2", "e/f/g": "1", "teams/old/c": "edited"}, files(t, dir)); d != "" {
		t.Error(d)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of a: %v, %v", info.Mode(), err)
	}
	// It is reported as long as it is there, and goes once the edit is undone.
	if c := mustWrite(t, dir, result("a", "2", "e/f/g", "1")); !c.Empty() || len(c.Kept) != 1 {
		t.Errorf("again: %+v", c)
	}
	put(t, dir, "teams/old/c", "1")
	if c := mustWrite(t, dir, nil); len(c.Removed) != 3 {
		t.Errorf("nothing wanted: %+v", c)
	}
	if got := tree(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

func TestEditedAndForeignFilesNeedForce(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("a", "1", "b", "1", "c", "1"))
	put(t, dir, "a", "mine", "b", "mine", "foreign", "mine", "same", "2")
	before := tree(t, dir)
	next := result("a", "2", "b", "2", "c", "2", "foreign", "2", "same", "2")
	_, err := Write(dir, next, false)
	want := dir + `: nothing was written, because it would overwrite
  a was edited since it was written
  b was edited since it was written
  foreign was not written by split-ingress
move them away, or overwrite them with --force`
	if err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Fatal(d)
	}
	c, err := Write(dir, next, true)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Changes{Updated: []string{"a", "b", "c", "foreign"}, Unchanged: []string{"same"}}, c); d != "" {
		t.Error(d)
	}
	if c := mustWrite(t, dir, nil); len(c.Removed) != 5 {
		t.Errorf("all of them are ours now: %+v", c)
	}
}

func TestSameFileStays(t *testing.T) {
	dir := t.TempDir()
	says := func(data string) []File {
		return []File{{Path: "plan", Data: []byte(data), Same: func(there []byte) bool { return strings.TrimPrefix(string(there), "# noted\n") == data }}}
	}
	if _, err := Write(dir, says("1\n"), false); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "plan", "# noted\n1\n")
	if got, err := Write(dir, says("1\n"), false); err != nil || !slices.Equal(got.Unchanged, []string{"plan"}) {
		t.Errorf("the same in other words: %+v, %v", got, err)
	}
	if _, err := Write(dir, says("2\n"), false); err == nil || !strings.Contains(err.Error(), "plan was edited since it was written") {
		t.Errorf("something else: %v", err)
	}
	if got := tree(t, dir)["plan"]; got != "# noted\n1\n" {
		t.Errorf("plan is %q", got)
	}
}

func TestDeletedFileComesBack(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("d/a", "1"))
	if err := os.RemoveAll(filepath.Join(dir, "d")); err != nil {
		t.Fatal(err)
	}
	if c := mustWrite(t, dir, result("d/a", "1")); len(c.Created) != 1 {
		t.Errorf("%+v", c)
	}
	if err := os.RemoveAll(filepath.Join(dir, "d")); err != nil {
		t.Fatal(err)
	}
	if c := mustWrite(t, dir, nil); !c.Empty() || len(c.Kept) != 0 {
		t.Errorf("gone already: %+v", c)
	}
}

func TestRefusedPaths(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"", ".", "/etc/x", "../x", "a/../../x", "a//b", "a/", "./a", `a\b`, "c:a", "a\x00", "\xff", manifestName, "a/.split-ingress-0.new"} {
		if _, err := Write(dir, result(p, "x"), true); err == nil {
			t.Errorf("%q was accepted", p)
		}
	}
	for _, pair := range [][]File{result("a", "1", "a", "1"), result("a", "1", "a/b/c", "1")} {
		if _, err := Write(dir, pair, true); err == nil {
			t.Errorf("%v was accepted", pair)
		}
	}
	if got := tree(t, dir); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestFormatChanges(t *testing.T) {
	got := FormatChanges(Changes{Created: []string{"a"}, Updated: []string{"b"}, Removed: []string{"c"}, Kept: []string{"d"}, Unchanged: []string{"e"}})
	want := "created a\nupdated b\nremoved c\nkept d (no longer in the result, but edited since it was written: delete it yourself)\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}
