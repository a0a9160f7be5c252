package httpproxy

import (
	"fmt"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// include is what an include gives: its prefix, "" for none, and the path that its
// condition on :path confines to, if it has one of the forms that routes need not repeat.
type include struct {
	prefix   string
	confined intent.Path
}

// includeOf is the include of a team, with its conditions. Path conditions stand last.
func (e encoder) includeOf(t *delegation.Team) (include, []contour.MatchCondition, error) {
	c := t.Claims[0]
	prefix := func(p string) contour.MatchCondition { return contour.MatchCondition{Prefix: p} }
	switch {
	case c.Kind == ownership.Regex:
		var patterns []string
		for _, claim := range t.Claims {
			patterns = append(patterns, claim.Path)
		}
		union, err := unionRegex(patterns)
		if err != nil {
			return include{}, nil, err
		}
		return include{prefix: "/"}, []contour.MatchCondition{pathRegex(union), prefix("/")}, nil
	case c.Path == "/" && c.Kind == ownership.Prefix:
		return include{prefix: "/"}, []contour.MatchCondition{prefix("/")}, nil
	}
	in := include{prefix: c.Path}
	confines := ""
	switch {
	case c.Kind == ownership.Exact:
		in.confined, confines = intent.Path{Kind: intent.ExactPath, Value: c.Path}, exactRegex(c.Path)
	case c.Kind == ownership.Prefix && !e.opts.PlainPrefix:
		in.confined, confines = intent.Path{Kind: intent.SegmentPrefix, Value: c.Path}, segmentRegex(c.Path)
	case openPrefix(t) || c.Kind == ownership.StringPrefix: // a replaced prefix loses its slash at the end
		confines = stringRegex(c.Path)
	default:
		return in, []contour.MatchCondition{prefix(c.Path)}, nil
	}
	if openPrefix(t) {
		in.prefix = "/"
	}
	return in, []contour.MatchCondition{pathRegex(confines), prefix(in.prefix)}, nil
}

// openPrefix says whether a team's include must not have the prefix of its claim: paths
// below may begin in the middle of a segment, or regexes hold the prefix themselves.
func openPrefix(t *delegation.Team) bool {
	c := t.Claims[0]
	return c.Kind == ownership.StringPrefix && !strings.HasSuffix(c.Path, "/") ||
		slices.ContainsFunc(t.Routes, func(p delegation.Placed) bool { return p.Match.Path.Kind == intent.RegexPath })
}

func pathRegex(re string) contour.MatchCondition {
	return contour.MatchCondition{Header: &contour.HeaderMatchCondition{Name: pathHeader, Regex: re}}
}

// conditions are those of a route below an include: headers, cookies, arguments, then the path.
func (e encoder) conditions(r intent.Route, in include) ([]contour.MatchCondition, error) {
	var out []contour.MatchCondition
	for _, c := range r.Match.Headers {
		h, err := headerCondition(c)
		if err != nil {
			return nil, err
		}
		out = append(out, contour.MatchCondition{Header: h})
	}
	for _, c := range r.Match.Cookies {
		if _, ok := CookieValue(c); !ok || c.Op != intent.Is && c.Op != intent.Matches || c.Value == "" {
			return nil, fmt.Errorf("no condition of HTTPProxy asks of a cookie: %s", c)
		}
		out = append(out, contour.MatchCondition{Header: &contour.HeaderMatchCondition{Name: "cookie", Regex: cookieRegex(c)}})
	}
	for _, c := range r.Match.Query {
		q, err := queryCondition(c)
		if err != nil {
			return nil, err
		}
		out = append(out, contour.MatchCondition{QueryParameter: q})
	}
	path, err := e.path(r, in)
	return append(out, path...), err
}

// path says a path below an include.
func (e encoder) path(r intent.Route, in include) ([]contour.MatchCondition, error) {
	p := r.Match.Path
	if p.Kind == intent.RegexPath {
		re, err := foldRegex(p)
		return []contour.MatchCondition{{Regex: re}}, err
	}
	rest, ok := below(p.Value, in.prefix)
	if !ok {
		return nil, fmt.Errorf("it does not lie below the prefix %s that was given to the team", in.prefix)
	}
	var out []contour.MatchCondition
	exact := p.Kind == intent.ExactPath
	swaps := r.Forward != nil && r.Forward.Rewrite != nil // needs a prefix condition
	switch {
	case p == in.confined && (!exact || swaps):
	case exact && swaps:
		out = append(out, pathRegex(exactRegex(p.Value)))
	case exact && rest == "" && in.prefix != "":
		return []contour.MatchCondition{{Regex: wholePrefix(in.prefix)}}, nil
	case exact:
		return []contour.MatchCondition{{Exact: rest}}, nil
	case p.Kind == intent.SegmentPrefix && p.Value != "/":
		out = append(out, pathRegex(segmentRegex(p.Value)))
	}
	if rest != "" && (rest != "/" || in.prefix != "/" || p.Value != "/") {
		out = append(out, contour.MatchCondition{Prefix: rest})
	}
	return out, nil
}

// below is what Contour must append to an include's prefix to get the path.
func below(path, prefix string) (string, bool) {
	switch {
	case prefix == "" || prefix == "/":
		return path, true
	case strings.HasSuffix(prefix, "/"):
		rest, ok := strings.CutPrefix(path, prefix)
		if rest != "" {
			rest = "/" + rest
		}
		return rest, ok
	}
	rest, ok := strings.CutPrefix(path, prefix)
	return rest, ok && (rest == "" || rest[0] == '/')
}

func trimSlash(s string) string { return strings.TrimRight(s, "/") }

// headerCondition writes the operators that HTTPProxy has for headers.
func headerCondition(c intent.Cond) (*contour.HeaderMatchCondition, error) {
	h := &contour.HeaderMatchCondition{Name: c.Name, IgnoreCase: c.Fold, TreatMissingAsEmpty: c.MissingEmpty}
	switch c.Op {
	case intent.Present:
		h.Present = true
	case intent.Absent:
		h.NotPresent = true
	case intent.Is:
		h.Exact = c.Value
	case intent.IsNot:
		h.NotExact = c.Value
	case intent.Contains:
		h.Contains = c.Value
	case intent.NotHas:
		h.NotContains = c.Value
	case intent.Matches:
		h.Regex = c.Value
	default:
		return nil, fmt.Errorf("no header condition of HTTPProxy says %s", c)
	}
	return h, nil
}

// Confinements are the regexes of a condition on :path that confine an include to a claim: any
// one of them is enough. None confines to the prefix "/", or to a regex by itself (see
// ConfinementOfAll).
func Confinements(c ownership.Claim) []string {
	switch {
	case c.Kind == ownership.Exact:
		return []string{exactRegex(c.Path)}
	case c.Kind == ownership.StringPrefix:
		return []string{stringRegex(c.Path)}
	case c.Kind == ownership.Prefix && c.Path != "/":
		return []string{segmentRegex(c.Path)}
	}
	return nil
}

// ConfinementOfAll is the regex of a condition on :path that confines an include to any of
// some patterns of the input; none if one is not in RE2 syntax, and has no include.
func ConfinementOfAll(patterns []string) []string {
	union, err := unionRegex(patterns)
	if err != nil {
		return nil
	}
	return []string{union}
}
