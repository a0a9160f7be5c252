package source

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the scenarios' expectations")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// state is what a consumer knows after some Changes.
type state struct {
	objects  map[Ref]Object
	problems []Problem
}

// apply folds a change in, and reports one that can not follow what was before.
func (s *state) apply(t testing.TB, c Change) {
	t.Helper()
	if s.objects == nil {
		s.objects = map[Ref]Object{}
	}
	if !slices.IsSortedFunc(c.Set, func(a, b Object) int { return a.compare(b.Ref) }) || !slices.IsSortedFunc(c.Gone, Ref.compare) {
		t.Errorf("not sorted: %v %v", c.Set, c.Gone)
	}
	for _, r := range c.Gone {
		if _, ok := s.objects[r]; !ok {
			t.Errorf("%v is gone, but was not there", r)
		}
		delete(s.objects, r)
	}
	for _, o := range c.Set {
		s.objects[o.Ref] = o
	}
	s.problems = c.Problems
	for _, p := range c.Problems {
		for _, r := range p.Kept {
			if _, ok := s.objects[r]; !ok {
				t.Errorf("%v is kept, but not served", r)
			}
		}
	}
}

// String shows every object with its value, and every problem.
func (s *state) String() string {
	var b strings.Builder
	for _, r := range slices.SortedFunc(maps.Keys(s.objects), Ref.compare) {
		fmt.Fprintf(&b, "%v = %q from %s\n", r, s.objects[r].Text, s.objects[r].Origin.File)
	}
	for _, p := range s.problems {
		fmt.Fprintln(&b, p.show())
	}
	return b.String()
}

func (p Problem) show() string {
	line := fmt.Sprintf("problem %s: %s", p.Origin, p.Message)
	if len(p.Kept) > 0 {
		line += fmt.Sprintf(" (kept: %v)", p.Kept)
	}
	return line
}

// document writes a document by a word: "name@value" is a ConfigMap, "!" is no YAML, "?" is
// of another kind, "#" a comment.
func document1(word string) string {
	switch word {
	case "!":
		return "kind: [\n"
	case "?":
		return "apiVersion: apps/v1\nkind: Deployment\n"
	case "#":
		return "# nothing here\n"
	}
	name, value, _ := strings.Cut(word, "@")
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {value: %q}\n", name, value)
}

func documents1(words []string) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = document1(w)
	}
	return strings.Join(texts, "---\n")
}

// operate does one operation on files.
func operate(line string) error {
	f := strings.Fields(line)
	switch f[0] {
	case "put": // FILE WORD...: in place
		return os.WriteFile(f[1], []byte(documents1(f[2:])), 0o600)
	case "swap": // FILE WORD...: beside it, and then over it
		if err := os.WriteFile(f[1]+".tmp", []byte(documents1(f[2:])), 0o600); err != nil {
			return err
		}
		return os.Rename(f[1]+".tmp", f[1])
	case "text": // FILE QUOTED
		text, err := strconv.Unquote(strings.SplitN(line, " ", 3)[2])
		if err != nil {
			return err
		}
		return os.WriteFile(f[1], []byte(text), 0o600)
	case "size": // FILE BYTES: without writing them
		n, err := strconv.ParseInt(f[2], 0, 64)
		if err != nil {
			return err
		}
		return os.Truncate(f[1], n)
	case "mkdir":
		return os.MkdirAll(f[1], 0o700)
	case "rm":
		return os.RemoveAll(f[1])
	case "mv":
		return os.Rename(f[1], f[2])
	case "ln": // TARGET LINK: beside it, and then over it
		if err := os.Symlink(f[1], f[2]+".tmp"); err != nil {
			return err
		}
		return os.Rename(f[2]+".tmp", f[2])
	case "fifo":
		return syscall.Mkfifo(f[1], 0o600)
	}
	return fmt.Errorf("no operation: %s", line)
}

// scenario runs the lines of a file in a directory of their own: operations, "open PATH...",
// and "scan", after each of which stands what changed, in lines that begin with ">".
func scenario(t *testing.T, text string, watched bool) string {
	t.Chdir(t.TempDir())
	var out strings.Builder
	run := &run{t: t, out: &out, watched: watched}
	defer func() { run.stop() }()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, ">") {
			continue
		}
		fmt.Fprintln(&out, line)
		switch word, rest, _ := strings.Cut(line, " "); {
		case line == "", word == "#":
		case word == "open":
			run.open(strings.Fields(rest))
		case word == "scan":
			run.scan()
		default:
			if err := operate(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.String()
}

// run is one run of a scenario. Watched, a scan waits until a running Watch came to the
// state that a Rescan of another Source comes to.
type run struct {
	t       *testing.T
	out     *strings.Builder
	watched bool
	s       *Source
	st      state
	live    *watching
}

func (r *run) open(args []string) {
	r.stop()
	o := Options{MaxFile: 1 << 20}
	if args[0] == "-R" {
		o.Recursive, args = true, args[1:]
	}
	s, c, err := Open(args, o)
	if err != nil {
		fmt.Fprintln(r.out, ">", err)
		return
	}
	r.s, r.st = s, state{}
	r.print(c)
	if r.watched {
		r.live = watch(r.t, args, o)
	}
}

func (r *run) stop() {
	if r.live != nil {
		r.live.stop()
	}
	r.live = nil
}

func (r *run) scan() {
	r.print(r.s.Rescan())
	if r.live != nil {
		r.live.await(func(s *state) bool { return s.String() == r.st.String() }, r.st.String)
	}
}

func (r *run) print(c Change) {
	r.st.apply(r.t, c)
	for _, o := range c.Set {
		fmt.Fprintf(r.out, "> set %v from %s\n", o.Ref, o.Origin)
	}
	for _, g := range c.Gone {
		fmt.Fprintf(r.out, "> gone %v\n", g)
	}
	for _, p := range c.Problems {
		fmt.Fprintf(r.out, "> %s\n", p.show())
	}
}

// watching is a Source with a Watch on it.
type watching struct {
	t       testing.TB
	s       *Source
	st      state
	changes chan Change
	end     func()
	done    chan error
	count   int
}

func watch(t testing.TB, paths []string, o Options) *watching {
	t.Helper()
	s, c, err := Open(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watching{t: t, s: s, changes: make(chan Change, 10_000), end: cancel, done: make(chan error, 1)}
	w.st.apply(t, c)
	go func() { w.done <- s.Watch(ctx, func(c Change) { w.changes <- c }) }()
	return w
}

// await folds changes in until a condition holds.
func (w *watching) await(ok func(*state) bool, want func() string) {
	w.t.Helper()
	limit := time.After(5 * time.Second)
	for !ok(&w.st) {
		select {
		case c := <-w.changes:
			w.count++
			w.st.apply(w.t, c)
		case err := <-w.done:
			w.t.Fatal("the watch ended: ", err)
		case <-limit:
			w.t.Fatalf("after 5 s there is\n%swant\n%s", w.st.String(), want())
		}
	}
}

func (w *watching) stop() {
	w.t.Helper()
	w.end()
	if err := <-w.done; err != nil {
		w.t.Error(err)
	}
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Abs(file)
		for _, watched := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/watched=%t", strings.TrimSuffix(filepath.Base(file), ".txt"), watched), func(t *testing.T) {
				got := scenario(t, string(text), watched)
				if got == string(text) {
					return
				}
				if !*update {
					t.Fatalf("got\n%s", got)
				}
				if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}
