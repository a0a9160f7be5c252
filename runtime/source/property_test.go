package source

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is what the package promises, said in the plainest way: nothing is remembered but
// what each file holds.
type model struct {
	disk map[string][]string // words by path; no words is an empty file
	held map[string]*holding
}

// holding is what a file holds: good documents in their order, and what was kept.
type holding struct{ good, kept []string }

func nameOf(word string) string { name, _, _ := strings.Cut(word, "@"); return name }

func (m *model) scan() {
	for path := range m.held {
		if _, ok := m.disk[path]; !ok {
			delete(m.held, path)
		}
	}
	for path, words := range m.disk {
		h := m.held[path]
		if h == nil {
			h = &holding{}
			m.held[path] = h
		}
		if len(words) == 0 && len(h.good)+len(h.kept) > 0 {
			continue
		}
		before := slices.Concat(h.kept, h.good)
		*h = holding{}
		for _, w := range words {
			if strings.Contains(w, "@") {
				h.good = append(h.good, w)
			}
		}
		if slices.Contains(words, "!") {
			for _, w := range before {
				if !slices.ContainsFunc(slices.Concat(h.good, h.kept), func(g string) bool { return nameOf(g) == nameOf(w) }) {
					h.kept = append(h.kept, w)
				}
			}
		}
	}
}

// served are the words that count, each with its file.
func (m *model) served() map[string]string {
	served := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(m.held)) {
		for _, w := range slices.Concat(m.held[path].good, m.held[path].kept) {
			if _, ok := served[nameOf(w)]; !ok {
				served[nameOf(w)] = fmt.Sprintf("%s%q", path, document1(w))
			}
		}
	}
	return served
}

// steady says that nothing is kept and no file is empty.
func (m *model) steady() bool {
	for path, words := range m.disk {
		if len(words) == 0 || len(m.held[path].kept) > 0 {
			return false
		}
	}
	return true
}

// step does a random operation on the disk and in the model.
func (m *model) step(t *rapid.T, words *rapid.Generator[[]string]) {
	path := rapid.SampledFrom([]string{"d/a.yaml", "d/b.yml", "d/sub/c.json", "d/sub/d.yaml"}).Draw(t, "path")
	_, there := m.disk[path]
	do := func(format string, args ...any) {
		if err := operate(fmt.Sprintf(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	switch op := rapid.SampledFrom([]string{"put", "swap", "put", "empty", "rm", "mv", "rmdir"}).Draw(t, "op"); op {
	case "put", "swap":
		m.disk[path] = words.Draw(t, "words")
		do("%s %s %s", op, path, strings.Join(m.disk[path], " "))
	case "empty":
		m.disk[path] = nil
		do("put %s", path)
	case "rm":
		delete(m.disk, path)
		do("rm %s", path)
	case "mv":
		to := rapid.SampledFrom([]string{"d/a.yaml", "d/sub/c.json"}).Draw(t, "to")
		if there && to != path {
			m.disk[to] = m.disk[path]
			delete(m.disk, path)
			do("mv %s %s", path, to)
		}
	case "rmdir":
		delete(m.disk, "d/sub/c.json")
		delete(m.disk, "d/sub/d.yaml")
		do("rm d/sub")
		do("mkdir d/sub")
	}
}

// check holds a folded state against the model, and against a fresh Open.
func (m *model) check(t *rapid.T, st *state, o Options) {
	got := map[string]string{}
	for r, obj := range st.objects {
		got[r.Name] = fmt.Sprintf("%s%q", obj.Origin.File, strings.TrimPrefix(string(obj.Text), "---\n"))
	}
	if want := m.served(); !maps.Equal(got, want) {
		t.Fatalf("served is\n%v\nwant\n%v\nof %v", got, want, m.disk)
	}
	if !m.steady() {
		return
	}
	_, c, err := Open([]string{"d"}, o)
	if err != nil {
		t.Fatal(err)
	}
	var fresh state
	fresh.apply(noErrors{}, c)
	if plain(fresh.String()) != plain(st.String()) {
		t.Fatalf("there is\n%s\nfresh\n%s", st.String(), fresh.String())
	}
}

// plain leaves out the document's own marker, which an object that moved to the beginning of
// its file loses.
func plain(s string) string { return strings.ReplaceAll(s, `"---\n`, `"`) }

type noErrors struct{ testing.TB }

func (noErrors) Helper() {}

// TestRandomFiles does random operations, and looks from time to time.
func TestRandomFiles(t *testing.T) {
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"!", "?", "#"}),
		rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%s@%d", rapid.SampledFrom([]string{"p", "q", "r", "s"}).Draw(t, "name"), rapid.IntRange(1, 3).Draw(t, "value"))
		}),
	)
	words := rapid.SliceOfN(word, 1, 5)
	rapid.Check(t, func(rt *rapid.T) {
		in, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		t.Chdir(in)
		if err := os.MkdirAll("d/sub", 0o700); err != nil {
			rt.Fatal(err)
		}
		o := Options{Recursive: true}
		s, c, err := Open([]string{"d"}, o)
		if err != nil {
			rt.Fatal(err)
		}
		m := &model{disk: map[string][]string{}, held: map[string]*holding{}}
		var st state
		st.apply(t, c)
		for range rapid.IntRange(1, 12).Draw(rt, "scans") {
			for range rapid.IntRange(0, 3).Draw(rt, "operations") {
				m.step(rt, words)
			}
			m.scan()
			st.apply(t, s.Rescan())
			m.check(rt, &st, o)
		}
	})
}

