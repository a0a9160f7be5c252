package httpproxy

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// escapedPattern is a pattern for the paths that a guarded pattern matches once they are
// decoded, and in which something is escaped that Envoy leaves so; "" if there are none that
// some forwarding route may take.
func (l *lowering) escapedPattern(o *owned) string {
	rest, ok := strings.CutPrefix(o.Match.Path.Value, "^/")
	tree, err := syntax.Parse(rest, syntax.Perl)
	if !ok || err != nil || !l.near(o, unescapedStart(o.Match.Path)) {
		return "" // what cannot be written is told elsewhere
	}
	forms := escapedOf(tree.Simplify())
	if forms == nil {
		return ""
	}
	return "^/(?:" + strings.Join(forms, "|") + ")"
}

// escapedOf are patterns for the texts that a pattern matches once they are decoded, and does
// not as they are: each for an escape in another place, everything before it as it is, and
// everything behind it in either form.
func escapedOf(tree *syntax.Regexp) (forms []string) {
	switch tree.Op {
	case syntax.OpLiteral:
		for i, r := range tree.Rune {
			if r < 0x80 && strings.ContainsRune(reservedInPath, r) {
				forms = append(forms, textOf(literalOf(tree, 0, i)...)+escapeOf(byte(r))+eitherOf(literalOf(tree, i+1, len(tree.Rune))...))
			}
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		if e := escapeIn(tree); e != "" {
			forms = append(forms, e)
		}
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpQuest:
		for _, sub := range tree.Sub {
			forms = append(forms, escapedOf(sub)...)
		}
	case syntax.OpConcat:
		for i, sub := range tree.Sub {
			for _, form := range escapedOf(sub) {
				forms = append(forms, textOf(tree.Sub[:i]...)+form+eitherOf(tree.Sub[i+1:]...))
			}
		}
	case syntax.OpStar, syntax.OpPlus:
		if seesThrough(tree.Sub[0]) {
			return nil
		}
		for _, form := range escapedOf(tree.Sub[0]) {
			forms = append(forms, "(?:"+textOf(tree.Sub[0])+")*"+form+"(?:"+eitherOf(tree.Sub[0])+")*")
		}
	}
	return forms
}

// staysEscaped says whether Envoy leaves the escape of a character as it is.
func staysEscaped(c byte) bool {
	return strings.IndexByte(reservedInPath, c) >= 0 || intent.NeedsEscape(c)
}

// eitherOf is a pattern for the texts that patterns match one after the other, what may be
// escaped in either form.
func eitherOf(trees ...*syntax.Regexp) string {
	var b strings.Builder
	for _, tree := range trees {
		switch tree.Op {
		case syntax.OpLiteral:
			for i, r := range tree.Rune {
				own := textOf(literalOf(tree, i, i+1)...)
				if r < 0x80 && strings.ContainsRune(reservedInPath, r) {
					own = "(?:" + own + "|" + escapeOf(byte(r)) + ")"
				}
				b.WriteString(own)
			}
		case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			own := textOf(tree)
			if e := escapeIn(tree); e != "" {
				own = "(?:" + own + "|" + e + ")"
			}
			b.WriteString(own)
		case syntax.OpAlternate:
			var subs []string
			for _, sub := range tree.Sub {
				subs = append(subs, eitherOf(sub))
			}
			b.WriteString("(?:" + strings.Join(subs, "|") + ")")
		case syntax.OpConcat, syntax.OpCapture:
			b.WriteString("(?:" + eitherOf(tree.Sub...) + ")")
		case syntax.OpQuest, syntax.OpStar, syntax.OpPlus:
			b.WriteString(repeated(tree))
		default:
			b.WriteString(textOf(tree))
		}
	}
	return b.String()
}

// repeated is eitherOf for what may be there once, or several times.
func repeated(tree *syntax.Regexp) string {
	sub := tree.Sub[0]
	switch {
	case tree.Op == syntax.OpQuest:
		return "(?:" + eitherOf(sub) + ")?"
	case seesThrough(sub):
		return textOf(tree)
	case tree.Op == syntax.OpStar:
		return "(?:" + eitherOf(sub) + ")*"
	}
	return "(?:" + eitherOf(sub) + ")+"
}

// textOf writes patterns one after the other.
func textOf(trees ...*syntax.Regexp) string {
	var b strings.Builder
	for _, tree := range trees {
		text := tree.String()
		if tree.Op == syntax.OpAlternate {
			text = "(?:" + text + ")"
		}
		b.WriteString(text)
	}
	return b.String()
}

// literalOf is a part of a literal, which may be nothing.
func literalOf(tree *syntax.Regexp, from, to int) []*syntax.Regexp {
	if from == to {
		return nil
	}
	return []*syntax.Regexp{{Op: syntax.OpLiteral, Flags: tree.Flags, Rune: tree.Rune[from:to]}}
}

// matchesByte says whether a class of characters has one.
func matchesByte(class *syntax.Regexp, c byte) bool {
	if class.Op != syntax.OpCharClass {
		return class.Op == syntax.OpAnyChar || class.Op == syntax.OpAnyCharNotNL
	}
	for i := 0; i+1 < len(class.Rune); i += 2 {
		if class.Rune[i] <= rune(c) && rune(c) <= class.Rune[i+1] {
			return true
		}
	}
	return false
}

// seesThrough says whether a class of characters has all that escapes consist of, so that
// several of them match an escape, too.
func seesThrough(class *syntax.Regexp) bool {
	return !slices.ContainsFunc([]byte("%0123456789ABCDEFabcdef"), func(c byte) bool { return !matchesByte(class, c) })
}

// escapeIn is a pattern for the escapes of the characters of a class that stay escaped for
// Envoy; "" if there are none.
func escapeIn(class *syntax.Regexp) string {
	var all []string
	for c := range 256 {
		if matchesByte(class, byte(c)) && staysEscaped(byte(c)) {
			all = append(all, escapeOf(byte(c)))
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case len(all) <= 4:
		return "(?:" + strings.Join(all, "|") + ")"
	case !matchesByte(class, '/'):
		return "%(?:[013-9A-Fa-f][0-9A-Fa-f]|2[0-9A-Ea-e])"
	}
	return "%[0-9A-Fa-f]{2}"
}
