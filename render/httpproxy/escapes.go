package httpproxy

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// rawPath is a path as Envoy sees it: what has to be escaped in a URL stays so, while nginx
// compares decoded paths.
func rawPath(p intent.Path) intent.Path {
	if p.Kind != intent.RegexPath {
		p.Value = intent.EscapePath(p.Value)
	}
	return p
}

// RawClaims are claims as Envoy sees them: their paths are not decoded.
func RawClaims(claims []ownership.Claim) []ownership.Claim {
	out := slices.Clone(claims)
	for i := range out {
		if out[i].Kind != ownership.Regex {
			out[i].Path = intent.EscapePath(out[i].Path)
		}
	}
	return out
}

// escapedLiteral is a character that a pattern asks for and that Envoy sees as an escape,
// or "".
func escapedLiteral(p intent.Path) string {
	if p.Kind != intent.RegexPath || !strings.ContainsFunc(p.Value, func(r rune) bool { return r > '~' || strings.ContainsRune("\"#%<>` \\", r) }) {
		return ""
	}
	tree, err := syntax.Parse(p.Value, syntax.Perl)
	if err != nil {
		return "" // told elsewhere
	}
	return escapedIn(tree)
}

func escapedIn(tree *syntax.Regexp) string {
	if tree.Op == syntax.OpLiteral {
		for _, r := range tree.Rune {
			if r > 0x7f || intent.NeedsEscape(byte(r)) {
				return string(r)
			}
		}
	}
	for _, sub := range tree.Sub {
		if found := escapedIn(sub); found != "" {
			return found
		}
	}
	return ""
}

// reservedInPath are the characters that may stand in a path as they are, and that mean
// something else to Envoy when they are escaped, but not to nginx.
const reservedInPath = "!$&'()*+,;=:@[]/"

// closeEscapes answers 503 where nginx would have found a guarded path behind escapes, and
// Envoy finds another route: "/admin%2Fx" was guarded as "/admin/x", and would be answered
// by what "/" has. A guard that no request reaches needs none of this.
func (l *lowering) closeEscapes() {
	l.guards = slices.DeleteFunc(l.guards, func(o *owned) bool { return !l.reached[o.Index] })
	closings := l.cleanedClosing()
	for _, o := range l.guards {
		if o.either {
			continue // its own pattern fits them
		}
		if pattern := l.escapedForms(o); pattern != "" {
			path := intent.Path{Kind: intent.RegexPath, Value: pattern, Fold: o.Match.Path.Fold}
			closings = append(closings, closing{owned: o, path: path, start: unescapedStart(o.Match.Path), why: besideGuarded})
		}
	}
	l.closeFirst(append(closings, l.seenThrough()...))
}

// seenThrough closes what open patterns match only because they see the escape of a character
// that they do not match, or parts of it, beside a guard that nginx would have found: "/x%2Fy/z"
// is none of "/[^/]+/z", and "/a%BAk" none of "/a.bak", once it is decoded.
func (l *lowering) seenThrough() (closings []closing) {
	l.anyRoute(func(p delegation.Placed) bool {
		path := p.Match.Path
		if path.Kind != intent.RegexPath {
			return false
		}
		start := strings.ToLower(literalStart(path.Value))
		guard := slices.IndexFunc(l.guards, func(o *owned) bool {
			return weaker(p, o) && nested(start, strings.ToLower(unescapedStart(o.Match.Path)))
		})
		if guard < 0 {
			return false
		}
		tree, err := syntax.Parse(strings.TrimPrefix(path.Value, "^/"), syntax.Perl)
		if err != nil {
			return false
		}
		forms, short := seenThrough(tree.Simplify(), path.Fold)
		if !short { // any escape behind what all its paths begin with
			forms = []string{regexp.QuoteMeta(strings.TrimPrefix(literalStart(path.Value), "/")) + ".*%[0-9A-Fa-f]{2}"}
		}
		if forms != nil {
			o := *l.guards[guard]
			o.Match = intent.Match{Path: o.Match.Path} // whatever other conditions either has
			path.Value = "^/(?:" + strings.Join(forms, "|") + ")"
			if !slices.ContainsFunc(closings, func(c closing) bool { return c.path == path }) {
				closings = append(closings, closing{owned: &o, path: path, start: unescapedStart(p.Match.Path), why: besideGuarded})
			}
		}
		return false
	})
	return closings
}

const besideGuarded = "escapes of reserved characters in a path that is guarded"

// cleanedClosing closes, once for the host, paths that nginx cleans up to others than Envoy
// does, where some guarded route stands beside one that lets more in.
func (l *lowering) cleanedClosing() []closing {
	var guard *owned
	pattern, why := cleanedAway, besideGuarded
	for i := range l.guards {
		o := l.guards[i]
		if !l.anyRoute(func(p delegation.Placed) bool { return weaker(p, o) && p.Match.Path.Kind != intent.ExactPath }) {
			continue
		}
		if guard == nil {
			guard = o
		}
		if rootAlone(o.Match.Path) && (o.Forward != nil || len(o.blocks) > 0 || o.answersFirst()) {
			guard, pattern, why = o, cleanedOrSlashes, "paths of slashes only, and "+besideGuarded
		}
	}
	if guard == nil {
		return nil
	}
	o := *guard
	o.Match = intent.Match{Path: o.Match.Path} // whatever other conditions the guard has
	return []closing{{owned: &o, path: intent.Path{Kind: intent.RegexPath, Value: pattern}, start: "/", why: why}}
}

