package httpproxy

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// The conditions on the pseudo header :path, which holds path and query, that say what a
// prefix condition alone cannot. Decode reads them as conditions on the path.
const (
	pathHeader = ":path"
	// methodHeader is the method, likewise.
	methodHeader = ":method"
	// schemeHeader is the scheme, which Envoy writes before routes are chosen.
	schemeHeader = "x-forwarded-proto"
	segmentTail  = `([/?].*)?` // the path ends here, or goes on with a slash
	exactTail    = `(\?.*)?`   // the path ends here
	stringTail   = `.*`        // anything may stand behind
	foldOpen     = `/(?i:`     // a path of a host in nginx's regex mode
	foldClose    = `).*`
	emptyRegex   = `/{0}` // nothing: exactly the include's prefix
	slashRegex   = `/`    // the slash that Contour cuts from the include's prefix
)

func segmentRegex(path string) string { return regexp.QuoteMeta(path) + segmentTail }
func exactRegex(path string) string   { return regexp.QuoteMeta(path) + exactTail }
func stringRegex(path string) string  { return regexp.QuoteMeta(path) + stringTail }

// ReadPathRegex is the path that a regex of a condition on :path confines to, if it is one that
// Encode writes for a segment prefix or an exact path.
func ReadPathRegex(re string) (intent.Path, bool) {
	for _, form := range []struct {
		tail string
		kind intent.PathKind
	}{{segmentTail, intent.SegmentPrefix}, {exactTail, intent.ExactPath}} {
		if quoted, ok := strings.CutSuffix(re, form.tail); ok {
			path, ok := unquote(quoted)
			if segments := form.kind == intent.SegmentPrefix; ok && !(segments && strings.HasSuffix(path, "/")) {
				return intent.Path{Kind: form.kind, Value: path}, true
			}
		}
	}
	return intent.Path{}, false
}

// wholePrefix is the regex condition that matches exactly an include's prefix: Contour cuts
// its slash at the end.
func wholePrefix(prefix string) string {
	if strings.HasSuffix(prefix, "/") {
		return slashRegex
	}
	return emptyRegex
}

// readWholePrefix is the path that a merged regex of wholePrefix matches.
func readWholePrefix(merged string) (string, bool) {
	for _, form := range []struct{ regex, end string }{{emptyRegex, ""}, {slashRegex, "/"}} {
		if quoted, ok := strings.CutSuffix(merged, "(?:"+form.regex+")"); ok {
			path, plain := unquote(quoted)
			return path + form.end, plain
		}
	}
	return "", false
}

// unquote is the inverse of regexp.QuoteMeta.
func unquote(quoted string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		if quoted[i] == '\\' && i+1 < len(quoted) {
			i++
		}
		b.WriteByte(quoted[i])
	}
	return b.String(), regexp.QuoteMeta(b.String()) == quoted
}

// foldRegex is the regex condition for a location of a host in regex mode: "^/p" without
// case and open at the end. Contour's order by length is then nginx's.
func foldRegex(p intent.Path) (string, error) {
	body, ok := strings.CutPrefix(apart(p.Value), "^/")
	switch {
	case !ok:
		return "", fmt.Errorf("the pattern %q does not begin with a slash", p.Value)
	case strings.Contains(p.Value, "//") && strings.Contains(p.Value, `\Q`):
		return "", fmt.Errorf("the pattern %q quotes slashes of which Contour makes one", p.Value)
	}
	if body != "" && strings.ContainsRune("?*+{", rune(body[0])) {
		return "", fmt.Errorf("the pattern %q begins with a slash that may be missing or stand twice, and a regex condition with one slash", p.Value)
	}
	if _, plain := literal(p.Value); !plain {
		tree, err := syntax.Parse(p.Value, syntax.Perl)
		if err != nil {
			return "", fmt.Errorf("the pattern %q is not in RE2 syntax: %w", p.Value, err)
		}
		if tree.Op == syntax.OpAlternate {
			return "", fmt.Errorf("the pattern %q has alternatives that are not bound to the start of the path", p.Value)
		}
	}
	if !p.Fold {
		return "/(?:" + body + foldClose, nil
	}
	return foldOpen + body + foldClose, nil
}

// plainFold says whether a regex is a condition of a host in regex mode, as foldRegex and
// unionRegex write it, on texts that stand for themselves: such a one is sound.
func plainFold(re string) bool {
	before, rest, open := strings.Cut(re, "(?i:")
	texts, closed := strings.CutSuffix(rest, foldClose)
	return open && closed && isASCII(re) && !strings.ContainsAny(before, metaCharacters) &&
		!strings.ContainsAny(strings.ReplaceAll(texts, "|", ""), metaCharacters)
}

// readFoldRegex is the inverse of foldRegex.
func readFoldRegex(re string) (intent.Path, bool) {
	body, closed := strings.CutSuffix(re, foldClose)
	rest, open := strings.CutPrefix(body, foldOpen)
	p := intent.Path{Kind: intent.RegexPath, Value: "^/" + rest, Fold: true}
	if _, err := foldRegex(p); !open || !closed || err != nil {
		return intent.Path{}, false // another regex that begins and ends alike
	}
	return p, true
}

// metaCharacters are those that mean something else than themselves in a pattern.
const metaCharacters = `\.+*?()|[]{}^$`

// literal is the text that a pattern "^text" stands for, if it has no other meaning.
func literal(pattern string) (string, bool) {
	text, ok := strings.CutPrefix(pattern, "^")
	return text, ok && !strings.ContainsAny(text, metaCharacters)
}

// literalStart is text that every path matched by a pattern "^..." begins with.
func literalStart(pattern string) string {
	text := strings.TrimPrefix(pattern, "^")
	i := strings.IndexAny(text, metaCharacters)
	switch {
	case i < 0:
		return text
	case strings.Contains(text, "|") && alternates(pattern):
		return ""
	case i > 0 && strings.ContainsRune("*?{", rune(text[i])):
		return text[:i-1] // the repeated character may be missing
	}
	return text[:i]
}

// alternates says whether a pattern is a list of alternatives as a whole.
func alternates(pattern string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	return err != nil || tree.Op == syntax.OpAlternate
}

// hasLetters says whether the case of s can vary.
func hasLetters(s string) bool { return strings.ToLower(s) != strings.ToUpper(s) }
