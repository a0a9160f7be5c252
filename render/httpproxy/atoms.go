package httpproxy

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// atom is a place of a pattern that takes one character.
type atom struct {
	takes          [256]bool
	before, behind string // patterns for what the pattern has taken before it, and takes behind it
	next           []int  // the atoms that may take the next character
	afterStart     bool   // whether it may take the first character
}

// atoms are those of a pattern, in their order. The last one is what may follow an open
// pattern, which takes anything any number of times.
type atoms struct {
	all   []atom
	fold  bool
	texts map[*syntax.Regexp]string
}

// edges are the atoms that may take the first and the last character of a part of a pattern,
// and whether the part matches nothing at all, too.
type edges struct {
	first, last []int
	empty       bool
}

// atomsOf reads a pattern, for characters in any case if fold.
func atomsOf(tree *syntax.Regexp, fold bool) []atom {
	a := &atoms{fold: fold, texts: map[*syntax.Regexp]string{}}
	own := a.read(tree, "", "")
	tail := a.one(&syntax.Regexp{Op: syntax.OpAnyChar}, "", "")
	a.follow(tail.last[0], tail.first)
	for _, i := range a.then(own, tail).first {
		a.all[i].afterStart = true
	}
	return a.all
}

func (a *atoms) follow(i int, next []int) {
	for _, n := range next {
		if !slices.Contains(a.all[i].next, n) {
			a.all[i].next = append(a.all[i].next, n)
		}
	}
}

// one adds an atom, which takes what a pattern does; nothing if there is none.
func (a *atoms) one(tree *syntax.Regexp, before, behind string) edges {
	at := atom{before: before, behind: behind}
	if tree != nil {
		at.takes = a.taken(tree)
	}
	a.all = append(a.all, at)
	i := []int{len(a.all) - 1}
	return edges{first: i, last: i}
}

// read adds the atoms of a part of a pattern, between what is before and behind it. The end of
// the path is an atom that takes nothing.
func (a *atoms) read(tree *syntax.Regexp, before, behind string) (e edges) {
	switch tree.Op {
	case syntax.OpLiteral:
		e.empty = true
		for i := range tree.Rune {
			e = a.then(e, a.one(literalOf(tree, i, i+1)[0], before+textOf(literalOf(tree, 0, i)...), textOf(literalOf(tree, i+1, len(tree.Rune))...)+behind))
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		e = a.one(tree, before, behind)
	case syntax.OpEndText, syntax.OpEndLine:
		e = a.one(nil, before, behind)
	case syntax.OpConcat:
		e.empty = true
		for i, sub := range tree.Sub {
			e = a.then(e, a.read(sub, before+a.text(tree.Sub[:i]...), a.text(tree.Sub[i+1:]...)+behind))
		}
	case syntax.OpAlternate:
		for _, sub := range tree.Sub {
			s := a.read(sub, before, behind)
			e = edges{first: slices.Concat(e.first, s.first), last: slices.Concat(e.last, s.last), empty: e.empty || s.empty}
		}
	case syntax.OpCapture, syntax.OpQuest:
		e = a.read(tree.Sub[0], before, behind)
		e.empty = e.empty || tree.Op == syntax.OpQuest
	case syntax.OpStar, syntax.OpPlus:
		own := repeatable(tree.Sub[0], a.text(tree.Sub[0])) + "*"
		e = a.read(tree.Sub[0], before+own, own+behind)
		for _, i := range e.last {
			a.follow(i, e.first)
		}
		e.empty = e.empty || tree.Op == syntax.OpStar
	default: // nothing, or what takes no character
		e.empty = tree.Op != syntax.OpNoMatch
	}
	return e
}

// then are the edges of two parts, one behind the other.
func (a *atoms) then(e, s edges) edges {
	for _, i := range e.last {
		a.follow(i, s.first)
	}
	both := edges{first: e.first, last: s.last, empty: e.empty && s.empty}
	if e.empty {
		both.first = slices.Concat(e.first, s.first)
	}
	if s.empty {
		both.last = slices.Concat(e.last, s.last)
	}
	return both
}

// text writes patterns one after the other. Each is written once: to write a class takes long.
func (a *atoms) text(trees ...*syntax.Regexp) string {
	var b strings.Builder
	for _, tree := range trees {
		text, known := a.texts[tree]
		if !known {
			text = a.compose(tree)
			a.texts[tree] = text
		}
		b.WriteString(text)
	}
	return b.String()
}

func (a *atoms) compose(tree *syntax.Regexp) string {
	switch tree.Op {
	case syntax.OpConcat:
		return a.text(tree.Sub...)
	case syntax.OpCapture:
		return "(" + a.text(tree.Sub[0]) + ")"
	case syntax.OpQuest, syntax.OpStar, syntax.OpPlus:
		return repeatable(tree.Sub[0], a.text(tree.Sub[0])) + map[syntax.Op]string{syntax.OpQuest: "?", syntax.OpStar: "*", syntax.OpPlus: "+"}[tree.Op]
	case syntax.OpAlternate:
		var subs []string
		for _, sub := range tree.Sub {
			subs = append(subs, a.text(sub))
		}
		return "(?:" + strings.Join(subs, "|") + ")"
	}
	return textOf(tree)
}

// repeatable is the text of a pattern, such that a repetition behind it is of the whole.
func repeatable(tree *syntax.Regexp, text string) string {
	if tree.Op == syntax.OpCharClass && strings.HasPrefix(text, "[") || tree.Op == syntax.OpCapture {
		return text
	}
	return "(?:" + text + ")"
}

// taken says which bytes a pattern for one character matches. Where case does not matter, what
// a class is written to exclude it does in any case.
func (a *atoms) taken(tree *syntax.Regexp) (takes [256]bool) {
	fold, excludes := a.fold || tree.Flags&syntax.FoldCase != 0, false
	if tree.Op == syntax.OpCharClass && len(tree.Rune) > 0 {
		excludes = tree.Rune[0] == 0 && tree.Rune[len(tree.Rune)-1] == unicode.MaxRune // as Regexp.String writes it
	}
	matches := func(c byte) bool {
		if tree.Op == syntax.OpLiteral {
			return rune(c) == tree.Rune[0]
		}
		return matchesByte(tree, c)
	}
	for i := range takes {
		c := byte(i)
		one, other := matches(c), matches(swapCase(c))
		takes[c] = one
		if fold {
			takes[c] = (one || other) && (!excludes || one && other)
		}
	}
	return takes
}

// swapCase is a letter in the other case, and anything else as it is.
func swapCase(c byte) byte {
	if l := c | 0x20; 'a' <= l && l <= 'z' {
		return c ^ 0x20
	}
	return c
}
