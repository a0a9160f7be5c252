package httpproxy

import (
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// guarded are patterns without their "^/", and with what may be escaped in them in all places.
var guarded = []string{
	"[^/]+/z", "v1.0/", "(a,|b@)+c/x", "q[;,]r", "a{2,3}/b", "(?:a|@/)?b", ".z", "[^/@]*z", "(.*)/a", "a,(/|$)(.*)b", "([a-z]+)/(@|z)$", "[,a]+/?z", "(?:[^/]+/)*z@",
}

func parsed(t rapid.TB, rest string) *syntax.Regexp {
	t.Helper()
	tree, err := syntax.Parse(rest, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Simplify()
}

// compiled matches paths that some of the patterns do; nil if there are none.
func compiled(t rapid.TB, forms []string) *regexp.Regexp {
	t.Helper()
	if len(forms) == 0 {
		return nil
	}
	re, err := regexp.Compile("^/(?:" + strings.Join(forms, "|") + ")")
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func matches(re *regexp.Regexp, text string) bool { return re != nil && re.MatchString(text) }

// TestEscapedPatterns: however a path is spelled that a pattern matches for nginx, Envoy finds
// the pattern, or what is closed beside it. And what Envoy finds the pattern for and nginx does
// not is closed, where several characters of a class see an escape.
func TestEscapedPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.SampledFrom(guarded).Draw(t, "pattern")
		raw := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "z", "v1", "0", "/", "@", ",", "x", "q", "r", "%2F", "%2f", "%40", "%2C", "%3B"}), 1, 8).Draw(t, "path"), "")
		decoded, err := url.PathUnescape(raw)
		if err != nil {
			t.Fatal(err)
		}
		tree := parsed(t, rest)
		pattern := regexp.MustCompile("^/" + rest)
		switch closed, through := compiled(t, escapedOf(tree)), compiled(t, seenThrough(tree)); {
		case pattern.MatchString(decoded) && !pattern.MatchString(raw) && !matches(closed, raw):
			t.Fatalf("%s is %s for nginx, which %s matches, and %v does not close it", raw, decoded, rest, closed)
		case pattern.MatchString(raw) && !pattern.MatchString(decoded) && !singles(tree) && !matches(through, raw):
			t.Fatalf("%s is %s for nginx, which %s does not match, and %v does not close it", raw, decoded, rest, through)
		case decoded == raw && (matches(closed, raw) || matches(through, raw)):
			t.Fatalf("%s holds no escape, and is closed", raw)
		}
	})
}

// singles says whether a pattern has a class that may take one byte of an escape by itself.
func singles(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpAnyCharNotNL, syntax.OpAnyChar, syntax.OpCharClass:
		return matchesByte(tree, '%')
	case syntax.OpStar, syntax.OpPlus:
		return !seesThrough(tree.Sub[0]) && singles(tree.Sub[0])
	}
	return slices.ContainsFunc(tree.Sub, singles)
}

// TestOtherForm: the spellings of a path in which every character has one of its forms are
// those that are decoded to it, and are no path without an escape.
func TestOtherForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.StringMatching(`[a-z@,/ \\é+ÿ?]{1,4}`).Draw(t, "path")
		canonical := intent.EscapePath(path)
		re := regexp.MustCompile("^" + eitherForm(canonical, 0) + endOf(intent.ExactPath, false))
		var b strings.Builder
		for i := range len(path) {
			escape := string(intent.AppendEscape(nil, path[i]))
			own := escape
			if !intent.NeedsEscape(path[i]) {
				own = path[i : i+1]
			}
			forms := []string{own}
			if staysEscaped(path[i]) {
				digits := []byte(escape)
				for j := 1; j <= 2; j++ {
					if rapid.Bool().Draw(t, "lower") {
						digits[j] |= 0x20 // of letters and digits
					}
				}
				forms = append(forms, string(digits))
			}
			b.WriteString(rapid.SampledFrom(forms).Draw(t, "form"))
		}
		if !re.MatchString(b.String()) {
			t.Fatalf("%s is no form of %s: %s", b.String(), canonical, re)
		}
	})
}

// TestNeverClean: no path of which slashes are merged matches such a pattern, and one that is
// written apart matches what it did.
func TestNeverClean(t *testing.T) {
	for pattern, want := range map[string]bool{
		"^/a//b": true, "^//": true, "^/[a-z]{2}/w//y": true, "^/(a//b)+": true, "^/(?:a//|//b)": true, "^/(//){2}": true,
		"^/a//?b": false, "^/a(//)?b": false, "^/(?:a//|b)": false, "^/[//]": true, "^/a/{2}": false, "^/(//)*": false, "^/a/b": false,
	} {
		if got := NeverClean(intent.Path{Kind: intent.RegexPath, Value: pattern}); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
		re, written := regexp.MustCompile(pattern), regexp.MustCompile(apart(pattern))
		for _, text := range []string{"/", "//", "/a/b", "/a//b", "/ab", "/aa/w//y", "/a///b", "/b", "////"} {
			if re.MatchString(text) != written.MatchString(text) {
				t.Errorf("%s is not %s: %s", written, re, text)
			}
			if want && !strings.Contains(text, "//") && re.MatchString(text) {
				t.Errorf("%s matches %s", re, text)
			}
		}
		if strings.Contains(written.String(), "//") {
			t.Errorf("Contour makes one slash of two in %s", written)
		}
	}
}
