package httpproxy

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// unionRegex is a condition on :path that lets through whatever one of the patterns of a
// team matches, with any query behind it: a pattern ends before that. It may let through more: it
// only confines, the routes below decide.
func unionRegex(patterns []string) (string, error) {
	var alternatives []string
	for _, p := range patterns {
		text := strings.TrimPrefix(p, "^")
		if _, plain := literal(p); !plain {
			tree, err := syntax.Parse(text, syntax.Perl)
			if err != nil {
				return "", fmt.Errorf("the pattern %q is not in RE2 syntax: %w", p, err)
			}
			if asksForEnd, open := ends(tree), crosses(tree); asksForEnd || open {
				text = unionText(beforeQuery(tree, false))
			}
		}
		alternatives = append(alternatives, text)
	}
	return `(?i:` + strings.Join(alternatives, "|") + `).*`, nil
}

// ends says whether a pattern asks for the end of the text.
func ends(tree *syntax.Regexp) bool {
	return tree.Op == syntax.OpEndText || tree.Op == syntax.OpEndLine || slices.ContainsFunc(tree.Sub, ends)
}

// crosses says whether a pattern may match the "?" before a query.
func crosses(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return slices.Contains(tree.Rune, '?')
	case syntax.OpCharClass:
		return slices.ContainsFunc(pairs(tree.Rune), func(r [2]rune) bool { return r[0] <= '?' && '?' <= r[1] })
	}
	return slices.ContainsFunc(tree.Sub, crosses)
}

func pairs(class []rune) [][2]rune {
	var out [][2]rune
	for i := 0; i+1 < len(class); i += 2 {
		out = append(out, [2]rune{class[i], class[i+1]})
	}
	return out
}

// beforeQuery is a pattern of the path as one of :path, which goes on with the query: nothing
// in it stands for the "?" between them, and "$" holds there as well, unless more of the path
// must follow.
func beforeQuery(tree *syntax.Regexp, followed bool) *syntax.Regexp {
	for i := len(tree.Sub) - 1; i >= 0; i-- {
		tree.Sub[i] = beforeQuery(tree.Sub[i], followed)
		if tree.Op == syntax.OpConcat {
			followed = followed || needsText(tree.Sub[i])
		}
	}
	switch tree.Op {
	case syntax.OpEndText, syntax.OpEndLine:
		if followed {
			return &syntax.Regexp{Op: syntax.OpNoMatch}
		}
		query := &syntax.Regexp{Op: syntax.OpStar, Sub: []*syntax.Regexp{{Op: syntax.OpCharClass, Rune: allBut('\n')}}}
		query = &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{{Op: syntax.OpLiteral, Rune: []rune{'?'}}, query}}
		return &syntax.Regexp{Op: syntax.OpAlternate, Sub: []*syntax.Regexp{{Op: syntax.OpEndText}, query}}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return &syntax.Regexp{Op: syntax.OpCharClass, Rune: allBut('?')}
	case syntax.OpCharClass:
		return withoutQuery(tree)
	case syntax.OpLiteral:
		if slices.Contains(tree.Rune, '?') {
			return &syntax.Regexp{Op: syntax.OpNoMatch}
		}
	}
	return tree
}

// needsText says whether a pattern does not match the empty text.
func needsText(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return true
	case syntax.OpConcat:
		return slices.ContainsFunc(tree.Sub, needsText)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return !needsText(sub) })
	case syntax.OpCapture, syntax.OpPlus:
		return needsText(tree.Sub[0])
	case syntax.OpRepeat:
		return tree.Min > 0 && needsText(tree.Sub[0])
	}
	return false
}

// unionText is the text of a pattern, as its String would be, which asks of every character of a
// class how it folds: half a millisecond for a class such as [^?]. So a class of nearly all
// characters is a character beyond Unicode there, and then written by what it leaves out.
func unionText(tree *syntax.Regexp) string {
	var classes [][2]string
	text := standIn(tree, &classes).String()
	for _, c := range classes {
		text = strings.Replace(text, c[0], c[1], 1)
	}
	return text
}

// standIn puts characters that no pattern can hold in the place of wide classes, and adds the text
// of each, and that of its class, to classes.
func standIn(tree *syntax.Regexp, classes *[][2]string) *syntax.Regexp {
	for i, sub := range tree.Sub {
		tree.Sub[i] = standIn(sub, classes)
	}
	last := len(tree.Rune) - 1
	if tree.Op != syntax.OpCharClass || last < 3 || tree.Rune[0] != 0 || tree.Rune[last] != unicode.MaxRune {
		return tree
	}
	out := &syntax.Regexp{Op: syntax.OpCharClass}
	for i := 1; i < last; i += 2 {
		out.Rune = append(out.Rune, tree.Rune[i]+1, tree.Rune[i+1]-1)
	}
	beyond := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{unicode.MaxRune + 1 + rune(len(*classes))}}
	*classes = append(*classes, [2]string{beyond.String(), "[^" + strings.TrimPrefix(out.String(), "[")})
	return beyond
}

// allBut is the class of all characters but one.
func allBut(r rune) []rune { return []rune{0, r - 1, r + 1, unicode.MaxRune} }

// withoutQuery is a class of characters without the "?".
func withoutQuery(class *syntax.Regexp) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpCharClass, Flags: class.Flags}
	for _, r := range pairs(class.Rune) {
		if r[0] > '?' || r[1] < '?' {
			out.Rune = append(out.Rune, r[0], r[1])
			continue
		}
		if r[0] < '?' {
			out.Rune = append(out.Rune, r[0], '?'-1)
		}
		if r[1] > '?' {
			out.Rune = append(out.Rune, '?'+1, r[1])
		}
	}
	return out
}
