package manifest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "---\n", named("a"), named("a") + "---\n" + named("a"), "a: |\n  x\n--- x\n...\n", "%YAML 1.2\n---\na\n", "{\"a\":\t1}{}",
		"# c\r\n---\r\na: 1\r\n", "\ufeff---\n\ufeffa", "a: &a [*a]\n", "{{ x }}", "? {a: b}\n: c\n", "a\u2028---\nb", `{"kind":"List","apiVersion":"v1","items":[{},1]}`,
		"kind: Secret\napiVersion: v1\ndata: {a: b}\n", "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata:\n  annotations: {a: 1, a: 2}\nspec: [x]\n",
	} {
		f.Add([]byte(s))
	}
}

// reference splits as YAML says, on the whole text.
func reference(text []byte) (docs []string) {
	var cur strings.Builder
	open, content := false, false
	flush := func() {
		if content {
			docs = append(docs, cur.String())
		}
		cur.Reset()
		open, content = false, false
	}
	for line := range strings.SplitAfterSeq(string(text), "\n") {
		line = strings.TrimPrefix(line, "\ufeff")
		if !open && !content && strings.HasPrefix(line, "%YAML") {
			line = "#" + line[1:]
		}
		rest := line
		is := func(m string) bool {
			return strings.HasPrefix(line, m) && (len(line) == 3 || strings.ContainsAny(line[3:4], " \t\r\n"))
		}
		if is("---") {
			if open || content {
				flush()
			}
			open, rest = true, line[3:]
		}
		if is("...") {
			cur.WriteString(line)
			flush()
			continue
		}
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		if trimmed != "" && trimmed[0] != '#' && (open || line[0] != '%') {
			content = true
		}
		if open || content || strings.HasPrefix(line, "%") {
			cur.WriteString(line)
		}
	}
	flush()
	return docs
}

func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		want := reference(text)
		checkDocuments(t, text)
		s := newSplitter(bytes.NewReader(bytes.Clone(text)), 1<<20)
		lines := bytes.Count(text, []byte("\n")) + 1
		for i := 0; ; i++ {
			c, err := s.next()
			if err == io.EOF {
				if i != len(want) {
					t.Fatalf("%d documents, want %d", i, len(want))
				}
				return
			}
			if err != nil || i >= len(want) || string(c.text) != want[i] {
				t.Fatalf("document %d is %q (%v), want %q", i, c.text, err, want)
			}
			if c.line < 1 || c.content < c.line || c.content > lines {
				t.Fatalf("document %d: lines %d, %d of %d", i, c.line, c.content, lines)
			}
		}
	})
}

// checkDocuments holds the splitter of whole texts against the one of streams.
func checkDocuments(t *testing.T, text []byte) {
	t.Helper()
	s := newSplitter(bytes.NewReader(bytes.Clone(text)), 1<<20)
	for d := range Documents(text) {
		c, err := s.next()
		if err != nil || string(c.text) != string(d.Text) || c.line != d.Line || c.content != d.At {
			t.Fatalf("%q at %d, %d; of the stream %q at %d, %d (%v)", d.Text, d.Line, d.At, c.text, c.line, c.content, err)
		}
	}
	if c, err := s.next(); err != io.EOF {
		t.Fatalf("left out: %q (%v)", c.text, err)
	}
}

func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := Read([]Source{{"-", bytes.NewReader(text)}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkEntries(t, set)
		docs := map[int]bool{}
		for _, e := range set.Ledger.Entries() {
			if e.Kind == ledger.Document {
				docs[e.Doc] = true
			}
		}
		for i := range len(docs) {
			if !docs[i] {
				t.Fatalf("document %d has no entry", i)
			}
		}
	})
}

// FuzzTrees writes trees as JSON, and reads it again: it is the same, and nothing in it
// stands twice.
func FuzzTrees(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		trees, _, err := Trees(text, 1)
		if err != nil {
			return
		}
		for _, tree := range trees {
			tree.LineOf("a.b[0].c")
			written, _, err := tree.JSON()
			if err != nil {
				continue
			}
			again, _, err := Trees(written, 1)
			if err != nil || len(again) != 1 {
				t.Fatalf("%q makes %q: %v", text, written, err)
			}
			rewritten, twice, err := again[0].JSON()
			if err != nil || len(twice) > 0 || !bytes.Equal(written, rewritten) {
				t.Fatalf("%q makes %q makes %q: %v, %v", text, written, rewritten, twice, err)
			}
		}
	})
}

// TestLongLines cuts lines that are longer than the buffer.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	text := "a: " + long + "\n--- " + long + "\n---\n" + long
	s := newSplitter(strings.NewReader(text), 1<<20)
	for i, want := range []string{"a: " + long + "\n", "--- " + long + "\n", "---\n" + long} {
		c, err := s.next()
		if err != nil || string(c.text) != want || c.line != i+1 {
			t.Fatal(i, len(c.text), c.line, err)
		}
	}
}
