package httpproxy

import (
	"regexp/syntax"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlainFold: what is known to be sound without being parsed is.
func TestPlainFold(t *testing.T) {
	known := 0
	rapid.Check(t, func(t *rapid.T) {
		re := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"/", "a", "|", "(?i:", ").*", "(", `\`, "[", "é", "\xff", "*", "{2}", "$"})).Draw(t, "parts"), "")
		for _, re := range []string{re, "/(?i:" + re + ").*", "(?i:/a|" + re + ").*"} {
			if !plainFold(re) {
				continue
			}
			known++
			if _, err := syntax.Parse(re, syntax.Perl); err != nil {
				t.Fatalf("%q: %v", re, err)
			}
		}
	})
	if known == 0 {
		t.Error("nothing is known")
	}
}
