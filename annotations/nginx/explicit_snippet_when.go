package nginx

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// requestParts are the variables of nginx that conditions on pseudo headers stand for.
var requestParts = map[string]string{
	"request_uri": ":path", "request_method": ":method", "scheme": ":scheme", "http_host": ":authority",
}

// hopByHop are headers that are taken away before routes are matched.
var hopByHop = []string{"connection", "keep_alive", "te", "trailer", "transfer_encoding", "upgrade", "content_length"}

// filledPattern is what an if without an operator asks of a text.
const filledPattern = "(?s:[^0].*|0.+)"

// narrow adds a condition to a match; it is not possible where they exclude each other.
func narrow(m *intent.Match, c snippet.Cond) (possible bool, err error) {
	if c.Var == "uri" || c.Var == "document_uri" {
		m.Path, possible, err = narrowPath(m.Path, c)
		return possible, err
	}
	if c.Var == "request_method" && c.Op == snippet.Equals && len(m.Methods) > 0 {
		return slices.Contains(m.Methods, c.Value) != c.Not, nil
	}
	if c.Var == "request_method" && c.Op == snippet.Equals && !c.Not {
		m.Methods = []string{c.Value}
		return true, nil
	}
	name, where := requestParts[c.Var], &m.Headers
	if h, ok := strings.CutPrefix(c.Var, "http_"); ok && name == "" && !slices.Contains(hopByHop, h) {
		name = strings.ReplaceAll(h, "_", "-")
	} else if k, ok := strings.CutPrefix(c.Var, "cookie_"); ok {
		name, where = k, &m.Cookies
	} else if a, ok := strings.CutPrefix(c.Var, "arg_"); ok {
		name, where = a, &m.Query
	}
	if name == "" {
		return false, fmt.Errorf("not read with a condition on $%s", c.Var)
	}
	cond, err := condition(name, c)
	for _, o := range *where {
		switch {
		case o == cond:
			return true, err
		case excludes(o, cond), excludes(cond, o):
			return false, err
		}
	}
	*where = append(slices.Clip(*where), cond)
	return true, err
}

// excludes says whether no text fulfils both conditions.
func excludes(a, b intent.Cond) bool {
	if a.Name != b.Name || a.Op != intent.Is || a.Fold || b.Fold {
		return a.Name == b.Name && a.Fold == b.Fold && a.Value == b.Value && a.Op == intent.Contains && b.Op == intent.NotHas
	}
	return b.Op == intent.Is && a.Value != b.Value || b.Op == intent.IsNot && a.Value == b.Value
}

// condition is what an if asks of a text; one that is not there is empty to nginx.
func condition(name string, c snippet.Cond) (intent.Cond, error) {
	out := intent.Cond{Name: name, Value: c.Value, Fold: c.Fold}
	op := func(yes, no intent.Op) intent.Cond {
		out.Op = yes
		if c.Not {
			out.Op = no
		}
		return out
	}
	out.MissingEmpty = c.Not
	switch c.Op {
	case snippet.Filled:
		out.Value = filledPattern
		return op(intent.Matches, intent.NotMatches), nil
	case snippet.Equals:
		out.MissingEmpty = c.Not || c.Value == ""
		return op(intent.Is, intent.IsNot), nil
	}
	shape, err := shapeOf(c.Value)
	switch {
	case err != nil:
		return out, err
	case regexp.QuoteMeta(c.Value) == c.Value && c.Value != "":
		return op(intent.Contains, intent.NotHas), nil
	case shape.exact && shape.literal != "":
		out.Value = shape.literal
		return op(intent.Is, intent.IsNot), nil
	case shape.open && shape.literal != "" && !c.Not:
		out.Value = shape.literal
		return op(intent.HasPrefix, intent.HasPrefix), nil
	}
	out.MissingEmpty = true
	if !shape.bound {
		out.Value = "(?s:.*)(?:" + c.Value + ")(?s:.*)"
	}
	return op(intent.Matches, intent.NotMatches), nil
}

// patternShape is what can be said of a regular expression without running it.
type patternShape struct {
	literal string // what all texts that fit begin with; "" without "^"
	exact   bool   // none but literal fits
	open    bool   // all that begin with literal fit
	bound   bool   // "^" and "$" stand around it
	groups  map[int]string
	rest    int // the group that holds what comes behind literal; 0: none
}

// capture is what a group holds, as a template of the path.
func (s patternShape) capture(i int) (intent.Template, bool) {
	if s.open && i == s.rest {
		return intent.Template(fmt.Sprintf("{rest:%d}", len(s.literal))), true
	}
	return "", false
}

// shapeOf reads a pattern, which must be one of RE2, too.
func shapeOf(pattern string) (patternShape, error) {
	s := patternShape{groups: map[int]string{}}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return s, fmt.Errorf("not read with %q, which is no regular expression of RE2", pattern)
	}
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	if parts[0].Op != syntax.OpBeginText {
		return s, nil
	}
	s.bound = parts[len(parts)-1].Op == syntax.OpEndText
	for i, part := range parts[1:] {
		last := parts[1+i:]
		text, isText := literalOf(part)
		switch {
		case isText:
			s.literal += text
			if part.Op == syntax.OpCapture {
				s.groups[part.Cap] = text
			}
		case part.Op == syntax.OpEndText && len(last) == 1:
			s.exact = true
			return s, nil
		case isRest(part) && (len(last) == 1 || len(last) == 2 && last[1].Op == syntax.OpEndText):
			s.open = true
			if part.Op == syntax.OpCapture {
				s.rest = part.Cap
			}
			return s, nil
		default:
			return s, nil
		}
	}
	s.open = true
	return s, nil
}

// literalOf is the text that an expression stands for, if it is one.
func literalOf(re *syntax.Regexp) (string, bool) {
	switch {
	case re.Op == syntax.OpCapture:
		return literalOf(re.Sub[0])
	case re.Op == syntax.OpEmptyMatch:
		return "", true
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0:
		return string(re.Rune), true
	}
	return "", false
}

// isRest says whether an expression takes all that is left.
func isRest(re *syntax.Regexp) bool {
	if re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpStar && re.Flags&syntax.NonGreedy == 0 && (re.Sub[0].Op == syntax.OpAnyCharNotNL || re.Sub[0].Op == syntax.OpAnyChar)
}
