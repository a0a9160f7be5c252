package automaton

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// given is a condition as a view reads it.
type given struct {
	path intent.Path
	view View
}

func (g given) String() string { return fmt.Sprintf("%s (view %d)", g.path, g.view) }

// holds is the plain meaning of a condition on a text as it was sent.
func (g given) holds(t rapid.TB, raw string) bool {
	text := raw
	if g.view == Decoded {
		var err error
		if text, err = url.PathUnescape(raw); err != nil {
			t.Fatal(err)
		}
	}
	value := g.path.Value
	if g.path.Kind == intent.RegexPath {
		if g.path.Fold {
			value = "(?i)" + value
		}
		return regexp.MustCompile(value).MatchString(text)
	}
	if g.path.Fold {
		text, value = strings.ToLower(text), strings.ToLower(value)
	}
	switch g.path.Kind {
	case intent.ExactPath:
		return text == value
	case intent.SegmentPrefix:
		bare := strings.TrimSuffix(value, "/")
		return text == bare || strings.HasPrefix(text, bare+"/")
	}
	return strings.HasPrefix(text, value)
}

var patterns = []string{
	"^/a", "^/a(/|$)(.*)", "^/(a|b)+$", "a$", "^/a*b?$", "/b/", "^/[^/]+$", "^/a.b", "^/(?:a/?)?$", "^/[a-c]{2,3}$",
	"^/a%25", "^/.%2F", "^/.%[0-9]", "^$|^/a", "b|^/ab$", "(?i:A)b$", "^/a(?:$|/)", "^/..?$", "",
}

func genGiven() *rapid.Generator[given] {
	return rapid.Custom(func(t *rapid.T) given {
		g := given{view: View(rapid.IntRange(0, 1).Draw(t, "view"))}
		g.path.Kind = intent.PathKind(rapid.IntRange(0, 3).Draw(t, "kind"))
		g.path.Fold = rapid.Bool().Draw(t, "fold")
		if g.path.Kind == intent.RegexPath {
			g.path.Value = rapid.SampledFrom(patterns).Draw(t, "pattern")
			return g
		}
		g.path.Value = "/" + rapid.StringMatching(`[abA/]{0,3}`).Draw(t, "path")
		if rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			g.path.Value += rapid.SampledFrom([]string{" ", "%", "%20", "%2F", "\"b", "@"}).Draw(t, "end")
		}
		return g
	})
}

// domain are all texts of at most n symbols over a few bytes.
func domain(n int, escapes bool) []string {
	units := []string{"/", "a", "b", "A", ".", "c", "%20", "%22", "%25"}
	if escapes {
		units = append(units, "%2F", "%40", "@")
	}
	var all, last []string
	for last = []string{"/"}; n > 1; n-- {
		all = append(all, last...)
		var next []string
		for _, s := range last {
			for _, u := range units {
				next = append(next, s+u)
			}
		}
		last = next
	}
	var out []string
	for _, s := range append(all, last...) {
		decoded, _ := url.PathUnescape(s)
		if !strings.Contains(decoded, "//") && !regexp.MustCompile(`/\.\.?(/|$)`).MatchString(decoded) {
			out = append(out, s)
		}
	}
	return out
}

var reservedEscape = regexp.MustCompile(`%(2F|40)`)

// TestAgainstBruteForce: every combination that a short text shows is found, and every text
// that is found shows its combination.
func TestAgainstBruteForce(t *testing.T) {
	texts := map[bool][]string{false: domain(5, false), true: domain(4, true)}
	rapid.Check(t, func(t *rapid.T) {
		escapes := rapid.Bool().Draw(t, "escapes")
		a := New(Paths(), escapes)
		conditions := rapid.SliceOfN(genGiven(), 1, 5).Draw(t, "conditions")
		numbers := make([]int, len(conditions))
		for i, c := range conditions {
			var err error
			if numbers[i], err = a.Add(c.path, c.view); err != nil {
				t.Fatal(err)
			}
		}
		key := func(escaped bool, holds func(i int) bool) string {
			text := fmt.Sprint(escaped)
			for i := range conditions {
				text += fmt.Sprint(" ", holds(i))
			}
			return text
		}
		found := map[string]int{}
		_, done := a.Explore(Work{1 << 20, 1 << 40}, func(e End) {
			k := key(e.Escaped, func(i int) bool { return e.Holds.Has(numbers[i]) })
			if k != key(e.Escaped, func(i int) bool { return conditions[i].holds(t, e.Text) }) {
				t.Fatalf("%q is said to show %s of %v", e.Text, k, conditions)
			}
			if _, again := found[k]; !again {
				found[k] = len(e.Text)
			}
		})
		if !done {
			t.Fatal("gave up")
		}
		for _, s := range texts[escapes] {
			k := key(reservedEscape.MatchString(s), func(i int) bool { return conditions[i].holds(t, s) })
			length, ok := found[k]
			if !ok || length > len(s) {
				t.Fatalf("%q shows %s of %v; found %v with %d bytes", s, k, conditions, ok, length)
			}
		}
	})
}
