package httpproxy

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

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
