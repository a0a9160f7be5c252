package automaton

import (
	"regexp/syntax"
	"testing"

	"pgregory.net/rapid"
)

// TestBytesOf: the bytes of an instruction are those that package syntax says it matches.
func TestBytesOf(t *testing.T) {
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.SampledFrom([]string{"(?i)", "(?s)", "a", "K", "s", "\u00e9", "\u00ff", "\u0178", "\u017f", "\u212a", ".", `\d`, `\W`, "[b-y]", "[^/]", "[^\u00e0]", `[\x{e0}-\x{ff}]`, "[a-z0-9_-]", "[K]", "\n", "*", "|"})).Draw(t, "pattern")
		pattern := ""
		for _, part := range text {
			pattern += part
		}
		tree, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Skip(err)
		}
		prog, err := syntax.Compile(tree.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		for i := range prog.Inst {
			in := &prog.Inst[i]
			switch in.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			default:
				continue
			}
			seen++
			s := bytesOf(in)
			for b := range 256 {
				if s.has(byte(b)) != in.MatchRune(rune(b)) {
					t.Fatalf("%q, %s: %#x is read: %v", pattern, in, b, s.has(byte(b)))
				}
			}
		}
	})
	if seen == 0 {
		t.Error("no instruction was looked at")
	}
}
