package envoy

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// most is what a condition of an include may weigh: a sixth of the instructions that RE2 has room
// for in Envoy v1.38.3, and what an RE2 with fewer bits for them has, since they are reckoned.
const most = 87_000

// Union says why Envoy may refuse a regex in RE2 syntax that is made of many; "" if it does not. It
// is reckoned, other than one of a route (see Regex).
func Union(regex string) string {
	if len(regex) < 1000 && !strings.Contains(regex, "{") && !Heavy.MatchString(regex) {
		return "" // RE2 has room for all of that length
	}
	tree, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		return err.Error()
	}
	if n := weight(tree); n > most {
		return fmt.Sprintf("it takes some %d instructions of RE2, more than %d", n, most)
	}
	return ""
}

// weight is how many instructions RE2 makes of a pattern, or somewhat more: one for each byte that
// a character or a range of characters may have, whatever its case, and for each choice.
func weight(tree *syntax.Regexp) int {
	n := 1
	switch tree.Op {
	case syntax.OpLiteral:
		for _, r := range tree.Rune {
			n += literalWeight(r, tree.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		for i := 0; i+1 < len(tree.Rune); i += 2 {
			n += rangeWeight(tree.Rune[i], tree.Rune[i+1])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n += 2 + beyondASCII
	case syntax.OpAlternate, syntax.OpCapture:
		n += len(tree.Sub)
	}
	for _, sub := range tree.Sub {
		n += weight(sub)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min+1, tree.Max)
	}
	return n
}

// beyondASCII is what all characters from U+0080 on weigh together; anyRange, what those between
// any two characters do at most.
const (
	beyondASCII = 7
	anyRange    = 50
)

// rangeWeight is what the characters from one to another weigh.
func rangeWeight(from, to rune) int {
	switch {
	case to <= unicode.MaxASCII:
		return 1
	case from <= unicode.MaxASCII+1 && to == unicode.MaxRune:
		return 1 + beyondASCII
	case from>>6 == to>>6:
		return utf8.RuneLen(to)
	}
	return anyRange
}

// literalWeight is what a character weighs, in both cases with fold: "k" is the Kelvin sign too.
func literalWeight(r rune, fold bool) int {
	n := utf8.RuneLen(r)
	if !fold {
		return n
	}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if other > unicode.MaxASCII || r > unicode.MaxASCII {
			n += utf8.RuneLen(other)
		}
	}
	return n
}
