package httpproxy

import (
	"cmp"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// compareRoutes is Contour's order of routes: exact paths by text descending, then regexes
// and then prefixes, each the longest first and then by text descending; of equal prefixes
// the segment prefix first, whatever conditions the other one has; then methods, the number
// of header and query conditions, and these one by one. Where Contour's own comparison is no
// order (equal paths with several headers), the first condition that differs decides.
func compareRoutes(a, b *flat) int {
	if c := cmp.Or(
		cmp.Compare(pathRank(a.path), pathRank(b.path)),
		cmp.Compare(lengthRank(b.path), lengthRank(a.path)),
		strings.Compare(b.path.Value, a.path.Value),
		cmp.Compare(b.path.Kind, a.path.Kind), // SegmentPrefix before StringPrefix
	); c != 0 {
		return c
	}
	methodA, headersA := methods(a.headers)
	methodB, headersB := methods(b.headers)
	return cmp.Or(
		cmp.Compare(methodB, methodA),
		cmp.Compare(len(headersB), len(headersA)),
		cmp.Compare(len(b.queries), len(a.queries)),
		compareAll(headersA, headersB, compareHeaders),
		compareAll(a.queries, b.queries, compareQueries),
	)
}

func pathRank(p intent.Path) int {
	switch p.Kind {
	case intent.ExactPath:
		return 0
	case intent.RegexPath:
		return 1
	}
	return 2
}

// lengthRank is the length of a path that is ordered by it; exact paths are not, since of
// two different ones never both match.
func lengthRank(p intent.Path) int {
	if p.Kind == intent.ExactPath {
		return 0
	}
	return len(p.Value)
}

// methods counts the conditions on :method and returns the others.
func methods(hs []contour.HeaderMatchCondition) (int, []contour.HeaderMatchCondition) {
	for i, h := range hs {
		if h.Name == ":method" {
			return 1, append(append([]contour.HeaderMatchCondition{}, hs[:i]...), hs[i+1:]...)
		}
	}
	return 0, hs
}

// compareAll compares pairs, as far as both lists go.
func compareAll[T any](as, bs []T, compare func(a, b T) int) int {
	for i := range min(len(as), len(bs)) {
		if c := compare(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return 0
}

// compareHeaders orders by name, kind (exact, regex, contains, present) and value, the
// inverted one last.
func compareHeaders(a, b contour.HeaderMatchCondition) int {
	kindA, valueA, invertA := headerKind(a)
	kindB, valueB, invertB := headerKind(b)
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(kindA, kindB),
		strings.Compare(valueA, valueB), cmp.Compare(invertA, invertB))
}

func headerKind(h contour.HeaderMatchCondition) (kind int, value string, invert int) {
	switch {
	case h.Exact != "":
		return 0, h.Exact, 0
	case h.NotExact != "":
		return 0, h.NotExact, 1
	case h.Regex != "":
		return 1, h.Regex, 0
	case h.Contains != "":
		return 2, h.Contains, 0
	case h.NotContains != "":
		return 2, h.NotContains, 1
	case h.NotPresent:
		return 3, "", 1
	}
	return 3, "", 0
}

func compareQueries(a, b contour.QueryParameterMatchCondition) int {
	kindA, valueA := queryKind(a)
	kindB, valueB := queryKind(b)
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(kindA, kindB), strings.Compare(valueA, valueB))
}

func queryKind(q contour.QueryParameterMatchCondition) (int, string) {
	for i, v := range []string{q.Exact, q.Regex, q.Prefix, q.Suffix, q.Contains} {
		if v != "" {
			return i, v
		}
	}
	return 5, ""
}
