package judge

import (
	"fmt"
	"strings"
)

// Contour's comparison of two routes with the same path and as many conditions goes through
// the conditions in pairs and says "before" as soon as one of a pair stands before the
// other; it never says "behind". Two routes of which each has such a condition stand before
// each other both ways, and which one Envoy asks first is left to the order of a Go map.

// unstable says which two routes of a list Contour may swap, as places in the list; ok is
// false if there are none.
func unstable(routes []rdsRoute) (a, b int, ok bool) {
	for a := range routes {
		for b := a + 1; b < len(routes); b++ {
			if routes[a].Match.path() == routes[b].Match.path() && bothWays(routes[a].Match.keys(), routes[b].Match.keys()) {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

// path is the condition on the path as a text.
func (m routeMatch) path() string {
	switch {
	case m.Path != nil:
		return "exact " + *m.Path
	case m.Regex != nil:
		return "regex " + m.Regex.Regex
	case m.Prefix != nil:
		return "prefix " + *m.Prefix
	}
	return ""
}

// keys are the conditions in their order, headers without :method and then the query, as
// texts that compare like Contour compares conditions: name, kind, value, inverted last.
func (m routeMatch) keys() (out [2][]string) {
	for _, h := range m.Headers {
		if h.Name != ":method" {
			out[0] = append(out[0], fmt.Sprintf("%s\x00%s\x00%v", h.Name, h.Text.key(), h.Invert))
		}
	}
	for _, q := range m.Query {
		out[1] = append(out[1], q.Name+"\x00"+q.Text.key())
	}
	return out
}

// key is kind and value; no text is a condition that asks for presence.
func (s *stringMatch) key() string {
	switch {
	case s == nil:
		return "5"
	case s.Regex != nil:
		return "1" + s.Regex.Regex
	case s.Prefix != "":
		return "2" + s.Prefix
	case s.Suffix != "":
		return "3" + s.Suffix
	case s.Contains != "":
		return "4" + s.Contains
	}
	return "0" + s.Exact
}

// bothWays says whether conditions of each stand before those of the other.
func bothWays(a, b [2][]string) bool {
	if len(a[0]) != len(b[0]) || len(a[1]) != len(b[1]) {
		return false
	}
	before, behind := false, false
	for k := range a {
		for i := range a[k] {
			c := strings.Compare(a[k][i], b[k][i])
			before, behind = before || c < 0, behind || c > 0
		}
	}
	return before && behind
}
