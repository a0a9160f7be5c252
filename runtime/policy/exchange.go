package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// exchange is one rule of nginx's proxy_cookie_domain or proxy_cookie_path.
type exchange struct {
	from, to string
	domain   bool           // the whole value, without case and without a "." before it
	pattern  *regexp.Regexp // instead of from: searched in the value, which becomes to
}

// newExchange reads "from to". A from with "~" before it is a regular expression, with "~*"
// one without case; $1 to $9 in to are its captures. A domain compares without case, and a
// "." before it does not count; a path is a prefix. "off" and nothing at all are no rule.
func newExchange(text string, domain bool) (*exchange, error) {
	words := strings.Fields(text)
	if len(words) == 0 || len(words) == 1 && words[0] == "off" {
		return nil, nil
	}
	if len(words) != 2 {
		return nil, fmt.Errorf("cookie rewrite %q: want what is replaced, a blank, and what it becomes", text)
	}
	e := &exchange{from: words[0], to: words[1], domain: domain}
	if expr, ok := strings.CutPrefix(e.from, "~"); ok {
		expr, fold := strings.CutPrefix(expr, "*")
		if fold || domain {
			expr = "(?i)" + expr
		}
		var err error
		if e.pattern, err = regexp.Compile(expr); err != nil {
			return nil, fmt.Errorf("cookie rewrite %q: %w", text, err)
		}
		return e, nil
	}
	if domain {
		e.from = strings.TrimPrefix(e.from, ".")
		e.to = strings.TrimPrefix(e.to, ".")
	}
	return e, nil
}

// apply is the value after the rule, if it matches.
func (e *exchange) apply(value string) (string, bool) {
	switch {
	case e.pattern != nil:
		m := e.pattern.FindStringSubmatch(value)
		if m == nil {
			return value, false
		}
		return captures(e.to, m), true
	case e.domain:
		bare := strings.TrimPrefix(value, ".")
		if !strings.EqualFold(bare, e.from) {
			return value, false
		}
		return value[:len(value)-len(bare)] + e.to, true
	default:
		rest, ok := strings.CutPrefix(value, e.from)
		return e.to + rest, ok
	}
}

// captures replaces $0 to $9 in a text; those that the expression does not have are empty.
func captures(text string, m []string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) || text[i+1] < '0' || text[i+1] > '9' {
			b.WriteByte(text[i])
			continue
		}
		i++
		if n := int(text[i] - '0'); n < len(m) {
			b.WriteString(m[n])
		}
	}
	return b.String()
}

// exchangeAll rewrites each attribute of that name by the first rule that matches.
func exchangeAll(line, name string, rules []exchange) string {
	if len(rules) == 0 {
		return line
	}
	start, end, found := attribute(line, name, 0)
	for found {
		if from, to, ok := valueAt(line, start, end); ok {
			for i := range rules {
				if value, ok := rules[i].apply(line[from:to]); ok {
					line = line[:from] + value + line[to:]
					end += len(value) - (to - from)
					break
				}
			}
		}
		start, end, found = attribute(line, name, end)
	}
	return line
}
