package table

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestLeading(t *testing.T) {
	for pattern, want := range map[string]string{
		"^/a": "/a", `\A/a\.b+`: "/a.b", "^/a(/|$)(.*)": "/a", "^/a/?(.*)": "/a", "^(?:/A(?:/.*)?)$": "/A", "^(/a|/ab)x": "/a",
		"^(/a)+b": "/a", "^/a{2}b": "/", "^/a*": "/", "^/é": "/", "^/[Aa]b": "/", "^(?i)/ab": "/", "^/1(?i)/2a": "/1/2", "(^/a)/b": "/a/b", "^^/a": "/a", "^()/a": "/a",
		"/a": "", "(?m)^/a": "", "^/a|^/b": "", "^/a|b": "", "^": "", "$": "", "(^/a)?b": "", "": "",
	} {
		if got := leading(regexp.MustCompile(pattern), false); got != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
	for pattern, want := range map[string]string{
		"^/App": "/app", "^/a.b": "/a", "^/ask": "/a", "^/K": "/", "^/a(?-i:S/B)c": "/as/bc", "/a": "",
	} {
		if got := leading(regexp.MustCompile("(?i)"+pattern), true); got != want {
			t.Errorf("%s without case: got %q, want %q", pattern, got, want)
		}
	}
}

// fragments make patterns, of which many have a text that every match begins with.
var fragments = []string{"^", "/", "/a", "a", "B", "k", "s", "é", "(", ")", "(?:", "(?i)", "(?-i)", "|", "?", "+", "*", "{2}", "$", ".", "[aA]", `\.`, `\A`, "(/|$)(.*)", "(?m)"}

// TestLeadingBeginsEveryMatch draws patterns, and paths in which they are found.
func TestLeadingBeginsEveryMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fold := rapid.Bool().Draw(t, "fold")
		pattern := pick(t, []string{"^/", "^", ""}, "begin") + strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 8).Draw(t, "fragments"), "")
		if fold {
			pattern = "(?i)" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			t.Skip()
		}
		text := leading(re, fold)
		for range 10 {
			path := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"/", "a", "A", "b", "B", "k", "K", "\u212a", "ſ", "é", "É", "."}), 0, 6).Draw(t, "path"), "")
			if re.MatchString(path) && !hasPrefix(path, text, fold) {
				t.Fatalf("%s is found in %q, which does not begin with %q", pattern, path, text)
			}
		}
	})
}

// TestShapeIsTheRegex holds what is read as a text and an ending against package regexp,
// where the case of a letter means the same in both.
func TestShapeIsTheRegex(t *testing.T) {
	tails := []string{"", "$", "(/|$)", "(/|$)(.*)", "(.*)", ".*", "?", "*", "?(.*)", "/?", "/*", "/?(.*)", "/(.*)", "/.*", "+", "*(.*)", "(.*)$", "(/.*)?$"}
	shapes := 0
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"/", "a", "B", "/a", "-", "é", "\n"}), 0, 4).Draw(t, label), "")
		}
		p := intent.Path{Kind: intent.RegexPath, Value: "^/" + draw("text") + pick(t, tails, "tail"), Fold: rapid.Bool().Draw(t, "fold")}
		text, end, ok := shape(p)
		if !ok {
			return
		}
		shapes++
		path := pick(t, []string{"/", text, strings.ToUpper(text), strings.TrimSuffix(text, "/")}, "path") + draw("more")
		if path == "" || p.Fold && strings.ToLower(path) != lowerText(path) {
			return // no path, or letters that only Unicode folds
		}
		re := regexp.MustCompile(expression{text: p.Value, fold: p.Fold}.String())
		got := hasPrefix(path, text, p.Fold) && end <= endingAt(path, len(text))
		if want := re.MatchString(path); got != want {
			t.Fatalf("%s in %q: got %v, want %v", re, path, got, want)
		}
	})
	if shapes == 0 {
		t.Error("nothing was read as a text and an ending")
	}
}

// TestRewriteThatDoesNotCompile: patterns that are taken as valid without a look are.
func TestRewriteThatDoesNotCompile(t *testing.T) {
	for _, from := range []string{"/\xff(.*)", "/\xff", "/a(", "/(?<a", "/a{2,1}"} {
		r := to("svc", all)
		r.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: from, To: "/$1"}
		c := compile(t, intent.Model{Hosts: []intent.Host{{Name: "a.t", Routes: []intent.Route{r, to("next", all)}}}})
		p := Prepare(Request{Host: "a.t", URI: "/\xffx"})
		if d := c.Match(p).Answer(p); service(d) != "next" || len(c.Invalid()) != 1 {
			t.Errorf("%q: got %+v, invalid: %v", from, d, c.Invalid())
		}
	}
}
