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

// HoldsCookie says whether a condition on a cookie holds for a Cookie header, as a data
// plane of a path form reads it. It fails as Holds does.
func HoldsCookie(c intent.Cond, header string, present bool, paths intent.PathForm) (bool, error) {
	if paths == intent.Normalized && c.Op == intent.Is && !c.Fold {
		return present && hasPair(header, c.Name, c.Value), nil
	}
	value, there := cookieIn(header, c.Name)
	return Holds(c, value, present && there)
}
