package repo

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Each of these is in the way before anything is written.
func TestObstacles(t *testing.T) {
	tests := map[string]struct {
		prepare func(t *testing.T, dir, outside string)
		want    string
	}{
		"directory in the place of a file": {
			func(t *testing.T, dir, _ string) { put(t, dir, "z.yaml/inner", "x") },
			"z.yaml: is no regular file but a directory",
		},
		"file in the place of a directory": {
			func(t *testing.T, dir, _ string) { put(t, dir, "sub", "x") },
			"sub: is a file, so sub/b.yaml is no regular file",
		},
		"link to a directory outside": {
			func(t *testing.T, dir, outside string) { link(t, outside, filepath.Join(dir, "sub")) },
			"sub: is no regular file but a symbolic link",
		},
		"link to a file outside": {
			func(t *testing.T, dir, outside string) {
				link(t, filepath.Join(outside, "precious"), filepath.Join(dir, "z.yaml"))
			},
			"z.yaml: is no regular file but a symbolic link",
		},
		"manifest is a link": {
			func(t *testing.T, dir, outside string) {
				link(t, filepath.Join(outside, "precious"), filepath.Join(dir, manifestName))
			},
			"symbolic link",
		},
		"manifest is broken": {
			func(t *testing.T, dir, _ string) { put(t, dir, manifestName, "{") },
			"unexpected EOF; repair it, or delete it and write with --force",
		},
		"manifest of the future": {
			func(t *testing.T, dir, _ string) { put(t, dir, manifestName, `{"schema":2}`) },
			"schema 2",
		},
		"manifest leads outside": {
			func(t *testing.T, dir, _ string) {
				put(t, dir, manifestName, `{"schema":1,"files":{"../outside/precious":"`+sum([]byte("x"))+`"}}`)
			},
			`"../outside/precious": must be a relative path`,
		},
		"interrupted run": {
			func(t *testing.T, dir, _ string) { put(t, dir, ".split-ingress-0.old", "original") },
			".split-ingress-0.old: left by a run that was interrupted",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			dir, outside := filepath.Join(base, "dir"), filepath.Join(base, "outside")
			put(t, dir, "kept", "x")
			put(t, outside, "precious", "x")
			tt.prepare(t, dir, outside)
			before := tree(t, base)
			_, err := Write(dir, result("a.yaml", "a", "sub/b.yaml", "b", "z.yaml", "z"), true)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if d := cmp.Diff(before, tree(t, base)); d != "" {
				t.Error(d)
			}
		})
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func TestOutputDirectoryItself(t *testing.T) {
	base := t.TempDir()
	put(t, base, "file", "x")
	for _, dir := range []string{"file", "file/sub"} {
		if _, err := Write(filepath.Join(base, dir), result("a", "1"), true); err == nil {
			t.Errorf("%s was accepted", dir)
		}
		if _, err := Diff(filepath.Join(base, dir), result("a", "1")); err == nil {
			t.Errorf("%s was accepted by Diff", dir)
		}
	}
	link(t, filepath.Join(base, "real"), filepath.Join(base, "link"))
	if err := os.Mkdir(filepath.Join(base, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	if mustWrite(t, filepath.Join(base, "link"), result("a", "1")); tree(t, base)["real/a"] != "1" {
		t.Error("an output directory may be a link")
	}
	if c := mustWrite(t, filepath.Join(base, "none"), nil); !c.Empty() || tree(t, base)["none/"] != "" {
		t.Errorf("nothing to write: %+v", c)
	}
}

// A stale file whose place people have given to something else is theirs.
func TestStaleFileReplaced(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, result("a", "1", "b", "1", "d/c", "1"))
	for _, name := range []string{"a", "b", "d/c", "d"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, "a/theirs", "x", "d", "x")
	link(t, "a", filepath.Join(dir, "b"))
	c := mustWrite(t, dir, nil)
	if d := cmp.Diff(Changes{Kept: []string{"a", "b", "d/c"}}, c); d != "" {
		t.Error(d)
	}
}

var errInjected = errors.New("injected")

// faulty fails the operation whose turn it is, and all later ones from the second turn on.
type faulty struct {
	disk
	turn, second int // counted down; 0 fails
}

func (f *faulty) fails() bool {
	f.turn--
	f.second--
	return f.turn == -1 || f.second < 0
}

func (f *faulty) Mkdir(name string, perm fs.FileMode) error {
	if f.fails() {
		return errInjected
	}
	return f.disk.Mkdir(name, perm)
}

// WriteFile leaves half of the data when it fails, as a full disk does.
func (f *faulty) WriteFile(name string, data []byte, perm fs.FileMode) error {
	if f.fails() {
		return errors.Join(errInjected, f.disk.WriteFile(name, data[:len(data)/2], perm))
	}
	return f.disk.WriteFile(name, data, perm)
}

func (f *faulty) Rename(from, to string) error {
	if f.fails() {
		return errInjected
	}
	return f.disk.Rename(from, to)
}

const never = 1 << 30

// mixed prepares a directory and a plan that creates, updates and removes.
func mixed(t *testing.T) (string, *os.Root, plan) {
	t.Helper()
	dir := t.TempDir()
	mustWrite(t, dir, result("a", "one", "b/c", "one", "d/e", "one", "f", "one"))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	p, err := makePlan(root, result("a", "two", "b/c", "two", "f", "one", "g/h/i", "two", "g/j", "two"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, root, p
}

// Whichever operation fails, everything is as it was.
func TestFailureMidwayIsTakenBack(t *testing.T) {
	for turn := 0; ; turn++ {
		dir, root, p := mixed(t)
		before := tree(t, dir)
		d := &faulty{disk: root, turn: turn, second: never}
		err := apply(d, p.steps)
		if err == nil {
			if turn < 15 {
				t.Errorf("only %d operations were tried", turn)
			}
			want := map[string]string{"a": "two", "b/c": "two", "f": "one", "g/h/i": "two", "g/j": "two"}
			if d := cmp.Diff(want, files(t, dir)); d != "" {
				t.Error(d)
			}
			if _, ok := tree(t, dir)["d/"]; ok {
				t.Error("the empty directory d is left")
			}
			return
		}
		if !errors.Is(err, errInjected) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
			t.Errorf("operation %d: %s", turn, diff)
		}
	}
}

// Where even taking back fails, the error says so, and no original is lost.
func TestFailureWhileTakingBack(t *testing.T) {
	for turn := 0; turn < 20; turn++ {
		dir, root, p := mixed(t)
		d := &faulty{disk: root, turn: turn, second: turn}
		err := apply(d, p.steps)
		if err == nil {
			return
		}
		left := map[string]bool{}
		for name, content := range tree(t, dir) {
			if content == "one" {
				left[strings.TrimSuffix(filepath.Base(name), ".old")] = true
			}
		}
		if len(left) != 4 {
			t.Errorf("operation %d: originals left: %v, %v", turn, left, err)
		}
	}
	t.Error("never succeeded")
}

// For any history of results and edits: what people edited is never lost without force,
// and after a write everything that was wanted is there.
func TestAnyHistory(t *testing.T) {
	base := t.TempDir()
	names := rapid.SampledFrom([]string{"a", "b", "d/a", "d/b", "d/e/f"})
	content := rapid.SampledFrom([]string{"", "1", "2", "3"})
	wanted := rapid.MapOfN(names, content, 0, 5)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(base, "")
		if err != nil {
			rt.Fatal(err)
		}
		theirs := map[string]string{} // what people wrote last
		for range rapid.IntRange(1, 5).Draw(rt, "rounds") {
			for name, text := range rapid.MapOfN(names, content, 0, 2).Draw(rt, "edits") {
				put(t, dir, name, "edited "+text)
				theirs[name] = "edited " + text
			}
			want := wanted.Draw(rt, "result")
			var fs []File
			for name, text := range want {
				fs = append(fs, File{Path: name, Data: []byte(text)})
			}
			force := rapid.Bool().Draw(rt, "force")
			before := tree(t, dir)
			diff, diffErr := Diff(dir, fs)
			c, err := Write(dir, fs, force)
			after := tree(t, dir)
			if diffErr != nil || (err != nil) == (force || !refused(diff)) {
				rt.Fatalf("write: %v, diff: %v %v", err, diff, diffErr)
			}
			if err != nil {
				if d := cmp.Diff(before, after); d != "" {
					rt.Fatal(d)
				}
				continue
			}
			if len(diff) != len(c.Created)+len(c.Updated)+len(c.Removed) {
				rt.Fatalf("diff %v, but %+v", diff, c)
			}
			for name := range want {
				delete(theirs, name)
			}
			maps.Copy(want, theirs)
			if d := cmp.Diff(want, files(t, dir)); d != "" {
				rt.Fatal(d)
			}
		}
	})
}

func refused(changes []FileChange) bool {
	for _, c := range changes {
		if c.Reason != "" {
			return true
		}
	}
	return false
}
