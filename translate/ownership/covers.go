package ownership

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"sort"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Covers says whether a claim takes in a route's path. It does in three cases:
//
//   - The claim has the path's kind and text. The case of letters (Path.Fold) is not
//     compared: such a claim names the route.
//   - The claim is the prefix "/", which takes in every path of its host.
//   - The claim is a prefix and every request path that the route matches lies under it.
//     Prefix: it is the claim's path or goes on with "/" behind it. StringPrefix: it
//     starts with the claim's path. A path that folds case lies under claims without
//     letters only. Of a regex this is known only where it begins with "^" and plain text
//     that lies under the claim; any other regex is covered by the first two cases alone.
//
// An Exact or a Regex claim covers in the first case only. Covers takes any claim,
// canonical or not, and an invalid regex is one of which nothing is known.
func Covers(c Claim, path intent.Path) bool {
	c.Kind, c.Path = canonical(c.Kind, c.Path)
	k := keyOf(path)
	switch {
	case c.Kind == k.kind && c.Path == k.path:
		return true
	case c.Kind == Exact || c.Kind == Regex:
		return false
	case c.Kind == Prefix && c.Path == "/":
		return true
	case path.Fold && hasLetters(c.Path):
		return false
	case k.kind == Regex:
		k = key{StringPrefix, literalStart(path.Value)}
	}
	if c.Kind == StringPrefix {
		return strings.HasPrefix(k.path, c.Path)
	}
	rest, under := strings.CutPrefix(k.path, c.Path)
	return under && (strings.HasPrefix(rest, "/") || rest == "" && k.kind != StringPrefix)
}

// keyOf is the claim that a path would make by itself.
func keyOf(p intent.Path) key {
	var k key
	switch p.Kind {
	case intent.SegmentPrefix:
		k.kind = Prefix
	case intent.StringPrefix:
		k.kind = StringPrefix
	case intent.ExactPath:
		k.kind = Exact
	default:
		k.kind = Regex
	}
	k.kind, k.path = canonical(k.kind, p.Value)
	return k
}

func hasLetters(s string) bool { return strings.ToLower(s) != strings.ToUpper(s) }

// literalStart is the text that every path found by the regex begins with; "" if unknown.
func literalStart(regex string) string {
	re, err := syntax.Parse(regex, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) < 2 || re.Sub[0].Op != syntax.OpBeginText {
		return ""
	}
	text := re.Sub[1]
	if text.Op != syntax.OpLiteral || text.Flags&syntax.FoldCase != 0 {
		return ""
	}
	return string(text.Rune)
}

// owner is the index of the narrowest of sorted claims that covers a path, or -1. Of those
// that cover a plain path each lies in the next wider one, so that the longest is the
// narrowest; a claim with the path's own kind and text comes before all.
func owner(claims []Claim, path intent.Path) int {
	plain := claims[:literals(claims)]
	k := keyOf(path)
	text := k.path
	if k.kind == Regex {
		same := func(c Claim) bool { return c.Path == k.path }
		if i := slices.IndexFunc(claims[len(plain):], same); i >= 0 {
			return len(plain) + i
		}
		text = "/"
		if n := len(plain); n > 0 && plain[n-1].Path > "/" { // else only "/" can cover it
			text = literalStart(path.Value)
		}
	}
	return nearest(plain, path, text)
}

// literals counts the claims before those on regexes.
func literals(claims []Claim) int {
	return sort.Search(len(claims), func(i int) bool { return claims[i].Kind == Regex })
}

// nearest goes back through the sorted claims from the last that could cover the path, of
// which every match begins with text. All that cover it are string prefixes of text; a
// claim that is none differs from it behind n bytes, and then so do all claims between it
// and text[:n]. Only "/" covers a text that does not begin with it.
func nearest(claims []Claim, path intent.Path, text string) int {
	for i := upper(claims, text, Exact); i > 0; {
		c := claims[i-1]
		if Covers(c, path) {
			return i - 1
		}
		if n := commonPrefix(c.Path, text); n < len(c.Path) {
			i = upper(claims[:i-1], text[:n], Exact)
		} else {
			i--
		}
	}
	if i := upper(claims, "/", Prefix) - 1; i >= 0 && Covers(claims[i], path) {
		return i
	}
	return -1
}

// upper counts the sorted claims up to a path and kind.
func upper(claims []Claim, path string, kind ClaimKind) int {
	i, found := slices.BinarySearchFunc(claims, path, func(c Claim, p string) int {
		return cmp.Or(strings.Compare(c.Path, p), kindWidth[c.Kind]-kindWidth[kind])
	})
	if found {
		i++
	}
	return i
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
