package httpproxy

import (
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// merge joins the conditions of a chain: paths are concatenated with slashes merged, any
// regex makes the whole a regex with the prefixes quoted, else the last condition decides
// between exact and prefix; header and query conditions are all kept.
func (d *decoder) merge(conditions []contour.MatchCondition) (*flat, string) {
	f := &flat{}
	isRegex := slices.ContainsFunc(conditions, func(c contour.MatchCondition) bool { return c.Regex != "" })
	var path strings.Builder
	for _, c := range conditions {
		switch {
		case c.Prefix != "" && isRegex:
			path.WriteString(regexp.QuoteMeta(strings.TrimRight(c.Prefix, "/")))
		case c.Prefix != "":
			path.WriteString(c.Prefix)
		case c.Exact != "":
			path.WriteString(c.Exact)
		case c.Regex != "" && path.Len() > 0:
			path.WriteString("(?:" + c.Regex + ")")
		case c.Regex != "":
			path.WriteString(c.Regex)
		}
		if c.Header != nil {
			f.headers = append(f.headers, *c.Header)
		}
		if c.QueryParameter != nil {
			f.queries = append(f.queries, *c.QueryParameter)
		}
	}
	slices.SortStableFunc(f.headers, compareHeaders)
	slices.SortStableFunc(f.queries, compareQueries)
	f.path = intent.Path{Kind: intent.StringPrefix, Value: mergeSlashes(path.String())}
	switch {
	case f.path.Value == "":
		f.path.Value = "/"
	case isRegex:
		f.path.Kind = intent.RegexPath
		if err := validRegex(f.path.Value); err != nil {
			return f, "the merged regex is not valid: " + err.Error()
		}
	case conditions[len(conditions)-1].Exact != "":
		f.path.Kind = intent.ExactPath
	}
	return f, cmp.Or(d.badHeaders(f.headers), badQueries(f.queries))
}

// validRegex says why a text is no RE2 pattern. The forms that Encode writes are known to be.
func validRegex(re string) error {
	if re == "" {
		return nil
	}
	if _, ok := ReadPathRegex(re); ok || plainFold(re) {
		return nil
	}
	_, err := syntax.Parse(re, syntax.Perl)
	return err
}

// validRegex is validRegex, once for each text: what stands on an include comes again with
// every route below it.
func (d *decoder) validRegex(re string) error {
	err, known := d.regexes[re]
	if !known {
		err = validRegex(re)
		d.regexes[re] = err
	}
	return err
}

// mergeSlashes makes one slash of several.
func mergeSlashes(s string) string {
	for strings.Contains(s, "//") {
		s = strings.ReplaceAll(s, "//", "/")
	}
	return s
}

// badPath is why the path conditions of one block are refused.
func badPath(conditions []contour.MatchCondition) string {
	n := 0
	for _, c := range conditions {
		for _, p := range []string{c.Prefix, c.Exact, c.Regex} {
			if p == "" {
				continue
			}
			if n++; p[0] != '/' {
				return "path conditions must start with /, not " + p
			}
		}
		if err := validRegex(c.Regex); err != nil {
			return "the regex is not valid: " + err.Error()
		}
	}
	if n > 1 {
		return "more than one path condition"
	}
	return ""
}

func badInclude(conditions []contour.MatchCondition) string {
	for _, c := range conditions {
		if c.Exact != "" || c.Regex != "" {
			return "exact and regex conditions are not allowed on includes"
		}
	}
	return badPath(conditions)
}

// badHeaders is why the header conditions of a chain contradict each other.
func (d *decoder) badHeaders(hs []contour.HeaderMatchCondition) string {
	if len(hs) == 0 {
		return ""
	}
	for i, h := range hs {
		n := strings.ToLower(h.Name)
		before := func(is func(contour.HeaderMatchCondition) bool) bool {
			return slices.ContainsFunc(hs[:i], func(o contour.HeaderMatchCondition) bool { return is(o) && strings.ToLower(o.Name) == n })
		}
		if h.Exact != "" && before(func(o contour.HeaderMatchCondition) bool { return o.Exact != "" }) {
			return fmt.Sprintf("two exact conditions on the header %s", n)
		}
		if slices.ContainsFunc(hs, func(o contour.HeaderMatchCondition) bool { return strings.EqualFold(o.Name, n) && contradict(h, o) }) {
			return fmt.Sprintf("two conditions on the header %s contradict each other", n)
		}
		present := h.Present || before(func(o contour.HeaderMatchCondition) bool { return o.Present })
		absent := h.NotPresent || before(func(o contour.HeaderMatchCondition) bool { return o.NotPresent })
		if present && absent {
			return fmt.Sprintf("present and notpresent conditions on the header %s", n)
		}
		if err := d.validRegex(h.Regex); err != nil {
			return fmt.Sprintf("the regex on the header %s is not valid: %v", n, err)
		}
	}
	return ""
}

// contradict says whether one condition asks for what the other one refuses.
func contradict(h, o contour.HeaderMatchCondition) bool {
	return h.Exact != "" && h.Exact == o.NotExact || h.Contains != "" && h.Contains == o.NotContains
}

// badQueries is why the query conditions of a chain are refused.
func badQueries(qs []contour.QueryParameterMatchCondition) string {
	if len(qs) == 0 {
		return ""
	}
	exact := map[string]bool{}
	for _, q := range qs {
		n := strings.ToLower(q.Name)
		kinds := 0
		for _, v := range []string{q.Exact, q.Prefix, q.Suffix, q.Contains, q.Regex} {
			if v != "" {
				kinds++
			}
		}
		switch {
		case kinds == 0 && !q.Present || kinds > 1 || kinds == 1 && q.Present:
			return fmt.Sprintf("the condition on the query argument %s must have exactly one operator", n)
		case q.Exact != "" && exact[n]:
			return fmt.Sprintf("two exact conditions on the query argument %s", n)
		case validRegex(q.Regex) != nil:
			return fmt.Sprintf("the regex on the query argument %s is not valid", n)
		}
		exact[n] = exact[n] || q.Exact != ""
	}
	return ""
}

// everything says whether merged conditions let every request through.
func (f *flat) everything() bool { return f.path.Value == "/" && len(f.headers)+len(f.queries) == 0 }

// sameConditions says whether the merged conditions of two includes or routes are the same.
func (f *flat) sameConditions(o *flat) bool {
	return f.path == o.path && slices.Equal(f.headers, o.headers) && slices.Equal(f.queries, o.queries)
}

// lastOfEqual keeps the last one of routes with the same conditions, which overwrites the
// others in Contour's table; lost, unless it is nil, is told of each that goes.
func lastOfEqual(routes []*flat, lost func(f, to *flat)) []*flat {
	byPath := map[intent.Path][]*flat{}
	var out []*flat
	for _, f := range slices.Backward(routes) {
		equals := byPath[f.path]
		i := slices.IndexFunc(equals, f.sameConditions)
		if i < 0 {
			byPath[f.path] = append(equals, f)
			out = append(out, f)
		} else if lost != nil {
			lost(f, equals[i])
		}
	}
	slices.Reverse(out)
	return out
}

// expand adds the route for the other form of the slash to a lone prefix replacement, as
// Contour does on every level of a chain: "/foo" and "/foo/" are rewritten alike.
func expand(routes []*flat) []*flat {
	groups := map[string]int{}
	group := func(f *flat) string {
		if f.path.Value == "/" {
			return "/"
		}
		return trimSlash(f.path.Value)
	}
	for _, f := range routes {
		if f.path.Kind == intent.StringPrefix {
			groups[group(f)]++
		}
	}
	out := routes
	for _, f := range routes {
		if f.path.Kind != intent.StringPrefix || f.rewrite == "" || f.path.Value == "/" || groups[group(f)] != 1 {
			continue
		}
		slashed := *f
		bare := trimSlash(f.rewrite)
		f.path.Value, f.rewrite = group(f), bare
		slashed.path.Value, slashed.rewrite = group(f)+"/", bare+"/"
		if f.rewrite == "" {
			f.rewrite = "/"
		}
		out = append(out, &slashed)
	}
	return out
}

func routeKey(i int) string { return fmt.Sprintf("spec.routes[%d]", i) }
