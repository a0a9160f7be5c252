package ownership

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// problems collects what is wrong with a plan, to be told all at once.
type problems struct {
	file  string
	list  []problem
	hints int // given so far
}

type problem struct {
	line int // in the plan; 0 for those of another place
	err  error
}

// at adds a problem on a line of the plan; line 0 stands for the plan as a whole.
func (p *problems) at(line int, format string, args ...any) {
	place := p.file
	if line > 0 {
		place = fmt.Sprintf("%s:%d", p.file, line)
	}
	p.list = append(p.list, problem{line, fmt.Errorf("%s: %w", place, fmt.Errorf(format, args...))})
}

// elsewhere adds a problem that names its own place.
func (p *problems) elsewhere(format string, args ...any) {
	p.list = append(p.list, problem{0, fmt.Errorf(format, args...)})
}

// err joins the problems by line, those without one last; nil if there are none.
func (p *problems) err() error {
	slices.SortStableFunc(p.list, func(a, b problem) int {
		return cmp.Compare(uint(a.line-1), uint(b.line-1)) // 0 becomes the greatest
	})
	errs := make([]error, len(p.list))
	for i, x := range p.list {
		errs[i] = x.err
	}
	return errors.Join(errs...)
}

// maxHints and maxHintLength bound the work of looking for near words.
const (
	maxHints      = 50
	maxHintLength = 256 // bytes
)

// suggest is `; did you mean "x"?` with the nearest of some words, or "" if none is near:
// at most a third of its letters may differ.
func (p *problems) suggest(word string, known []string) string {
	if p.hints >= maxHints || len(word) > maxHintLength {
		return ""
	}
	p.hints++
	best, distance := "", len(word)+1
	for _, k := range known {
		if abs(len(k)-len(word)) >= distance {
			continue
		}
		if d := edits(word, k); d < distance && d <= max(1, len(k)/3) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

func abs(n int) int { return max(n, -n) }

// edits counts the bytes to insert, drop or replace, and the neighbours to swap, between
// two words (the optimal string alignment distance).
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
