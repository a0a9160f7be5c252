package nginx

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx/conf"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// coverage is what becomes of the snippets of many files.
type coverage struct {
	found, whole map[string]int // by key
	directives   map[string]int // by name, in blocks too
	reasons      map[string]int // by directive and why, where a snippet is not gone by
}

// TestSnippetCoverage holds which of the field's snippets are gone by whole, and why others
// are not, in testdata/snippets.txt; -update rewrites it.
func TestSnippetCoverage(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	c := coverage{found: map[string]int{}, whole: map[string]int{}, directives: map[string]int{}, reasons: map[string]int{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")) {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "-snippet") {
			c.file(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "snippets.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(c.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := godiff.Diff(string(want), c.String()); diff != "" {
		t.Errorf("the coverage changed (-want +got):\n%s", diff)
	}
}

// file counts the snippets of one file, read as by a controller that lets them be.
func (c *coverage) file(t *testing.T, path string) {
	set, err := manifest.Read([]manifest.Source{{Path: path}}, manifest.Options{})
	if err != nil {
		return // another test's
	}
	opts := testOptions(t)
	opts.Classless = true
	opts.Settings = map[string]string{"annotations-risk-level": "Critical", "allow-snippet-annotations": "true"}
	for _, ing := range set.Ingresses { // whatever its class is
		if ing.Class != nil {
			opts.Classes = append(opts.Classes, ing.Class.Value)
		}
		for _, a := range ing.Annotations {
			if a.Key == classKey {
				opts.Classes = append(opts.Classes, a.Value)
			}
		}
	}
	m, _ := Interpret(set, opts)
	Explicit(&m, set, opts)
	for _, ing := range set.Ingresses {
		for _, a := range ing.Annotations {
			short := strings.TrimPrefix(a.Key, Prefix)
			if short != locationSnippet && short != serverSnippet || strings.TrimSpace(a.Value) == "" {
				continue
			}
			c.found[short]++
			if all, err := conf.Parse(a.Value); err == nil {
				c.count(all)
			}
			if why := reasonOf(m, a, short); why == "" {
				c.whole[short]++
			} else {
				c.because(why)
			}
		}
	}
}

func (c *coverage) count(all []conf.Directive) {
	for _, d := range all {
		c.directives[d.Name]++
		c.count(d.Block)
	}
}

// because counts the reasons of one snippet, each once and without its line.
func (c *coverage) because(why string) {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(why, "; line ") {
		_, reason, _ := strings.Cut(part, ": ")
		if reason, _, _ = strings.Cut(reason, " beside "); !seen[reason] {
			seen[reason] = true
			c.reasons[reason]++
		}
	}
}

// reasonOf is why a snippet is not gone by: it is not read, also where the Ingress is only a
// patch of one, or it is opaque on a route.
func reasonOf(m intent.Model, a manifest.KeyValue, key string) string {
	in := snippet.InLocation
	if key == serverSnippet {
		in = snippet.InServer
	}
	var why []string
	_, unread := snippet.Read(a.Value, in)
	for _, u := range unread {
		why = append(why, u.String())
	}
	if len(why) > 0 {
		return strings.Join(why, "; ")
	}
	for _, h := range m.Hosts {
		for _, r := range h.Routes {
			for _, q := range r.Opaque {
				if q.Origin == a.Origin {
					return q.Reason
				}
			}
		}
	}
	return ""
}

func (c *coverage) String() string {
	var b strings.Builder
	for _, key := range sortedCounts(c.found) {
		fmt.Fprintf(&b, "%s: %d, gone by whole %d\n", key, c.found[key], c.whole[key])
	}
	b.WriteString("\nwhy others are not, by snippets:\n")
	for _, name := range sortedCounts(c.reasons) {
		fmt.Fprintf(&b, "%5d  %s\n", c.reasons[name], name)
	}
	b.WriteString("\ndirectives of all of them:\n")
	for _, name := range sortedCounts(c.directives) {
		fmt.Fprintf(&b, "%5d  %s\n", c.directives[name], name)
	}
	return b.String()
}

// sortedCounts are the names, the most frequent first.
func sortedCounts(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	return names
}
