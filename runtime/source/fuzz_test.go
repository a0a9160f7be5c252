package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDecode reads any text: nothing panics, what is broken is told, in a line that is there,
// and a value that looks like nothing else is told only where it is no Secret's.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/kinds/*.[yj]*")
	if err != nil || len(files) == 0 {
		f.Fatal("no files: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "---\n") {
			f.Add([]byte(part))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := decode(text, "default")
		if c.broken && len(c.notes) == 0 {
			t.Error("broken, and nobody is told")
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, n := range c.notes {
			if n.line < 0 || n.line > lines || n.message == "" {
				t.Errorf("%+v in %d lines", n, lines)
			}
			if strings.HasPrefix(n.object, kindSecret+" ") && strings.Contains(n.message, "hunter") {
				t.Errorf("%+v", n)
			}
		}
		for _, it := range c.items {
			if it.Name == "" || len(it.text) == 0 || it.value == nil {
				t.Errorf("%+v", it)
			}
		}
	})
}
