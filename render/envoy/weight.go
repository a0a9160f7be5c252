package envoy

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// most is what a condition of an include may weigh: half of the instructions that RE2 has room
// for, since they are reckoned roughly.
const most = 40_000

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

// weight is, roughly, how many instructions RE2 makes of a pattern: one a byte of a character,
// and about as many as "." has for any class beyond ASCII.
func weight(tree *syntax.Regexp) int {
	n := 1
	switch tree.Op {
	case syntax.OpLiteral:
		for _, r := range tree.Rune {
			n += utf8.RuneLen(r)
		}
	case syntax.OpCharClass:
		n += 4 * len(tree.Rune)
		if len(tree.Rune) > 0 && tree.Rune[len(tree.Rune)-1] > unicode.MaxASCII {
			n += 9
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 9
	}
	for _, sub := range tree.Sub {
		n += weight(sub)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min+1, tree.Max)
	}
	return n
}