// rootAlone says whether a condition lets "/" through, and not the "//" that Envoy makes of
// all paths of more slashes only, which are "/" to nginx.
func rootAlone(p intent.Path) bool {
	if p.Kind != intent.RegexPath {
		return p.Kind == intent.ExactPath && p.Value == "/"
	}
	re, err := regexp.Compile(p.Value)
	return err == nil && re.MatchString("/") && !re.MatchString("//")
}

// cleanedAway is a pattern for paths in which an escaped slash makes an empty segment, or one
// of dots: nginx resolves those, so that "/x%2F..%2Fadmin" is guarded like "/admin", and Envoy
// does not.
const (
	cleanedAway      = `^/(?:` + cleaned + `)`
	cleanedOrSlashes = `^/(?:/$|` + cleaned + `)` // Contour merges slashes in patterns, too
	cleaned          = `(?:.*/)?\.{0,2}%2[fF]|.*%2[fF]\.{0,2}(?:/|%2[fF])|.*%2[fF]\.{1,2}$`
)

// escapedForms is a pattern for the paths of p in which a character has another form than
// Envoy takes for it and that some forwarding route would take; "" if there are none.
func (l *lowering) escapedForms(o *owned) string {
	p := o.Match.Path
	text := p.Value
	if p.Kind == intent.SegmentPrefix {
		text = trimSlash(text)
	}
	if p.Kind == intent.RegexPath {
		lit, plain := literal(p.Value)
		rest, end, tailed := splitTail(strings.TrimPrefix(p.Value, "^"))
		switch {
		case plain:
			text, p.Kind = lit, intent.StringPrefix
		case !tailed:
			return l.escapedPattern(o)
		case end.open:
			text, p.Kind = rest, intent.StringPrefix
		default:
			text, p.Kind = trimSlash(rest), intent.SegmentPrefix
		}
	}
	if text == "" {
		return ""
	}
	behind := ""
	if p.Kind == intent.SegmentPrefix && !l.taking[o.Index] {
		behind = "/"
	}
	var forms []string
	for i := range text + behind {
		if other, n := otherForm((text + behind)[i:]); i > 0 && other != "" && l.taken(o, text[:i]+"%") {
			forms = append(forms, regexp.QuoteMeta(text[1:i])+other+eitherForm(text, i+n)+endOf(p.Kind, i+n > len(text)))
		}
	}
	if forms == nil {
		return ""
	}
	return "^/(?:" + strings.Join(forms, "|") + ")"
}

// otherForm is a pattern for how else the character at the beginning of a path may be written
// that Envoy does not take for the same: a reserved one as an escape, and an escape with a digit
// in lower case; "" if there is no other form. n is how much of the path stands for it.
func otherForm(path string) (pattern string, n int) {
	c := path[0]
	switch {
	case c == '%' && len(path) > 2:
		high, low := path[1:2], path[2:3]
		switch {
		case hasLetters(high) && hasLetters(low):
			return "%(?:" + strings.ToLower(high) + "[" + low + strings.ToLower(low) + "]|" + high + strings.ToLower(low) + ")", 3
		case hasLetters(high + low):
			return strings.ToLower(path[:3]), 3
		}
		return "", 3
	case strings.IndexByte(reservedInPath, c) >= 0:
		return escapeOf(c), 1
	}
	return "", 1
}

// eitherForm is the rest of a path from i on, each character in any of its forms.
func eitherForm(text string, i int) string {
	var b strings.Builder
	for i < len(text) {
		other, n := otherForm(text[i:])
		n = min(n, len(text)-i)
		own := regexp.QuoteMeta(text[i : i+n])
		if other != "" {
			own = "(?:" + own + "|" + other + ")"
		}
		b.WriteString(own)
		i += n
	}
	return b.String()
}

// endOf is how a pattern for a text ends: where a path of a kind does. Behind the text may
// stand the slash that it was followed up to.
func endOf(kind intent.PathKind, slashed bool) string {
	switch {
	case kind == intent.ExactPath:
		return "$"
	case kind == intent.SegmentPrefix && !slashed:
		return "(?:/|%2[Ff]|$)"
	}
	return ""
}

// escapeOf is a pattern for the escape of a byte, with digits of either case.
func escapeOf(c byte) string {
	const digits = "0123456789ABCDEF"
	digit := func(d byte) string {
		if u := digits[d]; u >= 'A' {
			return "[" + string(u) + string(u+'a'-'A') + "]"
		}
		return digits[d : d+1]
	}
	return "%" + digit(c>>4) + digit(c&15)
}

// unescapedStart is what a path begins with, however reserved characters behind it are written.
func unescapedStart(p intent.Path) string {
	text := p.Value
	if p.Kind == intent.RegexPath {
		text = literalStart(p.Value)
	}
	if text == "" {
		return "/"
	}
	if i := strings.IndexAny(text[1:], reservedInPath); i >= 0 {
		text = text[:i+1]
	}
	return text
}
