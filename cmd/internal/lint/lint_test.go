package lint

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

var update = flag.Bool("update", false, "rewrite what the cases want")

// TestLint runs fixtures/borders/lint/*.txtar: a plan, objects below objects/, and what lint
// finds on 2026-06-30 (want.txt).
func TestLint(t *testing.T) {
	files, err := filepath.Glob("../../../fixtures/borders/lint/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := linted(t, ar)
			last := &ar.Files[len(ar.Files)-1]
			switch {
			case last.Name != "want.txt":
				t.Error("want.txt is not the last section")
			case *update:
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			case got != string(last.Data):
				t.Errorf("have\n%s\nwant\n%s", got, last.Data)
			}
		})
	}
}

func linted(t *testing.T, ar *txtar.Archive) string {
	var plan *ownership.Plan
	var sources []manifest.Source
	var err error
	for _, f := range ar.Files {
		switch {
		case f.Name == "plan.yaml":
			if plan, err = ownership.Read(f.Name, bytes.NewReader(f.Data)); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(f.Name, "objects/"):
			sources = append(sources, manifest.Source{Path: f.Name, Reader: bytes.NewReader(f.Data)})
		}
	}
	set, err := manifest.Read(sources, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range Run(set, plan, "plan.yaml", time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)) {
		fmt.Fprintf(&b, "%s %s: %s: %s\n", f.Severity, f.Origin, f.Rule, f.Message)
	}
	return b.String()
}
