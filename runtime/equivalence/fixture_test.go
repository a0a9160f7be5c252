package equivalence_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect")

// TestFixtures runs the cases under fixtures/proof: a txtar archive each, with
//
//	the comment    what the case shows
//	before, after  a model each, in its printed form
//	proof          want: what the proof of each host comes to, with its counted work
//
// -update rewrites the wanted part.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "proof", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := proofs(t, ar)
			if *update {
				ar.Files = append(ar.Files[:2], txtar.File{Name: "proof", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(ar.Files[len(ar.Files)-1].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// proofs compares every host of two models.
func proofs(t *testing.T, ar *txtar.Archive) string {
	if len(ar.Files) < 2 || ar.Files[0].Name != "before" || ar.Files[1].Name != "after" {
		t.Fatal("want the sections before and after")
	}
	before, err := intent.Parse(strings.TrimSpace(string(ar.Files[0].Data)) + "\n")
	if err != nil {
		t.Fatal("before: ", err)
	}
	after, err := intent.Parse(strings.TrimSpace(string(ar.Files[1].Data)) + "\n")
	if err != nil {
		t.Fatal("after: ", err)
	}
	b, a, err := table.Pair(before, after)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	seen := map[string]bool{}
	for _, h := range append(before.Hosts, after.Hosts...) {
		if !seen[h.Name] {
			seen[h.Name] = true
			proofText(&out, equivalence.Prove(b, a, h.Name, nil, equivalence.Bounds{}))
		}
	}
	return out.String()
}

func proofText(out *strings.Builder, p equivalence.Proof) {
	fmt.Fprintf(out, "%s: %d states, %d steps, %d cases, %d asked\n", p.Host, p.Work.States, p.Work.Steps, p.Work.Cases, p.Work.Asked)
	if p.Why != "" {
		fmt.Fprintf(out, "\tnot proved: %s\n", p.Why)
	}
	for _, what := range p.Uncompared {
		fmt.Fprintf(out, "\tnot compared: %s\n", what)
	}
	for _, d := range p.Differences {
		fmt.Fprintf(out, "\t%s (%d): %s %s://%s%s", d.Dimension, d.Count, d.Request.Method, d.Request.Scheme, d.Request.Host, d.Request.URI)
		for _, h := range d.Request.Headers {
			fmt.Fprintf(out, " %s: %s", h.Name, h.Value)
		}
		fmt.Fprintf(out, "\n\t\tbefore %s\n\t\tafter  %s\n", decision(d.Before), decision(d.After))
	}
}

// decision is one in a line.
func decision(d table.Decision) string {
	switch {
	case d.Location != "":
		return fmt.Sprintf("%d to %s", d.Status, d.Location)
	case d.Status != 0:
		return fmt.Sprint(d.Status)
	}
	return fmt.Sprintf("%s %s", d.Backends[0].Service, d.UpstreamURI)
}
