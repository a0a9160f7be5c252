package httpproxy

import (
	"fmt"
	"regexp"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// queryCondition writes the operators that HTTPProxy has for arguments, the inverse of
// readQuery.
func queryCondition(c intent.Cond) (*contour.QueryParameterMatchCondition, error) {
	q := &contour.QueryParameterMatchCondition{Name: c.Name, IgnoreCase: c.Fold}
	switch {
	case c.MissingEmpty:
		return nil, fmt.Errorf("no query condition of HTTPProxy says %s", c)
	case c.Op == intent.Present:
		q.Present = true
	case c.Op == intent.Is:
		q.Exact = c.Value
	case c.Op == intent.HasPrefix:
		q.Prefix = c.Value
	case c.Op == intent.HasSuffix:
		q.Suffix = c.Value
	case c.Op == intent.Contains:
		q.Contains = c.Value
	case c.Op == intent.Matches:
		q.Regex = c.Value
	default:
		return nil, fmt.Errorf("no query condition of HTTPProxy says %s", c)
	}
	return q, nil
}

// cookiePatterns are the conditions on cookies other than a value: what stands for a cookie
// that is not empty, and for one that is neither empty nor "0", in a Cookie header.
var cookiePatterns = []struct{ pattern, inHeader string }{
	{".+", `[^;]+`},
	{"(?s:[^0].*|0.+)", `(?:[^0;][^;]*|0[^;]+)`},
}

const (
	cookieOpen  = `(?:.*;\s*)?`
	cookieClose = `(?:\s*;.*)?`
)

// CookieValue is the pattern of values in a Cookie header that decides a condition on a
// cookie: it holds for these, or for all but these; false if none does.
func CookieValue(c intent.Cond) (string, bool) {
	switch c.Op {
	case intent.Present, intent.Absent:
		return `[^;]*`, true
	case intent.Is, intent.IsNot:
		if c.Value == "" {
			return cookiePatterns[0].inHeader, !c.Fold
		}
		return regexp.QuoteMeta(c.Value), !c.Fold
	case intent.Matches, intent.NotMatches:
		for _, p := range cookiePatterns {
			if c.Value == p.pattern {
				return p.inHeader, true
			}
		}
	}
	return "", false
}

// cookieRegex matches a Cookie header that holds such a cookie (RFC 6265).
func cookieRegex(c intent.Cond) string {
	value := regexp.QuoteMeta(c.Value)
	if c.Op == intent.Matches {
		value, _ = CookieValue(c) // others are told by Encode
	}
	return cookieOpen + regexp.QuoteMeta(c.Name) + `=` + value + cookieClose
}

// readCookieRegex is the inverse of cookieRegex.
func readCookieRegex(re string) (intent.Cond, bool) {
	body, open := strings.CutPrefix(re, cookieOpen)
	body, closed := strings.CutSuffix(body, cookieClose)
	quotedName, quotedValue, ok := strings.Cut(body, "=")
	name, okName := unquote(quotedName)
	for _, p := range cookiePatterns {
		if quotedValue == p.inHeader {
			return intent.Cond{Name: name, Op: intent.Matches, Value: p.pattern}, open && closed && ok && okName
		}
	}
	value, okValue := unquote(quotedValue)
	return intent.Cond{Name: name, Op: intent.Is, Value: value}, open && closed && ok && okName && okValue
}
