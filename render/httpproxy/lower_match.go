package httpproxy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// lowerMatch is a match with conditions that HTTPProxy has. Those that it has none for stay,
// and are told by Encode.
func lowerMatch(m intent.Match) intent.Match {
	m.Path = rawPath(m.Path)
	if len(m.Headers)+len(m.Query)+len(m.Cookies)+len(m.Methods) == 0 {
		return m
	}
	headers := make([]intent.Cond, 0, len(m.Headers)+1)
	for _, c := range m.Headers {
		headers = append(headers, lowerCond(c))
	}
	if len(m.Methods) > 0 {
		headers = append(headers, methodCond(m.Methods))
	}
	m.Headers, m.Methods = headers, nil
	m.Query, m.Cookies = slices.Clone(m.Query), slices.Clone(m.Cookies)
	for i, c := range m.Query {
		m.Query[i] = lowerQuery(c)
	}
	for i, c := range m.Cookies {
		m.Cookies[i] = lowerCond(c)
	}
	return m
}

// methodCond asks for one of some methods.
func methodCond(methods []string) intent.Cond {
	if len(methods) == 1 {
		return intent.Cond{Name: methodHeader, Op: intent.Is, Value: methods[0]}
	}
	quoted := make([]string, len(methods))
	for i, m := range methods {
		quoted[i] = regexp.QuoteMeta(m)
	}
	return intent.Cond{Name: methodHeader, Op: intent.Matches, Value: strings.Join(quoted, "|")}
}

// lowerCond writes what a condition asks for in operators that HTTPProxy has for headers. The
// scheme stands where routes of Contour's own ask for it.
func lowerCond(c intent.Cond) intent.Cond {
	if c.Name == ":scheme" {
		c.Name = schemeHeader
	}
	switch {
	case c.Op == intent.IsNot && c.Value == "":
		return intent.Cond{Name: c.Name, Op: intent.Matches, Value: ".+"}
	case c.Op == intent.HasPrefix:
		c = intent.Cond{Name: c.Name, Op: intent.Matches, Value: regexp.QuoteMeta(c.Value) + ".*", Fold: c.Fold}
	case (c.Op == intent.Is || c.Op == intent.Contains) && c.Value != "":
		c.MissingEmpty = false
	}
	if c.Op == intent.Matches {
		c.MissingEmpty = c.MissingEmpty && emptyToo(c.Value)
		if c.Fold {
			c.Fold, c.Value = false, "(?i:"+c.Value+")"
		}
	}
	return c
}

// emptyToo says whether a pattern matches no text at all.
func emptyToo(pattern string) bool {
	re, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	return err != nil || re.MatchString("")
}

// lowerQuery is lowerCond for an argument, which HTTPProxy compares with a start, too.
func lowerQuery(c intent.Cond) intent.Cond {
	if c.Op == intent.HasPrefix && c.Value != "" {
		c.MissingEmpty = false
		return c
	}
	return lowerCond(c)
}

// finds notes where Envoy finds another cookie or argument than nginx, if one is asked for.
func (l *lowering) finds(o *owned) {
	for _, c := range o.Match.Cookies {
		l.edit(o, intent.WholeAnswer, intent.TwoValues, ledger.Approximated, "first value", "any value",
			"the cookie "+c.Name+" is matched by a regex on the Cookie header: sent twice, any of its values counts")
	}
	for _, c := range o.Match.Query {
		l.edit(o, intent.WholeAnswer, intent.NameCase, ledger.Approximated, "found", "not found",
			"the argument "+c.Name+" is found under a name in other letter case by nginx, and not by Envoy")
	}
}
