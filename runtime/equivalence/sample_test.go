package equivalence

import (
	"regexp"
	"testing"
)

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
