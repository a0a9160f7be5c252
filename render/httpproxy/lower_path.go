package httpproxy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// shadowed says whether every request of a path is answered by an earlier route.
func (l *lowering) shadowed(p intent.Path) bool {
	start := p
	if p.Kind == intent.RegexPath { // at the most, whatever begins as the pattern does
		start = intent.Path{Kind: intent.StringPrefix, Value: literalStart(p.Value)}
	}
	return slices.ContainsFunc(l.covered, func(c intent.Path) bool { return c == p || covers(c, start) || extends(p, c) })
}

// extends says whether p is the pattern c, which is open at the end, with more behind it.
func extends(p, c intent.Path) bool {
	more, ok := strings.CutPrefix(p.Value, c.Value)
	return ok && more != "" && p.Kind == intent.RegexPath && c.Kind == intent.RegexPath && p.Fold == c.Fold &&
		!strings.ContainsRune("*+?{|", rune(more[0])) && !strings.Contains(c.Value, "{") && !alternates(c.Value) && !alternates(p.Value)
}

// covers says whether an unconditional path c answers whatever p matches.
func covers(c, p intent.Path) bool {
	below := strings.HasPrefix(p.Value, strings.TrimSuffix(c.Value, "/")+"/")
	switch c.Kind {
	case intent.StringPrefix:
		if c.Fold {
			return startsFolded(p.Value, c.Value)
		}
		return strings.HasPrefix(p.Value, c.Value)
	case intent.SegmentPrefix:
		return c.Value == "/" || below || (p.Value == c.Value && p.Kind != intent.StringPrefix)
	case intent.ExactPath:
		return p == c
	case intent.RegexPath:
		return p.Kind == intent.ExactPath && fits(p.Value, c)
	}
	return false
}

// startsFolded says whether a path begins with a text in letters of either case.
func startsFolded(path, text string) bool {
	return isASCII(text) && len(path) >= len(text) && strings.EqualFold(path[:len(text)], text)
}

// fits says whether a path is one of a pattern "^...".
func fits(path string, pattern intent.Path) bool {
	if !nested(strings.ToLower(literalStart(pattern.Value)), strings.ToLower(path)) {
		return false
	}
	flags := ""
	if pattern.Fold {
		flags = "(?i)"
	}
	re, err := regexp.Compile(flags + pattern.Value)
	return err == nil && re.MatchString(path)
}

// cover notes that a path is answered without further conditions.
func (l *lowering) cover(r intent.Route, p intent.Path) {
	if !unconditional(r.Match) {
		return
	}
	l.covered = append(l.covered, p)
	if lit, ok := literal(strings.TrimSuffix(p.Value, ".*")); ok && p.Kind == intent.RegexPath {
		l.covered = append(l.covered, intent.Path{Kind: intent.StringPrefix, Value: lit, Fold: p.Fold})
	}
}

// unconditional says whether a match asks for nothing but a path.
func unconditional(m intent.Match) bool {
	return len(m.Headers)+len(m.Query)+len(m.Cookies)+len(m.Methods) == 0
}

// place emits a route that rewrites nothing, in the form that its path can have.
func (l *lowering) place(o *owned, r intent.Route) {
	p := r.Match.Path
	switch {
	case p.Kind == intent.RegexPath && l.tooEarly(p):
		p = l.literalForm(o, r, p)
	case p.Kind == intent.SegmentPrefix && p.Value != "/" && l.opts.PlainPrefix && !l.besideGuard(p, r):
		p.Kind = intent.StringPrefix
		l.taking[o.Index] = true
		l.edit(o, intent.WholeAnswer, intent.Widened, ledger.Approximated, "not matched", "matched",
			"--prefix=plain: "+p.Value+" also matches "+p.Value+"x")
	}
	if p.Kind == intent.RegexPath {
		if why := l.unfit(p, o.Index); why != "" {
			l.fail(o, why)
			return
		}
	}
	if r.Match.Path.Kind != intent.RegexPath || p.Kind == intent.RegexPath {
		l.cover(r, r.Match.Path)
	} else {
		l.cover(r, p) // no longer in letters of either case
	}
	r.Match.Path = p
	l.emit(o, r)
}

// tooEarly says whether a regex would take requests of an earlier route that has become a
// prefix: Contour asks regexes first.
func (l *lowering) tooEarly(p intent.Path) bool {
	return slices.ContainsFunc(l.early, func(e prefix) bool { return meets(p, e.path) })
}

// prefix is what the pattern of a route has become, or a part of it.
type prefix struct {
	path  intent.Path
	index int // of the route
}

// written is a pattern that stands as a regex condition, with the text that it begins with.
type written struct {
	pattern, regex, start string
	index                 int // of the route
}

// unfit is why a pattern cannot stand as a regex condition where it stands, or "".
func (l *lowering) unfit(p intent.Path, index int) string {
	if l.tooEarly(p) {
		return "Contour asks the pattern " + p.Value + " before a path that is rewritten and that nginx asks first"
	}
	re, err := foldRegex(p)
	if err != nil {
		return err.Error()
	}
	start := strings.ToLower(literalStart(p.Value))
	for _, q := range l.regexes {
		sooner := len(re) > len(q.regex) || len(re) == len(q.regex) && re > q.regex
		if sooner && nested(start, q.start) {
			return "Contour asks the pattern " + p.Value + " before " + q.pattern + ", and nginx after it"
		}
	}
	l.regexes = append(l.regexes, written{p.Value, re, start, index})
	return ""
}

// nested says whether one of two texts begins with the other.
func nested(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// literalForm is a literal pattern as a string prefix, which Contour orders behind regexes
// as nginx does behind longer patterns; letters lose their other case.
func (l *lowering) literalForm(o *owned, r intent.Route, p intent.Path) intent.Path {
	lit, ok := literal(p.Value)
	if !ok {
		return p
	}
	l.caseEdit(o, lit)
	l.loses(o, r, lit, false)
	return intent.Path{Kind: intent.StringPrefix, Value: lit}
}

// besideGuard says whether requests that go on behind a path without a slash were guarded,
// and would get a route that lets more in.
func (l *lowering) besideGuard(p intent.Path, r intent.Route) bool {
	p.Kind, p.Value = intent.ExactPath, p.Value+"x"
	return slices.ContainsFunc(l.guards, func(g *owned) bool { return covers(g.Match.Path, p) && weaker(delegation.Placed{Route: r}, g) })
}

func (l *lowering) caseEdit(o *owned, lit string) {
	if hasLetters(lit) {
		l.edit(o, intent.WholeAnswer, intent.CaseOnly, ledger.Approximated, "matched", "not matched by this route",
			"nginx compares "+lit+" without case on this host, and prefix conditions do not")
	}
}

// fail marks the whole host as not sayable: a match set without a form cannot even be
// answered 503.
func (l *lowering) fail(o *owned, why string) {
	l.edit(o, intent.WholeAnswer, intent.Always, ledger.Blocked, "", "withheld", why)
	l.failed = true
}
