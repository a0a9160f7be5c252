package httpproxy

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// meets says whether a pattern "^..." with an open end matches some path that a prefix or
// exact path matches too. It may say so wrongly of word boundaries, never the other way.
func meets(pattern, path intent.Path) bool {
	// Most of them part before the pattern has to be asked.
	start := literalStart(pattern.Value)
	apart := isASCII(start) && isASCII(path.Value) && !nested(strings.ToLower(start), strings.ToLower(path.Value))
	if _, plain := literal(pattern.Value); plain && apart {
		return false // nor does it have to be read to know that it is sound
	}
	flags := syntax.Perl
	if pattern.Fold {
		flags |= syntax.FoldCase
	}
	tree, err := syntax.Parse(pattern.Value, flags)
	if err != nil {
		return true
	}
	if apart {
		return false
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return true
	}
	open := path.Kind != intent.ExactPath
	text := []rune(path.Value)
	var at []uint32
	reach(prog, uint32(prog.Start), true, len(text) == 0, &at)
	for i, r := range text {
		if matched(prog, at) {
			return true
		}
		var next []uint32
		for _, pc := range at {
			if in := &prog.Inst[pc]; in.Op != syntax.InstMatch && in.MatchRune(r) {
				reach(prog, in.Out, false, i == len(text)-1, &next)
			}
		}
		at = next
	}
	return matched(prog, at) || open && len(at) > 0
}

// isASCII says whether letters of a text have no case but their own two.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func matched(prog *syntax.Prog, at []uint32) bool {
	return slices.ContainsFunc(at, func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch })
}

// reach adds the instructions that read a rune, or match, behind pc; start and end say
// whether the text begins here and may end here.
func reach(prog *syntax.Prog, pc uint32, start, end bool, at *[]uint32) {
	walked := map[uint32]bool{}
	var walk func(uint32)
	walk = func(pc uint32) {
		if walked[pc] {
			return
		}
		walked[pc] = true
		in := &prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			walk(in.Out)
		case syntax.InstEmptyWidth:
			want := syntax.EmptyOp(in.Arg)
			begins, ends := want&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0, want&(syntax.EmptyEndText|syntax.EmptyEndLine) != 0
			if (!begins || start) && (!ends || end) {
				walk(in.Out)
			}
		case syntax.InstFail:
		default:
			if !slices.Contains(*at, pc) {
				*at = append(*at, pc)
			}
		}
	}
	walk(pc)
}
