package convert

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// corpus is the folder of real manifests beside the checkout; a test that needs it is
// skipped where it is absent, and fails if REQUIRE_SHARED is set.
func corpus(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("REQUIRE_SHARED") == "1" {
			t.Fatalf("REQUIRE_SHARED=1, and %v", err)
		}
		t.Skip("SKIPPED: corpus: not there")
	}
	return dir
}

// repositories are the corpus's inputs: a folder each.
func repositories(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, part := range []string{"real", "trees", "bad", "helm"} {
		found, err := filepath.Glob(filepath.Join(corpus(t), part, "*"))
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
		if class, has := classOf(ing); has {
			opts.Classes = append(opts.Classes, class)
		}
	}
	clear(set.Classes)
	return opts
}

// TestCorpus converts every repository, as it is and with every class taken as ours: no
// crash, no unexplained difference, every ledger entry closed with a reason.
func TestCorpus(t *testing.T) {
	hosts := map[string]int{}
	for _, dir := range repositories(t) {
		for _, all := range []bool{false, true} {
			set, err := manifest.Read([]manifest.Source{{Path: dir}}, manifest.Options{Recursive: true})
			if err != nil {
				t.Fatal(err)
			}
			var opts Options
			if all {
				opts.Controller = wide(set)
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
				if all {
					hosts[bucket(h)]++
				}
			}
		}
	}
	t.Logf("hosts: %v", hosts)
}

// bucket is the row of the table in docs that a host counts in.
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
