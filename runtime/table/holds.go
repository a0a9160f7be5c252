package table

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Test says whether a condition holds for a value, or with present false for nothing at all.
type Test func(value string, present bool) bool

// NewTest is the test of a condition. It fails for a regular expression that does not
// compile.
func NewTest(c intent.Cond) (Test, error) {
	k := cond{Cond: c}
	if c.Op == intent.Matches || c.Op == intent.NotMatches {
		var err error
		if k.regex, err = newRegexes().compile(expression{text: c.Value, fold: c.Fold, whole: true}); err != nil {
			return nil, fmt.Errorf("condition on %s: %w", c.Name, err)
		}
	}
	return k.holds, nil
}

// NewCookieTest is the test of a condition on a cookie for Cookie headers, as a data plane of
// a path form reads them. It fails as NewTest does.
func NewCookieTest(c intent.Cond, paths intent.PathForm) (Test, error) {
	if paths == intent.Normalized && c.Op == intent.Is && !c.Fold {
		return func(header string, present bool) bool { return present && hasPair(header, c.Name, c.Value) }, nil
	}
	holds, err := NewTest(c)
	return func(header string, present bool) bool {
		value, there := cookieIn(header, c.Name)
		return holds(value, present && there)
	}, err
}
