package httpproxy

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// lost is a guarded pattern that became prefixes, and what it matches no longer: letters in
// other case, and paths that go on behind it.
type lost struct {
	*owned
	literal string // that the pattern begins with
	openEnd bool   // what goes on behind the literal without a slash is lost, too
	blocked bool   // nobody is let in
}

// loses notes that a guarded route matches less than before.
func (l *lowering) loses(o *owned, r intent.Route, literal string, openEnd bool) {
	blocked := r.Respond != nil && r.Respond.Blocked != ""
	if blocked || keepsOut(&o.said) || o.answersFirst() {
		l.lost = append(l.lost, lost{o, literal, openEnd, blocked})
	}
}

// closeLost answers 503 to what guarded patterns match no longer, where a later route would
// let it in. Contour asks regular expressions before prefixes and the longest one first; where
// that would take requests from an earlier route, the host has no form.
func (l *lowering) closeLost() {
	for _, x := range l.lost {
		if l.neverAsked(x.owned) || !l.anyRoute(func(p delegation.Placed) bool { return x.leaksTo(p) }) {
			continue
		}
		for _, pattern := range x.patterns() {
			p := intent.Path{Kind: intent.RegexPath, Value: pattern}
			if l.before(p, x) {
				l.fail(x.owned, "requests to "+x.literal+" in capitals or with more behind it are guarded, and would come to a later route: nginx compares without case on this host, and behind a rewrite only prefixes can be written")
				return
			}
			l.closePath(x.owned, p, "letters in other case, and longer paths, of "+x.literal+", which is guarded")
		}
	}
}

// leaksTo says whether a route would get requests that are lost, and lets more in.
func (x lost) leaksTo(p delegation.Placed) bool {
	if p.Index <= x.Index || p.Forward == nil || !x.blocked && !weaker(p, x.owned) {
		return false
	}
	start := p.Match.Path.Value
	if p.Match.Path.Kind == intent.RegexPath {
		start = literalStart(start)
	}
	return nested(strings.ToLower(start), strings.ToLower(x.literal))
}

// neverAsked says whether an earlier route of the input answers whatever a guarded route would,
// in letters of either case, even where its own pattern has become prefixes.
func (l *lowering) neverAsked(o *owned) bool {
	start := literalStart(o.Match.Path.Value)
	return slices.ContainsFunc(l.all, func(q *owned) bool {
		p := q.Match.Path
		if q.Index >= o.Index || p.Kind != intent.RegexPath || !p.Fold || !unconditional(q.Match) {
			return false
		}
		lit, plain := literal(p.Value)
		return plain && startsFolded(start, lit) || sameFolded(p.Value, o.Match.Path.Value)
	})
}

// sameFolded says whether two patterns are the same but for the case of letters that stand for
// themselves.
func sameFolded(a, b string) bool {
	return isASCII(a+b) && !strings.Contains(a, `\`) && strings.EqualFold(a, b)
}

// before says whether Contour would ask a pattern before one of an earlier route.
func (l *lowering) before(p intent.Path, x lost) bool {
	re, err := foldRegex(p)
	if err != nil {
		return true
	}
	for _, q := range l.regexes {
		if q.index < x.Index && nested(strings.ToLower(x.literal), q.start) && len(re) >= len(q.regex) {
			return true
		}
	}
	return slices.ContainsFunc(l.early, func(e prefix) bool { return e.index < x.Index && meets(p, e.path) })
}

// patterns are what is lost: the literal with a first letter in other case, whatever the case
// of those behind it, and what goes on behind the literal.
func (x lost) patterns() []string {
	rest, ok := strings.CutPrefix(x.Match.Path.Value, "^"+x.literal)
	if !ok {
		return nil // the proof tells whether something leaks
	}
	var out []string
	if x.openEnd {
		out = append(out, "^"+regexp.QuoteMeta(x.literal)+"[^/]")
	}
	var forms []string
	for i, c := range x.literal {
		if other := otherCase(c); other != c {
			forms = append(forms, regexp.QuoteMeta(x.literal[1:i])+string(other)+"(?i:"+regexp.QuoteMeta(x.literal[i+1:])+")")
		}
	}
	if forms != nil {
		out = append(out, "^/(?:"+strings.Join(forms, "|")+")(?i:"+rest+")")
	}
	return out
}

// otherCase is an ASCII letter in its other case, and anything else as it is.
func otherCase(c rune) rune {
	switch {
	case c > unicode.MaxASCII:
		return c
	case unicode.IsUpper(c):
		return unicode.ToLower(c)
	}
	return unicode.ToUpper(c)
}
