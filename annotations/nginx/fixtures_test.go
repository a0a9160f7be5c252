package nginx

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestInvalidFixtures: every key has a fixture with an empty value, and every key with a
// validation one with an invalid value, and the ledger beside it says what becomes of it.
func TestInvalidFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "ingress-nginx", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	invalid, empty := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var input, entries string
		for _, f := range ar.Files {
			switch f.Name {
			case "input.yaml":
				input = string(f.Data)
			case "ledger":
				entries = string(f.Data)
			}
		}
		set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: strings.NewReader(input)}}, manifest.Options{})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, ing := range set.Ingresses {
			for _, a := range ing.Annotations {
				short, _ := strings.CutPrefix(a.Key, Prefix)
				r, ours := RuleFor(short)
				if !ours || !strings.Contains(entries, a.Origin.String()+": malformed: ") {
					continue
				}
				empty[short] = empty[short] || a.Value == ""
				invalid[short] = invalid[short] || a.Value != "" && r.Validate != nil && r.Validate(a.Value) != nil
			}
		}
	}
	for _, r := range Rules() {
		if r.Validate != nil && !invalid[r.Key] {
			t.Errorf("%s: no fixture shows what an invalid value does", r.Key)
		}
		if !empty[r.Key] {
			t.Errorf("%s: no fixture shows what an empty value does", r.Key)
		}
	}
}
