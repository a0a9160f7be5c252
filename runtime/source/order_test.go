package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// valueOf is what a ConfigMap holds, "" if it is not there.
func (s *state) valueOf(name string) string {
	text := string(s.objects[Ref{"ConfigMap", "default", name}].Text)
	_, after, _ := strings.Cut(text, "value: ")
	return strings.Trim(after, "\"}\n")
}

// consistent watches while step takes one state to the next, whether or not it was seen, and
// holds each state that is told of against the rule: what a names is there.
func consistent(t *testing.T, steps int, step func(n int)) {
	t.Helper()
	for i := range 60 { // reading them takes a while
		must(t, fmt.Sprintf("put d/m%d.yaml m%d@0", i, i))
	}
	step(0)
	w := watch(t, []string{"d"}, Options{Recursive: true})
	defer w.stop()
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		for n := 1; n <= steps; n++ {
			step(n)
			time.Sleep(time.Duration(n%8) * 3 * time.Millisecond)
		}
	})
	w.await(func(s *state) bool {
		if named := "z" + s.valueOf("a"); s.valueOf(named) == "" {
			t.Errorf("a names %s, which is not there", named)
		}
		return s.valueOf("a") == fmt.Sprint(steps)
	}, func() string { return "the last step" })
}

// TestInOrder: what is read while files change one after the other is a state that was there
// at some time, whatever the order of their names.
func TestInOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "mkdir d/sub")
	consistent(t, 150, func(n int) {
		must(t, fmt.Sprintf("swap d/z%d.yaml z%d@0", n, n))
		must(t, fmt.Sprintf("swap d/a.yaml a@%d", n))
		must(t, fmt.Sprintf("rm d/z%d.yaml", n-1))
		must(t, fmt.Sprintf("ln a d/sub/l%d", n%2)) // has everything looked at
	})
}

// TestSwapIsOneStep: the files of a mounted ConfigMap change at once.
func TestSwapIsOneStep(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "mkdir d")
	for _, key := range []string{"a.yaml", "z.yaml"} {
		if err := os.Symlink(filepath.Join("..data", key), filepath.Join("d", key)); err != nil {
			t.Fatal(err)
		}
	}
	consistent(t, 150, func(n int) {
		must(t, fmt.Sprintf("mkdir d/..%d", n))
		must(t, fmt.Sprintf("put d/..%d/a.yaml a@%d", n, n))
		must(t, fmt.Sprintf("put d/..%d/z.yaml z%d@0", n, n))
		must(t, fmt.Sprintf("ln ..%d d/..data", n))
		must(t, fmt.Sprintf("rm d/..%d", n-1))
	})
}

// TestMarks: where there is no place for marks, changes are told of nevertheless; and
// nothing is left of those that were made.
func TestMarks(t *testing.T) {
	for name, temporary := range map[string]string{"without": "none", "with": "tmp"} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			must(t, "mkdir tmp")
			must(t, "mkdir d")
			t.Setenv("TMPDIR", temporary)
			w := watch(t, []string{"d"}, Options{})
			for n := range 3 {
				must(t, fmt.Sprintf("put d/a.yaml w@%d", n))
				w.await(func(s *state) bool { return s.value() == fmt.Sprint(n) }, func() string { return fmt.Sprint(n) })
			}
			w.stop()
			if left, err := os.ReadDir("tmp"); err != nil || len(left) > 0 {
				t.Errorf("left: %v %v", left, err)
			}
		})
	}
}
