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
func compiled(t rapid.TB, flags string, forms []string) *regexp.Regexp {
	t.Helper()
	if len(forms) == 0 {
		return nil
	}
	re, err := regexp.Compile(flags + "^/(?:" + strings.Join(forms, "|") + ")")
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
		switch closed, through := compiled(t, "", escapedOf(tree)), compiled(t, "", seen(t, tree, false)); {
		case pattern.MatchString(decoded) && !pattern.MatchString(raw) && !matches(closed, raw):
			t.Fatalf("%s is %s for nginx, which %s matches, and %v does not close it", raw, decoded, rest, closed)
		case pattern.MatchString(raw) && !pattern.MatchString(decoded) && !matches(through, raw):
			t.Fatalf("%s is %s for nginx, which %s does not match, and %v does not close it", raw, decoded, rest, through)
		case decoded == raw && (matches(closed, raw) || matches(through, raw)):
			t.Fatalf("%s holds no escape, and is closed", raw)
		}
	})
}

// seeing are patterns of which some atoms take a part of an escape each.
var seeing = []string{
	"a.b", "a.b$", "a.?b", "a..", "a.2", "a[^/]b", "a[%-z]+b", "a.[b2]?f", "(a.|b%).*c", ".+b", "[^b]*2", "(a|.b)+c", "a.{1,3}f", "a.(b|$)", "a(?:.b)*c", "[^/]*(.*)c", "(?i:a.B)", "a%b", "a.2F?$", ".{2}b", "[%a]{2}[2-4]b", "a(?:[^a]2)?f(/|$)",
}

// seen are patterns that are not too long.
func seen(t rapid.TB, tree *syntax.Regexp, fold bool) []string {
	t.Helper()
	forms, ok := seenThrough(tree, fold)
	if !ok {
		t.Fatalf("%s: too long", tree)
	}
	return forms
}

// TestSeenThroughLong: what would be too long is given up early.
func TestSeenThroughLong(t *testing.T) {
	for rest, want := range map[string]bool{"x[^/]{36}/y": true, "[^/]{1,100}/x": false, "a.{0,1000}b": false} {
		forms, ok := seenThrough(parsed(t, rest), true)
		if n := len(strings.Join(forms, "|")); ok != want || n > 2*mostSeen {
			t.Errorf("%s: %v, %d bytes", rest, ok, n)
		}
	}
}

// TestSeenThrough: a path for which Envoy finds a pattern, and nginx does not once it is
// decoded, is closed, whichever atoms take the escape. Paths without an escape are not.
func TestSeenThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest, fold := rapid.SampledFrom(append(seeing, guarded...)).Draw(t, "pattern"), ""
		if rapid.Bool().Draw(t, "fold") {
			fold = "(?i)"
		}
		raw := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "A", "b", "B", "c", "f", "2", "/", "z", "%2F", "%2f", "%bF", "%B2", "%25", "%22", "%2b", "%C2", "%40", "%A0"}), 1, 6).Draw(t, "path"), "")
		decoded, err := url.PathUnescape(raw)
		if err != nil {
			t.Fatal(err)
		}
		pattern := regexp.MustCompile(fold + "^/" + rest)
		closed := matches(compiled(t, fold, seen(t, parsed(t, rest), fold != "")), raw)
		switch latin := latin1(decoded); {
		case pattern.MatchString(raw) && !pattern.MatchString(latin) && !closed && !strings.Contains(rest, "a%b") && !strings.Contains(rest, "b%"):
			t.Fatalf("%s is %q for nginx, which %s does not match, and %v does not close it", raw, decoded, rest, seen(t, parsed(t, rest), fold != ""))
		case closed && (decoded == raw || !pattern.MatchString(raw)):
			t.Fatalf("%s is closed, and %s does not find it", raw, rest)
		}
	})
}

// TestSeenThroughNoMore: patterns close nothing that nginx finds them for, too, unless a path
// has two readings.
func TestSeenThroughNoMore(t *testing.T) {
	for rest, want := range map[string][]string{
		"a.b":         {"a%b[0-9A-Fa-f]"},
		"a.b.*":       {"a%b[0-9A-Fa-f]"},
		"robots.txt":  nil,
		"a.bak":       {"a%bak"},
		"a.+":         nil,
		".*":          nil,
		"a/?(.*)":     nil,
		"a(/|$)(.*)":  nil,
		"[^/]*(.*)":   nil,
		"a.{1,64}":    nil,
		"[a-z]+/b":    nil,
		"a%b":         nil,
		"[^/]+/z":     {"[^/]*%2[Ff][^/]*/z"},
		"a.b$":        nil,
		"a.b2?$":      {"a%b2(?-m:$)"},
		"x[^/]{2}/y":  nil,
		"x[^/]{3}/y":  {"x%[0-9A-Fa-f][0-9A-Fa-f]/y"},
		`img/.+\.png`: nil,
		`(?:a.|b/)c`:  {"a%c[0-9A-Fa-f]"},
	} {
		if got := seen(t, parsed(t, rest), false); !slices.Equal(got, want) {
			t.Errorf("%s: %q", rest, got)
		}
	}
}

// latin1 is a text of which each byte is a character, as in nginx's patterns.
func latin1(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
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
