package guard

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Given is a claim that the plan gives to another object, and that routes below a mount could
// take requests from.
type Given struct {
	Path string // the pattern of a Regex, raw as all of them
	Kind ownership.ClaimKind
	// Start is what all paths of a Regex begin with, in lower case, as far as it can be told
	// without following it; "" of other kinds.
	Start string
	To    string                // the object, "namespace/name"
	regex func() *regexp.Regexp // of a Regex that has routes
}

// given is a claim that is given to an object. The regex of one lets paths through as its include
// does: from their beginning, whatever their case and what they go on with. Most are never asked.
func given(c ownership.Claim, to string) Given {
	g := Given{Path: c.Path, Kind: c.Kind, To: to}
	if c.Kind == ownership.Regex {
		g.Start = patternStart(c.Path)
		text := "^(?i:" + c.Path + ")"
		if _, err := syntax.Parse(text, syntax.Perl); err == nil {
			g.regex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
		}
	}
	return g
}

// mayTake says whether routes below a claim could take requests of another one: of one below its
// own path, and of a regex, which Contour asks before any prefix, unless the two begin differently.
// Routes below a regex could also take exact paths that it matches, and those of a regex that is
// asked before its own: of two the longer one.
func (g Given) mayTake(other Given) bool {
	switch {
	case g.Kind == ownership.Exact || g.unread() || other.unread():
		return false
	case other.Kind == ownership.Regex && g.Kind == ownership.Regex:
		return length(other.Path) >= length(g.Path) && alike(g.Start, other.Start)
	case other.Kind == ownership.Regex:
		return alike(strings.ToLower(g.Path), other.Start)
	case g.Kind == ownership.Regex:
		return other.Kind == ownership.Exact && g.takes(other.Path)
	}
	return ownership.Covers(ownership.Claim{Kind: g.Kind, Path: g.Path}, other.Condition())
}

// unread says whether it is a regex that is not in RE2 syntax, and has no routes.
func (g Given) unread() bool { return g.Kind == ownership.Regex && g.regex == nil }

// length is that of a claim's regex, by which Contour and nginx order them.
func length(pattern string) int { return len(strings.TrimPrefix(pattern, "^")) }

// patternStart is what all paths of a claim's regex begin with, in lower case.
func patternStart(pattern string) string {
	return strings.ToLower(joined(startOf(strings.TrimPrefix(pattern, "^"))))
}

// alike says whether one of two texts is the beginning of the other, so that paths may begin
// with both.
func alike(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// takes says whether a path is the given one, or within it.
func (g Given) takes(path string) bool {
	switch g.Kind {
	case ownership.Regex:
		return g.regex().MatchString(path)
	case ownership.StringPrefix:
		return strings.HasPrefix(path, g.Path)
	case ownership.Prefix:
		return path == g.Path || strings.HasPrefix(path, g.Path+"/")
	}
	return path == g.Path
}

// open says whether a regex whose paths begin with a text, in lower case, may take requests of
// the given path.
func (g Given) open(start string) bool {
	path := strings.ToLower(g.Path)
	switch {
	case g.Kind == ownership.Regex:
		return alike(start, g.Start)
	case strings.HasPrefix(path, start):
		return true
	case g.Kind == ownership.Prefix:
		return strings.HasPrefix(start, path+"/")
	}
	return g.Kind == ownership.StringPrefix && strings.HasPrefix(start, path)
}

// Condition is the given path as a condition on paths.
func (g Given) Condition() intent.Path {
	if g.Kind == ownership.Regex {
		return intent.Path{Kind: intent.RegexPath, Value: "^(?:" + g.Path + ")", Fold: true}
	}
	kinds := map[ownership.ClaimKind]intent.PathKind{ownership.Prefix: intent.SegmentPrefix, ownership.StringPrefix: intent.StringPrefix, ownership.Exact: intent.ExactPath}
	return intent.Path{Kind: kinds[g.Kind], Value: g.Path}
}
