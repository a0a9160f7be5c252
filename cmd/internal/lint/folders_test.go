package lint

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// TestFolders runs fixtures/borders/whole, that conftest is asked about, too.
func TestFolders(t *testing.T) {
	folders, err := guardtest.Folders("../../../fixtures/borders/whole")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			var sources []manifest.Source
			for _, file := range f.Files {
				sources = append(sources, manifest.Source{Path: file.Name, Reader: bytes.NewReader(file.Data)})
			}
			set, err := manifest.Read(sources, manifest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			have := []string{}
			for _, found := range Run(set, f.Plan, "plan.yaml", time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)) {
				i := slices.IndexFunc(guard.Rules(), func(r guard.Rule) bool { return r.ID == found.Rule })
				if i < 0 {
					continue // about exceptions
				}
				what, _ := strings.CutSuffix(found.Message, ". "+guard.Rules()[i].Says)
				have = append(have, found.Origin.Object+": "+found.Rule+": "+what)
			}
			slices.Sort(have)
			if !slices.Equal(have, f.Want) {
				t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(f.Want, "\n"))
			}
		})
	}
}
