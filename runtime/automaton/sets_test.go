package automaton

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSets: sets have one number if they are equal, and keep their nodes, also in a room that
// was used before.
func TestSets(t *testing.T) {
	var s sets
	rapid.Check(t, func(t *rapid.T) {
		s.clear()
		lists := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint32Range(0, 5), 0, 6), 1, 300).Draw(t, "sets")
		numbers := make([]int32, len(lists))
		for i := range lists {
			lists[i] = sorted(lists[i])
			numbers[i] = s.number(lists[i])
		}
		for i, n := range numbers {
			if !slices.Equal(s.of(n), lists[i]) {
				t.Fatalf("set %d is %v, and was %v", n, s.of(n), lists[i])
			}
			if first := slices.IndexFunc(lists, func(o []uint32) bool { return slices.Equal(o, lists[i]) }); numbers[first] != n {
				t.Fatalf("%v has the numbers %d and %d", lists[i], numbers[first], n)
			}
		}
	})
}
