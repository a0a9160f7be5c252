package convert

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// TestSnippetCorpus holds what becomes of each snippet of the corpus, converted by a
// controller that lets snippets be, in testdata/snippets.txt: its outcome and why it is no
// better one, and how many there are of each; -update rewrites it.
func TestSnippetCorpus(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	counts, lines := map[string]int{}, []string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")) {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "-snippet") {
			for _, e := range snippetsOf(t, path) {
				outcome := e.Fate.String()
				if e.Fate == ledger.Understood {
					outcome = e.Outcome.String()
				}
				_, short, _ := strings.Cut(e.Key, "/")
				counts[short+" "+outcome]++
				lines = append(lines, fmt.Sprintf("%s:%d %s: %s", strings.TrimPrefix(path, root+string(filepath.Separator)), e.Line, short, strings.TrimSuffix(outcome+": "+e.Reason, ": ")))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var totals []string
	for what, n := range counts {
		totals = append(totals, fmt.Sprintf("%4d  %s", n, what))
	}
	slices.SortFunc(totals, func(a, b string) int { return strings.Compare(a[6:], b[6:]) })
	slices.Sort(lines)
	got := strings.Join(totals, "\n") + "\n\n" + strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "snippets.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(string(want), got); d != "" {
		t.Errorf("snippets come out otherwise (-want +got):\n%s", d)
	}
}

// snippetsOf are the entries of the snippets of one file, closed by its conversion.
func snippetsOf(t *testing.T, path string) (found []*ledger.Entry) {
	set, err := manifest.Read([]manifest.Source{{Path: path}}, manifest.Options{})
	if err != nil {
		return nil // another test's
	}
	opts := Options{Controller: wide(set)}
	opts.Controller.Settings = map[string]string{"annotations-risk-level": "Critical", "allow-snippet-annotations": "true"}
	res, err := Run(set, opts)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, h := range res.Hosts {
		if len(h.Open) > 0 {
			t.Errorf("%s: %s: %s", path, h.Name, h.Withheld)
		}
	}
	for _, e := range set.Ledger.Entries() {
		if e.Key == nginx.Prefix+"configuration-snippet" || e.Key == nginx.Prefix+"server-snippet" {
			found = append(found, e)
		}
	}
	return found
}
