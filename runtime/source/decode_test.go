package source

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKinds reads each file of testdata/kinds, and holds what is found against the file
// beside it that ends in .golden.
func TestKinds(t *testing.T) {
	files, err := filepath.Glob("testdata/kinds/*.[yj]*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files: ", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, c, err := Open([]string{file}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, o := range c.Set {
				if _, ok := o.Value.(*Ingress); ok { // package manifest shows what it reads
					fmt.Fprintf(&b, "%s\n  %T\n  %q\n", o.Origin, o.Value, o.Text)
					continue
				}
				value, err := json.Marshal(o.Value)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%s\n  %T %s\n", o.Origin, o.Value, value)
			}
			for _, p := range c.Problems {
				fmt.Fprintln(&b, p.show())
			}
			st := s.Stats()
			fmt.Fprintf(&b, "%d documents, %d objects, %d ignored\n", st.Documents, st.Objects, st.Ignored)
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || b.String() != string(want) {
				t.Errorf("%v; got\n%s", err, b.String())
			}
		})
	}
}

// TestSecretsAreNotTold looks for what the Secrets of the test data keep in what is said
// about them.
func TestSecretsAreNotTold(t *testing.T) {
	_, c, err := Open([]string{"testdata/kinds/secrets.yaml"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Problems) < 12 {
		t.Errorf("only %d problems", len(c.Problems))
	}
	for _, p := range c.Problems {
		for _, secret := range []string{"hunter", "aHVudG", "4815"} {
			if strings.Contains(p.show(), secret) {
				t.Error(p.show())
			}
		}
	}
}
