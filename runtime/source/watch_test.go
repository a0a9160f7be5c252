package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// value is what the ConfigMap w holds.
func (s *state) value() string {
	text := string(s.objects[Ref{"ConfigMap", "default", "w"}].Text)
	_, after, _ := strings.Cut(text, "value: ")
	return strings.Trim(after, "\"}\n")
}

func must(t testing.TB, line string) {
	t.Helper()
	if err := operate(line); err != nil {
		t.Fatal(err)
	}
}

// TestStorm writes a file 1,000 times, in two ways: few of the texts are read, and the last
// one in the end.
func TestStorm(t *testing.T) {
	for _, way := range []string{"put", "swap"} {
		t.Run(way, func(t *testing.T) {
			t.Chdir(t.TempDir())
			must(t, "put a.yaml w@0 x@0")
			w := watch(t, []string{"."}, Options{})
			defer w.stop()
			for i := range 1000 {
				must(t, fmt.Sprintf("%s a.yaml w@%d x@0", way, i+1))
			}
			w.await(func(s *state) bool { return s.value() == "1000" }, func() string { return "the last text" })
			if d := w.s.Stats().Decoded; d > 400 {
				t.Errorf("%d changes, %d documents decoded", w.count, d)
			}
		})
	}
}

// TestStormIsBounded writes until something of it was read.
func TestStormIsBounded(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "put a.yaml w@0")
	w := watch(t, []string{"a.yaml"}, Options{Settle: 20 * time.Millisecond})
	defer w.stop()
	limit := time.Now().Add(5 * time.Second)
	for i := 0; ; i++ {
		must(t, fmt.Sprintf("swap a.yaml w@%d", i+1))
		select {
		case c := <-w.changes:
			w.st.apply(t, c)
			return
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(limit) {
			t.Fatal("5 s of writes, and none is read")
		}
	}
}

// TestUnfinished: a file whose last line has no end is left for later while it is young, and
// not for ever.
func TestUnfinished(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "put a.yaml w@1")
	s, c, err := Open([]string{"."}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var st state
	st.apply(t, c)
	look := func(want string, pending ...string) {
		t.Helper()
		s.scan(nil, time.Hour)
		c, _ := s.change()
		st.apply(t, c)
		if st.value() != want || !slices.Equal(s.pending, pending) {
			t.Errorf("%q is read, %q pending; want %q, %q", st.value(), s.pending, want, pending)
		}
	}
	half := strings.TrimSuffix(document1("w@2"), "\n")
	must(t, fmt.Sprintf("text a.yaml %q", half))
	look("1", "a.yaml")
	look("1", "a.yaml")
	must(t, "put a.yaml w@3")
	look("3")
	must(t, fmt.Sprintf("text a.yaml %q", half))
	look("3", "a.yaml")
	s.files["a.yaml"].wait = time.Now().Add(-30 * time.Hour)
	look("2")
}

// TestShorter: a file that became shorter in its place may be half of a new text, and is left
// for later while it is young; one that took its place is whole.
func TestShorter(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "put a.yaml w@1 x@1")
	s, c, err := Open([]string{"."}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var st state
	look := func(want int) {
		t.Helper()
		st.apply(t, c)
		if len(st.objects) != want {
			t.Errorf("%d objects, want %d", len(st.objects), want)
		}
		s.scan(nil, time.Hour)
		c, _ = s.change()
	}
	look(2)
	must(t, "put a.yaml w@2")
	look(2)
	look(2)
	must(t, "put a.yaml w@3 x@3")
	look(2)
	look(2)
	must(t, "swap a.yaml w@4")
	look(2)
	look(1)
	must(t, "put a.yaml w@5 x@5")
	look(1)
	must(t, "put a.yaml w@6")
	look(2)
	s.files["a.yaml"].wait = time.Now().Add(-30 * time.Hour)
	look(2)
	look(1)
}

