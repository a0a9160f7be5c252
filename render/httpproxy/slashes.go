package httpproxy

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// NeverClean says whether all paths that a condition asks for hold two slashes in a row. No
// request has one: nginx merges slashes before it looks for a location, and Envoy does so
// before it looks for a route.
func NeverClean(p intent.Path) bool {
	if p.Kind != intent.RegexPath {
		return strings.Contains(p.Value, "//")
	}
	if !strings.Contains(p.Value, "//") {
		return false
	}
	tree, err := syntax.Parse(p.Value, syntax.Perl)
	return err == nil && asksFor(tree, "//")
}

// asksFor says whether a text stands in all texts that a pattern matches. It may miss that.
func asksFor(tree *syntax.Regexp, text string) bool {
	sub := func(t *syntax.Regexp) bool { return asksFor(t, text) }
	switch tree.Op {
	case syntax.OpLiteral:
		return strings.Contains(string(tree.Rune), text)
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		return slices.ContainsFunc(tree.Sub, sub)
	case syntax.OpRepeat:
		return tree.Min > 0 && sub(tree.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(tree.Sub, func(t *syntax.Regexp) bool { return !sub(t) })
	}
	return false
}

// apart writes a pattern in a way that Contour does not change: it makes one slash of several
// in the text of a pattern, too.
func apart(pattern string) string {
	for strings.Contains(pattern, "//") {
		pattern = strings.ReplaceAll(pattern, "//", `/\/`)
	}
	return pattern
}
