package httpproxy

import (
	"fmt"
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
// by what "/" has.
func (l *lowering) closeEscapes() {
	l.closeCleaned()
	for _, o := range l.guards {
		if pattern := l.escapedForms(o); pattern != "" {
			l.closePath(o, intent.Path{Kind: intent.RegexPath, Value: pattern, Fold: o.Match.Path.Fold}, besideGuarded)
		}
	}
}

const besideGuarded = "escapes of reserved characters in a path that is guarded"

// closeCleaned answers 503, once for the host, to paths that nginx cleans up to others than
// Envoy does, where some guarded route stands beside one that lets more in.
func (l *lowering) closeCleaned() {
	var guard *owned
	pattern, why := cleanedAway, besideGuarded
	for i := range l.guards {
		o := &l.guards[i]
		if !l.anyRoute(func(p delegation.Placed) bool { return weaker(p, *o) && p.Match.Path.Kind != intent.ExactPath }) {
			continue
		}
		if guard == nil {
			guard = o
		}
		if rootAlone(o.Match.Path) && (o.Forward != nil || len(o.blocks) > 0) {
			guard, pattern, why = o, cleanedOrSlashes, "paths of slashes only, and "+besideGuarded
		}
	}
	if guard != nil {
		o := *guard
		o.Match = intent.Match{Path: o.Match.Path} // whatever other conditions the guard has
		l.closePath(o, intent.Path{Kind: intent.RegexPath, Value: pattern}, why)
	}
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

// closePath answers 503 to the requests of a guarded route on another path.
func (l *lowering) closePath(o owned, p intent.Path, why string) {
	r := o.Route
	r.Forward, r.Redirect, r.Policies, r.Opaque, r.Asked, r.Response = nil, nil, nil, nil, nil, nil
	r.Respond = &intent.Respond{Status: 503, Blocked: why}
	if r.HTTPS = l.https(r.HTTPS); r.HTTPS != nil && r.HTTPS.Status != 301 {
		r.HTTPS = nil // not worth a route of its own
	}
	r.Match.Path = p
	l.emit(o, r)
}

// escapedForms is a pattern for the paths of p in which a reserved character is escaped and
// that some forwarding route would take; "" if there are none.
func (l *lowering) escapedForms(o owned) string {
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
			return "" // the proof tells whether something leaks
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
	for i, c := range text + behind {
		if i == 0 || !strings.ContainsRune(reservedInPath, c) || !l.taken(o, text[:i]+"%") {
			continue
		}
		forms = append(forms, regexp.QuoteMeta(text[1:i])+escapeOf(byte(c))+l.eitherForm(text, i+1, p.Kind))
	}
	if forms == nil {
		return ""
	}
	return "^/(?:" + strings.Join(forms, "|") + ")"
}

// eitherForm is the rest of a text from i on, reserved characters in either form.
func (l *lowering) eitherForm(text string, i int, kind intent.PathKind) string {
	var b strings.Builder
	for ; i < len(text); i++ {
		if strings.IndexByte(reservedInPath, text[i]) >= 0 {
			fmt.Fprintf(&b, "(?:%s|%s)", regexp.QuoteMeta(text[i:i+1]), escapeOf(text[i]))
			continue
		}
		b.WriteString(regexp.QuoteMeta(text[i : i+1]))
	}
	switch {
	case kind == intent.ExactPath:
		b.WriteString("$")
	case kind == intent.SegmentPrefix && i == len(text):
		b.WriteString("(?:/|%2[Ff]|$)")
	}
	return b.String()
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

// taken says whether a forwarding route that lets more in takes paths that begin so.
func (l *lowering) taken(o owned, start string) bool {
	return l.anyRoute(func(p delegation.Placed) bool {
		if !weaker(p, o) {
			return false
		}
		if p.Match.Path.Kind == intent.RegexPath {
			return nested(literalStart(p.Match.Path.Value), start)
		}
		return covers(p.Match.Path, intent.Path{Kind: intent.ExactPath, Value: start})
	})
}

// anyRoute says whether a lowered route of any object is such.
func (l *lowering) anyRoute(such func(delegation.Placed) bool) bool {
	return slices.ContainsFunc(l.root, such) || l.fanout != nil && (slices.ContainsFunc(l.fanout.Routes, such) ||
		slices.ContainsFunc(l.fanout.Teams, func(t *delegation.Team) bool { return slices.ContainsFunc(t.Routes, such) }))
}
