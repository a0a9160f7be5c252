package convert

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestAddressesOfRoot: lists that a root holds for all need no exception, and those that stay on
// routes need one each.
func TestAddressesOfRoot(t *testing.T) {
	for name, want := range map[string]int{"addresses-root": 0, "addresses-root-308": 0, "addresses-root-answers": 0, "addresses-root-apart": 3} {
		ar, err := txtar.ParseFile(filepath.Join("..", "..", "..", "fixtures", "httpproxy", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		opts := fixtureOptions(t, string(section(ar, "flags")))
		opts.PlanFile, opts.Plan = "plan.yaml", bytes.NewReader(section(ar, "plan.yaml"))
		set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: bytes.NewReader(section(ar, "input.yaml"))}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(set, opts)
		if err != nil {
			t.Fatal(err)
		}
		have := 0
		for _, e := range res.Owned.Exceptions {
			if e.Rule == "ip-policy" {
				have++
			}
		}
		if have != want {
			t.Errorf("%s: %d exceptions, want %d: %+v", name, have, want, res.Owned.Exceptions)
		}
	}
}