// TestRandomTexts makes one text of a file and then another: the documents are those of the
// second alone.
func TestRandomTexts(t *testing.T) {
	line := rapid.SampledFrom([]string{
		"---\n", "---\n", "---\n", "--- a\n", "...\n", "...", "# c\n", "a: 1\n", "b: 2\n", "c: 3\n", "%TAG ! x\n", "\ufeff---\n", "b", "\n", "----\n",
	})
	lines := rapid.SliceOfN(line, 0, 12)
	rapid.Check(t, func(rt *rapid.T) {
		s, _, err := Open([]string{t.TempDir()}, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		old := &file{path: "old"}
		texts := [][]string{lines.Draw(rt, "first")}
		for range 3 {
			texts = append(texts, edited(rt, texts[len(texts)-1], lines))
		}
		for _, text := range texts {
			s.update(old, []byte(strings.Join(text, "")))
			fresh := &file{path: "fresh"}
			s.update(fresh, []byte(strings.Join(text, "")))
			if a, b := places(old), places(fresh); a != b {
				rt.Fatalf("%q after %q:\n%s\nfresh\n%s", text, texts[0], a, b)
			}
		}
	})
}

// TestTexts are steps from one text to the next that a search by bytes could get wrong.
func TestTexts(t *testing.T) {
	for _, texts := range [][]string{
		{"a: 1\n...", "a: 1\n...b\n---\nc: 1\n"},
		{"a: 1", "a: 1---\nb: 1\n"},
		{"a: 1\n", "a: 1\n...\n"},
		{"a: 1\n---\nb: 1\n", "a: 1\n---\nb: 1\n# c\n", "a: 1\n---\nb: 2\n# c\n", "---\nb: 2\n# c\n"},
		{"---\na: 1\n---\nb: 1\n", "---\na: 1\n# x\n---\n# c\n---\nb: 1\n", "# c\n---\nb: 1\n"},
		{"a: 1\n---\nb: 1\n", "%TAG ! x\n---\nb: 1\n", "a: 1\n...\n%TAG ! x\n---\nb: 1\n"},
		{"---\na: 1\n", "x---\na: 1\n", "x: 1\n---\na: 1\n"},
	} {
		s, _, err := Open([]string{t.TempDir()}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		old := &file{path: "old"}
		for _, text := range texts {
			fresh := &file{path: "fresh"}
			s.update(old, []byte(text))
			s.update(fresh, []byte(text))
			if a, b := places(old), places(fresh); a != b {
				t.Errorf("%q of %q:\n%s\nfresh\n%s", text, texts, a, b)
			}
		}
	}
}

// edited replaces a part of some lines.
func edited(t *rapid.T, lines []string, by *rapid.Generator[[]string]) []string {
	from := rapid.IntRange(0, len(lines)).Draw(t, "from")
	to := rapid.IntRange(from, len(lines)).Draw(t, "to")
	return slices.Concat(lines[:from], by.Draw(t, "by"), lines[to:])
}

// places shows the documents of a file.
func places(f *file) string {
	var b strings.Builder
	for _, e := range f.docs {
		fmt.Fprintln(&b, e.doc.sum, e.doc.size, e.doc.index, e.doc.line, e.doc.at, len(e.doc.notes))
	}
	fmt.Fprintln(&b, len(f.noted))
	return b.String()
}

// TestStamps: a file that is written again has another stamp, and one that is young has none
// that counts.
func TestStamps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	at := func(text string) stamp {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if stampOf(info, info.ModTime()).calm {
			t.Error("a young file is calm")
		}
		return stampOf(info, info.ModTime().Add(2*coarse))
	}
	if a, b := at("a"), at("ab"); a == b {
		t.Errorf("%v is %v", a, b)
	}
}
