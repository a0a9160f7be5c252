package equivalence

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// examples are texts that an RE2 pattern matches: with every repetition as short as it may
// be, and with one round of each. A pattern that does not parse has none.
func examples(pattern string) []string {
	if text := strings.TrimPrefix(pattern, "^"); !strings.ContainsAny(text, `\.+*?()|[]{}^$`) {
		return []string{text}
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	var out []string
	for _, rounds := range []int{0, 1} {
		var b strings.Builder
		example(&b, tree, rounds)
		if s := b.String(); re.MatchString(s) && (len(out) == 0 || out[0] != s) { // "$" may have more behind it
			out = append(out, s)
		}
	}
	return out
}

func example(b *strings.Builder, re *syntax.Regexp, rounds int) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(strings.ToLower(string(re.Rune)))
	case syntax.OpCharClass:
		b.WriteRune(member(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('q')
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		for _, sub := range re.Sub {
			example(b, sub, rounds)
		}
	case syntax.OpStar, syntax.OpQuest:
		for range rounds {
			example(b, re.Sub[0], rounds)
		}
	case syntax.OpRepeat:
		for range max(re.Min, min(rounds, max(re.Max, 0))) {
			example(b, re.Sub[0], rounds)
		}
	case syntax.OpAlternate:
		i := 0
		if rounds > 0 {
			i = len(re.Sub) - 1
		}
		example(b, re.Sub[i], rounds)
	}
}

// member is a rune of a class, a letter or digit if there is one.
func member(ranges []rune) rune {
	for _, want := range "a1b2x-_" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				return want
			}
		}
	}
	if len(ranges) == 0 {
		return 'a'
	}
	return ranges[0]
}
