package table

import (
	"regexp"
	"regexp/syntax"
)

// leading is the text that every path begins with in which a regular expression is found;
// "" if it is not bound to the beginning. With fold it is in lower case, and the path
// begins with it but for the case of ASCII letters.
func leading(re *regexp.Regexp, fold bool) string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return "" // every path begins with that
	}
	l := leader{fold: fold}
	l.read(parsed)
	return string(l.text)
}

// leader collects the text while it reads a regular expression from the left.
type leader struct {
	fold  bool
	bound bool // the beginning of the path was asked for
	text  []byte
}

// read says whether what comes behind re goes on with the text. Its depth is that of the
// regular expression, which package syntax limits.
func (l *leader) read(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		l.bound = true
		return true
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpCapture:
		return l.read(re.Sub[0])
	case syntax.OpPlus:
		l.read(re.Sub[0])
		return false
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !l.read(sub) {
				return false
			}
		}
		return true
	case syntax.OpLiteral:
		return l.bound && l.literal(re)
	}
	return false
}

// literal stops at what is not one byte in the path: letters whose case does not count
// have to be in a folded text, "k" and "s" fold with letters beyond ASCII as well, and
// the rest of Unicode is left to the regular expression.
func (l *leader) literal(re *syntax.Regexp) bool {
	folds := re.Flags&syntax.FoldCase != 0
	for _, r := range re.Rune {
		if r >= 0x80 {
			return false
		}
		c := lower(byte(r))
		if folds && 'a' <= c && c <= 'z' && (!l.fold || c == 'k' || c == 's') {
			return false
		}
		if !l.fold {
			c = byte(r)
		}
		l.text = append(l.text, c)
	}
	return true
}