// TestUnfinishedIsRead: such a file is read by Watch in the end.
func TestUnfinishedIsRead(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "mkdir d")
	must(t, "put d/a.yaml w@1")
	must(t, "put f.yaml x@1")
	w := watch(t, []string{"d", "f.yaml"}, Options{})
	defer w.stop()
	must(t, fmt.Sprintf("text d/a.yaml %q", strings.TrimSuffix(document1("w@2"), "\n")))
	must(t, fmt.Sprintf("text f.yaml %q", strings.TrimSuffix(document1("x@2"), "\n")))
	w.await(func(s *state) bool { return s.value() == "2" && strings.Contains(s.String(), `\"2\"}" from f.yaml`) }, func() string { return "2" })
}

// TestWithoutNotices: what is not noticed is found by polling, when Watch is woken, and after
// notices were lost.
func TestWithoutNotices(t *testing.T) {
	for name, test := range map[string]struct {
		poll time.Duration
		poke func(*Source, chan error)
	}{
		"poll":     {5 * time.Millisecond, func(*Source, chan error) {}},
		"wake":     {0, func(s *Source, _ chan error) { s.Wake(); s.Wake() }},
		"overflow": {0, func(_ *Source, errs chan error) { errs <- fsnotify.ErrEventOverflow }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			must(t, "put a.yaml w@1")
			s, _, err := Open([]string{"."}, Options{Poll: test.poll})
			if err != nil {
				t.Fatal(err)
			}
			must(t, "put a.yaml w@2")
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			errs := make(chan error, 1)
			test.poke(s, errs)
			var st state
			v := &vigil{s: s, watched: map[string]bool{}, dirty: map[string]dir{}}
			err = v.run(ctx, &fsnotify.Watcher{Errors: errs}, func(c Change) { st.apply(t, c); cancel() })
			if err != nil || st.value() != "2" {
				t.Errorf("%v: %s", err, st.String())
			}
		})
	}
}

// TestOneWatch: a second Watch is refused while one runs; notices that end, end it.
func TestOneWatch(t *testing.T) {
	t.Chdir(t.TempDir())
	w := watch(t, []string{"."}, Options{})
	must(t, "put a.yaml w@1")
	w.await(func(s *state) bool { return s.value() == "1" }, func() string { return "1" })
	if err := w.s.Watch(context.Background(), nil); err == nil {
		t.Error("two watches")
	}
	w.stop()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.s.Watch(ctx, func(Change) { t.Error("a change") }); err != nil {
		t.Error(err)
	}
	events := make(chan fsnotify.Event)
	close(events)
	v := &vigil{s: w.s, watched: map[string]bool{}, dirty: map[string]dir{}}
	if err := v.run(context.Background(), &fsnotify.Watcher{Events: events}, nil); err == nil {
		t.Error("notices ended, the watch did not")
	}
}

// TestDeaf: a directory that can not be watched is a problem.
func TestDeaf(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "put a.yaml w@1")
	s, _, err := Open([]string{"."}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.scan(func(string) error { return errors.New("no more") }, 0)
	c, news := s.change()
	if !news || len(c.Problems) == 0 || !strings.Contains(c.Problems[0].Message, "no more") {
		t.Errorf("%v %v", news, c.Problems)
	}
}

// TestOptions refuses what can not be meant.
func TestOptions(t *testing.T) {
	for _, o := range []Options{{Namespace: "No Name"}, {MaxFile: -1}, {Poll: -1}, {Settle: -1}} {
		if _, _, err := Open([]string{t.TempDir()}, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if _, _, err := Open(nil, Options{}); err == nil {
		t.Error("no path is taken")
	}
}

// TestUnreadable: files and directories that may not be read keep what they held.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	in := t.TempDir()
	t.Chdir(in)
	must(t, "mkdir d/sub")
	must(t, "put d/a.yaml w@1")
	must(t, "put d/sub/b.yaml x@1")
	s, c, err := Open([]string{"d"}, Options{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	var st state
	st.apply(t, c)
	for _, path := range []string{"d/a.yaml", "d/sub", "d"} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		st.apply(t, s.Rescan())
		if len(st.objects) != 2 || len(st.problems) != 1 || len(st.problems[0].Kept) == 0 {
			t.Errorf("%s: %s", path, st.String())
		}
		if err := os.Chmod(filepath.Join(in, path), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if c := s.Rescan(); len(c.Set)+len(c.Gone)+len(c.Problems) > 0 {
		t.Errorf("%+v", c)
	}
}
