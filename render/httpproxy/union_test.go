package httpproxy

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestUnionEndsBeforeTheQuery: a path fulfils the condition of a team's patterns if one of them
// matches the beginning of it, whatever query follows.
func TestUnionEndsBeforeTheQuery(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "/", "/a", ".", ".*", "[^/]+", "(/|$)", "$", "(.*)", `\?`, "[!-~]", `\.php`, `\S`, "a?", "(a|b)", "(?:b$)?", "b{1,2}", `\w`, `\z`, "|", "(?:/|a$|b)*"})
	pattern := rapid.Custom(func(t *rapid.T) string { return "^/" + strings.Join(rapid.SliceOfN(part, 0, 5).Draw(t, "parts"), "") })
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab/.php")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfN(pattern, 1, 2).Draw(t, "patterns")
		union, err := unionRegex(patterns)
		if err != nil {
			t.Fatal(err)
		}
		path := "/" + text.Draw(t, "path")
		want := false
		for _, p := range patterns {
			want = want || regexp.MustCompile("^(?i:"+p+")").MatchString(path)
		}
		query := rapid.SampledFrom([]string{"", "?", "?a=b", "?/a.php", "?x=.php", "?a?b"}).Draw(t, "query")
		if got := regexp.MustCompile("^(?:" + union + ")$").MatchString(path + query); got != want {
			t.Fatalf("%s: %v of %s%s, and %v of the path by %q", union, got, path, query, want, patterns)
		}
	})
}

// TestUnionText: the text is that of String, but no class of it takes String long, unless it
// leaves out the first or the last character there is.
func TestUnionText(t *testing.T) {
	for _, p := range []string{`/a`, `[^?]`, `/[^/]+/x[^a-c?]*$`, `(?s:.)`, `[^\x{10FFFF}]`, `[^\x00]`, `[a-z]`, `(?i:[^k])`, `[^\]\[\-^]`, `\W|\D`, `\x{100000}[^?]`, `\\x\{110000\}`} {
		parsed := func() *syntax.Regexp {
			tree, err := syntax.Parse(p, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			return beforeQuery(tree, false)
		}
		if got, want := unionText(parsed()), parsed().String(); got != want {
			t.Errorf("%s: %s instead of %s", p, got, want)
		}
		var classes [][2]string
		if n := asked(standIn(parsed(), &classes)); n > 100 && !strings.HasPrefix(p, `[^\x`) {
			t.Errorf("%s: %d characters are asked how they fold", p, n)
		}
	}
}

// asked counts the characters of the classes of a pattern.
func asked(tree *syntax.Regexp) int {
	n := 0
	if tree.Op == syntax.OpCharClass {
		for _, r := range pairs(tree.Rune) {
			n += int(r[1]-r[0]) + 1
		}
	}
	for _, sub := range tree.Sub {
		n += asked(sub)
	}
	return n
}

func BenchmarkUnion(b *testing.B) {
	patterns := []string{"^/api/[^/]+/v[0-9]+(/|$)(.*)", `^/.*\.php$`}
	for b.Loop() {
		if _, err := unionRegex(patterns); err != nil {
			b.Fatal(err)
		}
	}
}
