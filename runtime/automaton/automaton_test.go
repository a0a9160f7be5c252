package automaton

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
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
	"^/a?%2[a-f]", "%.[F2]$", "^/%[^2]", "^/[a%][^/]*%", "(?i)%2f",
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
		units = append(units, "%2F", "%2f", "%40", "@")
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

var reservedEscape = regexp.MustCompile(`%(2F|2f|40)`)

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

// FuzzPattern: whatever the pattern, the walk ends within its bound, and what package regexp
// says of a text is among what was found, if the walk came to its end.
func FuzzPattern(f *testing.F) {
	f.Add("^/a(/|$)(.*)", "/a/b")
	f.Add(`^/(a|b)*[a-z]{5}c.*d$`, "/abcabc")
	f.Add(`(?i)^/x.y|z$`, "/XqY")
	f.Add(`(((a?){9}){9}){9}`, "/aaa")
	f.Add(`^/[^/]+/\d{2,4}(?:/|$)`, "/x/123/")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		c := intent.Path{Kind: intent.RegexPath, Value: pattern}
		a := New(Values("/abcxyzABC0123456789-_. "), false)
		n, err := a.Add(c, Decoded)
		if err != nil {
			return // not in RE2 syntax, or not followed
		}
		limit := Work{States: 2_000, Steps: 200_000}
		found := map[bool]bool{}
		work, done := a.Explore(limit, func(e End) {
			found[e.Holds.Has(n)] = true
			if got := regexp.MustCompile(pattern).MatchString(e.Text); got != e.Holds.Has(n) {
				t.Fatalf("%q matches %q: %v", pattern, e.Text, got)
			}
		})
		if over := work.States - limit.States; over > 256 {
			t.Fatalf("%+v is far beyond the bound", work)
		}
		inside := strings.Trim(text, "/abcxyzABC0123456789-_. ") == "" && strings.Trim(text, " ") == text
		if done && inside && !found[regexp.MustCompile(pattern).MatchString(text)] {
			t.Fatalf("what %q says of %q was not found", pattern, text)
		}
	})
}

// TestLookBehind: what may follow a text is told by the conditions that then hold.
func TestLookBehind(t *testing.T) {
	a := New(Paths(), false)
	var numbers []int
	for _, p := range []string{`\A(?:/a([/?].*)?)\z`, `\A(?:/a.*b)\z`, `\A(?:/a\?q)\z`} {
		n, err := a.Add(intent.Path{Kind: intent.RegexPath, Value: p}, Raw)
		if err != nil {
			t.Fatal(err)
		}
		a.LookBehind(n, '?')
		numbers = append(numbers, n)
	}
	got := map[string]string{}
	if _, done := a.Explore(Work{1000, 100_000}, func(e End) {
		var all []string
		for _, b := range e.Behind {
			text := b.Text + ":"
			for i, n := range numbers {
				if b.Holds.Has(n) {
					text += fmt.Sprint(" ", i)
				}
			}
			all = append(all, text)
		}
		if e.Cut {
			t.Errorf("%s: not all", e.Text)
		}
		got[e.Text] = strings.Join(all, ", ")
	}); !done {
		t.Fatal("gave up")
	}
	for text, want := range map[string]string{"/": "x:", "/a": "a: 0, b: 0 1, q: 0 2", "/ax": "a:, b: 1", "/a/": "a: 0, b: 0 1"} {
		if got[text] != want {
			t.Errorf("behind %s there may be %q, want %q (all: %q)", text, got[text], want, got)
		}
	}
}

// TestAt: each condition holds for the text that its view reads.
func TestAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(Paths(), true)
		decoded := rapid.StringMatching(`(/[ab]{0,2}){1,3}`).Draw(t, "decoded")
		raw := rapid.StringMatching(`(/[ab]{0,2}){1,3}`).Draw(t, "raw")
		for _, c := range rapid.SliceOfN(genGiven(), 1, 5).Draw(t, "conditions") {
			number, err := a.Add(c.path, c.view)
			if err != nil {
				t.Fatal(err)
			}
			text := decoded
			if c.view == Raw {
				text = raw
			}
			if got := a.At(decoded, raw, Work{}).Holds.Has(number); got != c.holds(t, text) {
				t.Fatalf("%v of %q: %v", c, text, got)
			}
		}
	})
}

// TestResetWork holds what it takes to use an automaton again by counting it: only what is
// visited is allocated, four things for each, and it is what a new one visits.
func TestResetWork(t *testing.T) {
	add := func(a *Automaton) {
		for i := range 40 {
			if _, err := a.Add(intent.Path{Kind: intent.SegmentPrefix, Value: fmt.Sprintf("/area%d/team%d", i%5, i)}, View(i%2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	limit := Work{States: 1 << 20, Steps: 1 << 30}
	for _, escapes := range []bool{false, true} {
		alphabet, a := Paths(), new(Automaton)
		var ends []string
		again := func() {
			a.Reset(alphabet, escapes)
			add(a)
			ends = ends[:0]
			a.Explore(limit, func(e End) { ends = append(ends, e.Text) })
		}
		again()
		literals := 40.0 // their own texts
		if got := testing.AllocsPerRun(10, again); got > 4*float64(len(ends))+2*literals {
			t.Errorf("%.0f allocations for %d ends", got, len(ends))
		}
		fresh := New(alphabet, escapes)
		add(fresh)
		var want []string
		fresh.Explore(limit, func(e End) { want = append(want, e.Text) })
		if !slices.Equal(ends, want) {
			t.Errorf("%d ends, a new one has %d: %q, %q", len(ends), len(want), ends, want)
		}
	}
}
