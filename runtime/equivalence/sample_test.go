package equivalence

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// TestTooMany: of a host with too many requests a part is asked, spread over the first and
// the last of its paths, and the rest is counted.
func TestTooMany(t *testing.T) {
	h := &intent.Host{Name: "h.t", TLS: &intent.TLS{}}
	for i := range 9000 {
		h.Routes = append(h.Routes, intent.Route{Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: fmt.Sprintf("/p%04d", i)}}})
	}
	all := newSamples("h.t", h, h)
	total, asked := 0, 0
	all.each(func(table.Request) { total++ })
	thousands := map[string]int{}
	skipped := all.visit(func(r table.Request) {
		asked++
		if len(r.URI) > 2 {
			thousands[r.Scheme+r.URI[:3]]++
		}
	})
	if asked+skipped != total || asked > maxSamples || asked < all.limit/2 {
		t.Errorf("asked %d, skipped %d, of %d", asked, skipped, total)
	}
	for _, scheme := range []string{"http", "https"} {
		for i := range 9 {
			if n := thousands[fmt.Sprintf("%s/p%d", scheme, i)]; n < all.limit/40 {
				t.Errorf("%s /p%d...: %d", scheme, i, n)
			}
		}
	}
}

// TestExamples: what examples gives for a pattern matches it.
func TestExamples(t *testing.T) {
	for _, pattern := range []string{
		`^/`, `^/a`, `^/a.b`, `^/a\.b`, `^/v[0-9]+/x`, `^/[^/]+`, `^/(foo|bar)/x`, `^/a(/|$)(.*)`, `^/a(?:/(.*))?$`, `^/a/?(.*)`, `^/x{2,3}y`,
		`^/x{0,2}`, `^/x{3}`, `^/\d+\w*`, `^/(?i)AbC`, `^/[[:alpha:]]{2}`, `^/a|/b`, `^(/a|/b/c)$`, `^/[a-c]?z*`, `.*(?:a|b[0-9]).*`, `v.*`,
		`^/\p{L}`, `^/[^a-z]`, `^/(a|)b`, `^/((x|y)+z)*`, `^/.+$`, ``,
	} {
		re := regexp.MustCompile(pattern)
		all := examples(pattern)
		if len(all) == 0 {
			t.Errorf("%s has no example", pattern)
		}
		for _, s := range all {
			if !re.MatchString(s) {
				t.Errorf("%s does not match its example %q", pattern, s)
			}
		}
	}
	if got := examples(`(?!x)`); got != nil {
		t.Errorf("a pattern that does not parse has the examples %q", got)
	}
}

// TestExamplesVary: both ends of repetitions and alternatives come up.
func TestExamplesVary(t *testing.T) {
	for pattern, want := range map[string][]string{
		`^/a(b)?`: {"/a", "/ab"}, `^/(foo|bar)c`: {"/fooc", "/barc"}, `^/x*`: {"/", "/x"}, `^/a`: {"/a"},
	} {
		got := examples(pattern)
		if len(got) != len(want) {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: got %q, want %q", pattern, got, want)
			}
		}
	}
}

func TestClean(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/a/b": true, "/a.b-c_d~e": true, "/a/": true, "": false, "a": false, "//": false, "/a//b": false, "/.": false, "/a/..": false,
		"/a%20": false, "/a b": false, "/é": false, "/a?b": false, "/a#b": false, "/...": true,
	} {
		if got := clean(path); got != want {
			t.Errorf("%q: got %v", path, got)
		}
	}
}
