package httpproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// closer is a pattern that is answered 503 beside a guarded route.
type closer struct {
	owned
	path intent.Path
	why  string
}

// closer notes a pattern, in a form that Contour asks before all other patterns: it is longer.
func (l *lowering) closer(o owned, p intent.Path, why string) {
	longest := 0
	for _, w := range l.regexes {
		longest = max(longest, len(w.regex))
	}
	for len(p.Value) <= longest {
		p = wrapped(p)
	}
	o.first = true
	l.closers = append(l.closers, closer{o, p, why})
}

// emitClosers writes the closers in Contour's order.
func (l *lowering) emitClosers() {
	slices.SortStableFunc(l.closers, func(a, b closer) int {
		return cmp.Or(cmp.Compare(len(b.path.Value), len(a.path.Value)), strings.Compare(b.path.Value, a.path.Value), cmp.Compare(a.Index, b.Index))
	})
	for _, c := range l.closers {
		l.closePath(c.owned, c.path, c.why)
	}
}

// behindSlash is how patterns begin that fit behind any slash.
const behindSlash = "^/(?:.*/)?"

// eitherSlash is such a pattern, or a text at the start of paths, in a form that fits escapes
// of reserved characters, too. Others have none to fit.
func eitherSlash(p intent.Path) intent.Path {
	if p.Kind != intent.RegexPath {
		return p
	}
	if rest, ok := strings.CutPrefix(p.Value, behindSlash); ok {
		if text, plain := unquote(rest); plain {
			rest = eitherForm(text, 0)
		}
		p.Value = "^/(?:.*(?:/|%2[Ff]))?" + rest
		return p
	}
	if text, plain := literal(p.Value); plain && strings.HasPrefix(text, "/") {
		p.Value = "^/" + eitherForm(text, 1)
	}
	return p
}

// wrapped is a pattern "^/..." that does the same, and is longer.
func wrapped(p intent.Path) intent.Path {
	p.Value = "^/(?:" + strings.TrimPrefix(p.Value, "^/") + ")"
	return p
}

// patterns brings the patterns under which everything is answered first into a form that
// Contour asks in their order, the longest first, and that escapes do not get round.
func (l *lowering) patterns() {
	forms := map[intent.Path]intent.Path{}
	for _, o := range l.all {
		if o.Match.Path.Kind != intent.RegexPath || !o.Bare || !o.answersFirst() {
			forms[o.Match.Path] = o.Match.Path
		}
	}
	var order []intent.Path
	for _, o := range l.all {
		if _, known := forms[o.Match.Path]; !known {
			forms[o.Match.Path] = eitherSlash(o.Match.Path)
			order = append(order, o.Match.Path)
		}
	}
	longest := 0
	for _, path := range slices.Backward(order) {
		form := forms[path]
		for n := conditionLength(form); n > 0 && n <= longest; n = conditionLength(form) {
			form = wrapped(form)
		}
		forms[path], longest = form, conditionLength(form)
	}
	for i := range l.all {
		path := &l.all[i].Match.Path
		l.all[i].either, *path = forms[*path] != *path, forms[*path]
	}
}

// conditionLength is the length of a pattern as a condition; one that is none is told elsewhere.
func conditionLength(p intent.Path) int {
	re, _ := foldRegex(p)
	return len(re)
}
