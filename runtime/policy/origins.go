package policy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// origins is a set of values of the Origin header.
type origins struct {
	any      bool
	tails    []originTail     // nginx
	exact    []string         // Envoy, compared without case
	patterns []*regexp.Regexp // the whole Origin
}

// originTail is what nginx searches at the end of an Origin, without case: what stands
// before and after a "*", which is one label; without "*" only after.
type originTail struct {
	before, after string
	label         bool
}

// compileOrigins reads the list. Where the end of an Origin counts, as for nginx, one without
// a scheme, unless it is "null", matches nothing (ingress-nginx page, 50).
func compileOrigins(c *intent.CORS) (origins, error) {
	var out origins
	for _, o := range c.Origins {
		switch o = strings.TrimSpace(o); {
		case o == "*":
			out.any = true
		case !c.Ends:
			out.exact = append(out.exact, o)
		case o == "null" || strings.Contains(o, "://"):
			before, after, label := strings.Cut(o, "*")
			if !label {
				before, after = "", o
			}
			out.tails = append(out.tails, originTail{before, after, label})
		}
	}
	for _, p := range c.Patterns {
		re, err := regexp.Compile(`\A(?:` + p + `)\z`)
		if err != nil {
			return out, fmt.Errorf("origin pattern %q: %w", p, err)
		}
		out.patterns = append(out.patterns, re)
	}
	return out, nil
}

// has says whether the Origin, which is not empty, is in the set.
func (o *origins) has(origin string) bool {
	if o.any {
		return true
	}
	for i := range o.tails {
		if o.tails[i].ends(origin) {
			return true
		}
	}
	for _, e := range o.exact {
		if len(e) == len(origin) && strings.EqualFold(e, origin) {
			return true
		}
	}
	for _, p := range o.patterns {
		if p.MatchString(origin) {
			return true
		}
	}
	return false
}

func (t *originTail) ends(origin string) bool {
	rest, ok := cutSuffixFold(origin, t.after)
	if !ok || !t.label {
		return ok
	}
	for n := len(rest); n > 0 && labelByte(rest[n-1]); n-- {
		if _, ok := cutSuffixFold(rest[:n-1], t.before); ok {
			return true
		}
	}
	return false
}

func labelByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// cutSuffixFold cuts a suffix in any case. As the suffix is plain ASCII, letters that fold
// to it from elsewhere are too long to count.
func cutSuffixFold(s, suffix string) (string, bool) {
	n := len(s) - len(suffix)
	if n < 0 || !strings.EqualFold(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
}
