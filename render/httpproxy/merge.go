package httpproxy

import (
	"fmt"
	"reflect"
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
func merge(conditions []contour.MatchCondition) (*flat, string) {
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
	return f, badHeaders(f.headers)
}

// validRegex says why a text is no RE2 pattern. The forms that Encode writes are known to be.
func validRegex(re string) error {
	if re == "" {
		return nil
	}
	if _, ok := readPathRegex(re); ok {
		return nil
	}
	_, err := syntax.Parse(re, syntax.Perl)
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
func badHeaders(hs []contour.HeaderMatchCondition) string {
	if len(hs) == 0 {
		return ""
	}
	exact, present := map[string]bool{}, map[string][2]bool{}
	for _, h := range hs {
		n := strings.ToLower(h.Name)
		if h.Exact != "" {
			if exact[n] {
				return fmt.Sprintf("two exact conditions on the header %s", n)
			}
			exact[n] = true
		}
		p := present[n]
		present[n] = [2]bool{p[0] || h.Present, p[1] || h.NotPresent}
		if present[n] == [2]bool{true, true} {
			return fmt.Sprintf("present and notpresent conditions on the header %s", n)
		}
		if err := validRegex(h.Regex); err != nil {
			return fmt.Sprintf("the regex on the header %s is not valid: %v", n, err)
		}
	}
	return ""
}

// sameConditions says whether two includes have the same conditions in any order.
func sameConditions(a, b []contour.MatchCondition) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x contour.MatchCondition) bool {
		return !slices.ContainsFunc(b, func(y contour.MatchCondition) bool { return reflect.DeepEqual(x, y) })
	})
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
