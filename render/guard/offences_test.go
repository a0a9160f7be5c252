package guard_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

var update = flag.Bool("update", false, "rewrite what the cases want")

// TestOffences holds the reference against all cases.
func TestOffences(t *testing.T) {
	cases, err := guardtest.Cases("../../fixtures/borders")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(filepath.Base(c.Path), func(t *testing.T) {
			b := guard.From(c.Plan)
			var got strings.Builder
			for _, a := range c.Attempts {
				found, err := a.Offences(b)
				if err != nil {
					t.Fatal(err)
				}
				if len(found) == 0 {
					fmt.Fprintf(&got, "%s: nothing\n", a.Name)
				}
				for _, o := range found {
					fmt.Fprintf(&got, "%s: %s: %s\n", a.Name, o.Rule, o.What)
				}
			}
			hold(t, c, got.String())
		})
	}
}

// hold compares what a case wants, or rewrites it.
func hold(t *testing.T, c guardtest.Case, got string) {
	for i, f := range c.Archive.Files {
		if f.Name != "want.txt" {
			continue
		}
		if *update {
			c.Archive.Files[i].Data = []byte(got)
			if err := os.WriteFile(c.Path, txtar.Format(c.Archive), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if got != string(f.Data) {
			t.Errorf("have\n%s\nwant\n%s", got, f.Data)
		}
		return
	}
	t.Error("want.txt is missing")
}

// TestEveryRuleHasItsCases asks each rule that sees one object for an attempt that it refuses
// and one of the same kind that breaks nothing.
func TestEveryRuleHasItsCases(t *testing.T) {
	cases, err := guardtest.Cases("../../fixtures/borders")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, c := range cases {
		for _, a := range c.Attempts {
			for _, w := range a.Want {
				refused[w.Rule] = true
			}
		}
	}
	for _, r := range guard.Rules() {
		if r.Held.Has(guard.Admission) && !refused[r.ID] {
			t.Errorf("rule %s: no case of fixtures/borders breaks it", r.ID)
		}
	}
}
