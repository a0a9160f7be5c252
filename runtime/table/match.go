package table

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// place is where a condition looks.
type place uint8

const (
	inHeader place = iota
	inJoined       // all lines of a header, as Envoy reads it
	inPseudo       // a name that Envoy answers itself
	inQuery
	inArgument // as nginx's $arg_ variables, whatever the letter case of the name
	inCookie
	inCookies // the whole Cookie header, as Envoy reads it
)

// cond is a condition with its regular expression compiled.
type cond struct {
	intent.Cond
	in    place
	regex *regexp.Regexp
}

// conds are all conditions of a match but path and method.
func (c *compiler) conds(m intent.Match) ([]cond, error) {
	n := len(m.Headers) + len(m.Query) + len(m.Cookies)
	if n == 0 {
		return nil, nil
	}
	all := make([]cond, 0, n)
	for _, h := range m.Headers {
		h.Name = strings.ToLower(h.Name)
		all = append(all, cond{Cond: h, in: c.headerPlace(h.Name)})
	}
	for _, q := range m.Query {
		in := inQuery
		if c.table.paths == intent.Decoded {
			in = inArgument
		}
		all = append(all, cond{Cond: q, in: in})
	}
	for _, k := range m.Cookies {
		in := inCookie
		if c.table.paths == intent.Normalized && k.Op == intent.Is && !k.Fold {
			in = inCookies
		}
		all = append(all, cond{Cond: k, in: in})
	}
	for i, k := range all {
		if k.Op != intent.Matches && k.Op != intent.NotMatches {
			continue
		}
		var err error
		if all[i].regex, err = c.compile(expression{text: k.Value, fold: k.Fold, whole: true}); err != nil {
			return nil, fmt.Errorf("condition on %s: %w", k.Name, err)
		}
	}
	return all, nil
}

// headerPlace is where a data plane of the table's kind looks for a header.
func (c *compiler) headerPlace(name string) place {
	if c.table.paths != intent.Normalized && !strings.HasPrefix(name, ":") {
		return inHeader
	}
	if _, known := new(Prepared).pseudo(name, &view{}); known {
		return inPseudo
	}
	return inJoined
}

func (r *route) matches(p *Prepared, v *view) bool {
	return !r.never && r.matchesPath(v.path) && r.admits(p, v)
}

// admits says whether all conditions but the path hold.
func (r *route) admits(p *Prepared, v *view) bool {
	if len(r.Match.Methods) > 0 && !slices.Contains(r.Match.Methods, p.method) {
		return false
	}
	for i := range r.conds {
		if !r.conds[i].holds(r.conds[i].value(p, v)) {
			return false
		}
	}
	return true
}

func (r *route) matchesPath(path string) bool {
	if r.path != nil {
		return r.path.MatchString(path)
	}
	return hasPrefix(path, r.text, r.Match.Path.Fold) && r.end <= endingAt(path, len(r.text))
}

// value is what the condition looks at, and whether it is there.
func (c *cond) value(p *Prepared, v *view) (string, bool) {
	switch c.in {
	case inJoined:
		return p.joined(c.Name)
	case inPseudo:
		return p.pseudo(c.Name, v)
	case inQuery:
		return argument(v, c.Name, false)
	case inArgument:
		return argument(v, c.Name, true)
	case inCookie:
		return p.cookie(c.Name)
	case inCookies:
		return p.joined("cookie")
	}
	return p.header(c.Name)
}

func (c *cond) holds(value string, present bool) bool {
	switch c.Op {
	case intent.Present:
		return present
	case intent.Absent:
		return !present
	}
	if !present && !c.MissingEmpty {
		return false
	}
	switch c.Op {
	case intent.Is:
		if c.in == inCookies {
			return hasPair(value, c.Name, c.Value)
		}
		return equal(value, c.Value, c.Fold)
	case intent.IsNot:
		return !equal(value, c.Value, c.Fold)
	case intent.HasPrefix:
		return hasPrefix(value, c.Value, c.Fold)
	case intent.HasSuffix:
		return hasSuffix(value, c.Value, c.Fold)
	case intent.Contains:
		return contains(value, c.Value, c.Fold)
	case intent.NotHas:
		return !contains(value, c.Value, c.Fold)
	case intent.NotMatches:
		return !c.regex.MatchString(value)
	}
	return c.regex.MatchString(value)
}
