package httpproxy

import (
	"fmt"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Describe says conditions for people, in one line; "everything" without any. Paths are
// relative to the includes above, as in the object. A condition on :path of the form that
// Encode writes is told as the path that it stands for.
func Describe(conditions []contour.MatchCondition) string {
	var parts []string
	pathTold := false
	for _, c := range conditions {
		if c.Header == nil {
			continue
		}
		text, isPath := describeHeader(*c.Header)
		pathTold = pathTold || isPath
		parts = append(parts, text)
	}
	for _, c := range conditions {
		switch {
		case c.QueryParameter != nil:
			parts = append(parts, "query "+strings.TrimSpace(readQuery(*c.QueryParameter).String()))
		case c.Prefix != "" && !pathTold:
			parts = append(parts, "string-prefix "+c.Prefix)
		case c.Exact != "":
			parts = append(parts, "exact "+c.Exact)
		case c.Regex == emptyRegex || c.Regex == slashRegex:
			parts = append(parts, "exactly the prefix")
		case c.Regex != "":
			parts = append(parts, "regex "+c.Regex)
		}
	}
	if len(parts) == 0 || len(parts) == 1 && parts[0] == "string-prefix /" {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// describeHeader tells a condition on a header, and whether it is one on the path.
func describeHeader(h contour.HeaderMatchCondition) (string, bool) {
	if p, ok := ReadPathRegex(h.Regex); ok && strings.EqualFold(h.Name, pathHeader) {
		if p.Kind == intent.ExactPath {
			return "exact " + p.Value, true
		}
		return "prefix " + p.Value, true
	}
	if c, ok := readCookieRegex(h.Regex); ok && strings.EqualFold(h.Name, "cookie") {
		return fmt.Sprintf("cookie %s=%s", c.Name, c.Value), false
	}
	return "header " + strings.TrimSpace(readHeader(h).String()), false
}
