package table

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Holds says whether a condition holds for a value, or with present false for nothing at
// all. It fails for a regular expression that does not compile.
func Holds(c intent.Cond, value string, present bool) (bool, error) {
	k := cond{Cond: c}
	if c.Op == intent.Matches || c.Op == intent.NotMatches {
		var err error
		if k.regex, err = newRegexes().compile(expression{text: c.Value, fold: c.Fold, whole: true}); err != nil {
			return false, fmt.Errorf("condition on %s: %w", c.Name, err)
		}
	}
	return k.holds(value, present), nil
}
