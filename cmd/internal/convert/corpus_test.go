package convert

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// repositories are the corpus's inputs: a folder each.
func repositories(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, part := range []string{"real", "trees", "bad", "helm"} {
		found, err := filepath.Glob(filepath.Join(sharedtest.Path(t, "corpus"), part, "*"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no repositories under %s: %v", part, err)
		}
		dirs = append(dirs, found...)
	}
	return dirs
}

// wide takes every Ingress as ingress-nginx's, whatever class it names, so that the whole
// corpus goes through.
func wide(set *manifest.Set) nginx.Options {
	opts := nginx.Options{Classless: true, Classes: []string{"nginx"}}
	for _, ing := range set.Ingresses {
		if ing.Class != nil {
			opts.Classes = append(opts.Classes, ing.Class.Value)
		}
		for _, a := range ing.Annotations {
			if a.Key == "kubernetes.io/ingress.class" {
				opts.Classes = append(opts.Classes, a.Value)
			}
		}
	}
	clear(set.Classes)
	return opts
}

// tally counts how a part of the corpus comes out.
type tally struct {
	documents, ingresses, unreadable int
	hosts                            map[string]int            // by bucket
	proofs                           map[Verdict]int           // hosts that were compared
	differences                      int                       // that the proofs found, all named
	keys                             map[string]map[string]int // annotations by key and fate or outcome
}

// TestCorpus converts every repository, as it is and with every class taken as ours: no
// crash, no unexplained difference, every ledger entry closed with a reason. How it comes
// out stands in docs/generated/corpus.md; -update rewrites that.
func TestCorpus(t *testing.T) {
	asIs, wideOpen := newTally(), newTally()
	for _, dir := range repositories(t) {
		for _, all := range []bool{false, true} {
			set, err := manifest.Read([]manifest.Source{{Path: dir}}, manifest.Options{Recursive: true})
			if err != nil {
				t.Fatal(err)
			}
			var opts Options
			to := asIs
			if all {
				opts.Controller, to = wide(set), wideOpen
			}
			res, err := Run(set, opts)
			if err != nil {
				t.Errorf("%s: %v", dir, err)
				continue
			}
			for _, e := range set.Ledger.Unfinished() {
				t.Errorf("%s: not finished: %s (%s %s %q)", dir, e.Origin, e.Fate, e.Outcome, e.Reason)
			}
			for _, h := range res.Hosts {
				if len(h.Open) > 0 {
					t.Errorf("%s: %s: %s", dir, h.Name, h.Withheld)
				}
				for _, e := range unshown(h) {
					t.Errorf("%s: %s: no request shows the edit %+v", dir, h.Name, e)
				}
			}
			to.add(res)
		}
	}
	want := filepath.Join("..", "..", "..", "docs", "generated", "corpus.md")
	got := corpusTable(asIs, wideOpen, readTables(t, filepath.Join("testdata", "corpus-before.md")))
	if *update {
		if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), got); diff != "" {
		t.Errorf("%s is not current; go test ./cmd/internal/convert -run Corpus -args -update (-have +now):\n%s", want, diff)
	}
}

// unshown are the edits about some requests of a route that no request shows.
func unshown(h Host) []intent.Edit {
	if h.Proof == nil || h.Proof.Verdict != Equal {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.Edits), func(e intent.Edit) bool {
		shown := slices.ContainsFunc(h.Proof.Differences, func(d Difference) bool { return d.Route == e.Route && d.Reason == e.Reason })
		return shown || e.Guard == intent.Always || e.Guard == intent.TwoValues || e.Dimension == intent.Certificate // outside of the domain, or told another way
	})
}

func newTally() *tally {
	return &tally{hosts: map[string]int{}, proofs: map[Verdict]int{}, keys: map[string]map[string]int{}}
}

func (c *tally) add(res *Result) {
	c.documents += res.Set.Documents
	c.ingresses += len(res.Set.Ingresses)
	c.unreadable += res.Set.Unreadable
	for _, h := range res.Hosts {
		c.hosts[bucket(h)]++
		if h.Proof != nil {
			c.proofs[h.Proof.Verdict]++
			c.differences += len(h.Proof.Differences)
		}
	}
	for _, e := range res.Set.Ledger.Entries() {
		if e.Kind != ledger.Annotation || !strings.HasPrefix(e.Key, nginx.Prefix) {
			continue
		}
		state := e.Fate.String()
		if e.Outcome != ledger.None {
			state = e.Outcome.String()
		}
		if c.keys[e.Key] == nil {
			c.keys[e.Key] = map[string]int{}
		}
		c.keys[e.Key][state]++
	}
}

// bucket is the row of the table that a host counts in.
func bucket(h Host) string {
	switch {
	case h.Unsaid:
		return "no form"
	case h.Withheld != "":
		return "withheld"
	case h.Outcome == ledger.Exact:
		return "clean"
	}
	return h.Outcome.String()
}
