package lint

import (
	"regexp"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/automaton"
)

var slashes = regexp.MustCompile(`//+`)

// limit bounds the work on one route; past it the reference's word stands.
var limit = automaton.Work{States: 20_000, Steps: 5_000_000}

// crossings are the routes of teams that really take requests of a path that was given to
// another, at one of the places of their objects, each with the shortest path that shows it;
// without one where that cannot be followed. Of an object that nothing includes yet the
// reference's word stands.
func (l *linting) crossings() {
	for _, o := range l.objects {
		if o.proxy() == nil || o.Namespace == l.borders.Root || o.Namespace == l.borders.Fanout {
			continue
		}
		found := map[string]bool{}
		for _, at := range l.places[o.id()] {
			for _, x := range at.crossings(o.proxy()) {
				if found[x.What] {
					continue
				}
				if so, path := at.meets(x); so {
					found[x.What] = true
					l.add(o, guard.Offence{Rule: "carve-out", Object: "HTTPProxy " + o.id(), What: x.What}, path)
				}
			}
		}
	}
}

// crossings are those of an object's routes that may take what is given to others than the
// objects on the way to it.
func (at place) crossings(p *contour.HTTPProxy) []guard.Crossing {
	var out []guard.Crossing
	for i, m := range at.mounts {
		for _, g := range m.Given {
			if slices.ContainsFunc(at.mounts[i:], func(own *guard.Mount) bool { return g.To == own.Namespace+"/"+own.Name }) {
				continue
			}
			for _, r := range p.Spec.Routes {
				if x, may := g.Crosses(r, at.conditions); may {
					out = append(out, x)
				}
			}
		}
	}
	return out
}

// meets looks for a path that comes to the route at a place, and is the other's.
func (at place) meets(x guard.Crossing) (bool, string) {
	conditions := slices.Concat(at.conditions, x.Route.Conditions)
	for _, form := range forms(conditions, x.Route) {
		all := []intent.Path{form, x.Given.Condition()}
		for _, c := range conditions {
			if path, known := at.confines(c); known {
				all = append(all, path)
			}
		}
		if so, path := common(automaton.New(automaton.Paths(), false), all, nil); so {
			return true, path
		}
	}
	return false, ""
}

// confines is a condition on :path as one on the path alone, if that is all that it is: one of
// those that Encode writes, which let any query follow.
func (at place) confines(c contour.MatchCondition) (intent.Path, bool) {
	re := guard.PathRegex(c)
	if path, known := httpproxy.ReadPathRegex(re); known {
		return path, true
	}
	ours := slices.ContainsFunc(at.mounts, func(m *guard.Mount) bool { return slices.Contains(m.Paths, re) })
	return intent.Path{Kind: intent.RegexPath, Value: "^(?:" + re + ")$"}, ours
}

// forms are the paths under which Contour serves a route: where a prefix is replaced, with a
// slash at the end and without.
func forms(conditions []contour.MatchCondition, r contour.Route) []intent.Path {
	path := merged(conditions)
	if path.Kind != intent.StringPrefix || path.Value == "/" || r.PathRewritePolicy == nil || len(r.PathRewritePolicy.ReplacePrefix) == 0 {
		return []intent.Path{path}
	}
	bare := strings.TrimSuffix(path.Value, "/")
	return []intent.Path{{Kind: path.Kind, Value: bare}, {Kind: path.Kind, Value: bare + "/"}}
}

// common looks for the shortest path for which all conditions hold, and another one does not.
// Where that cannot be followed there may be one.
func common(a *automaton.Automaton, all []intent.Path, but *intent.Path) (bool, string) {
	var numbers []int
	for _, c := range all {
		n, err := a.Add(c, automaton.Raw)
		if err != nil {
			return true, ""
		}
		numbers = append(numbers, n)
	}
	not := -1
	if but != nil {
		var err error
		if not, err = a.Add(*but, automaton.Raw); err != nil {
			return true, ""
		}
	}
	found := ""
	_, done := a.Explore(limit, func(e automaton.End) {
		if found != "" || not >= 0 && e.Holds.Has(not) {
			return
		}
		for _, n := range numbers {
			if !e.Holds.Has(n) {
				return
			}
		}
		found = e.Text
	})
	return found != "" || !done, found
}

// merged is the path of a route with those of its includes, as Contour 1.33.8 merges conditions: texts
// one behind the other, a regex in parentheses behind the quoted rest; the last one decides
// between a prefix and an exact path.
func merged(conditions []contour.MatchCondition) intent.Path {
	text, quoted, kind := "", "", intent.StringPrefix
	for _, c := range conditions {
		switch {
		case c.Prefix != "":
			text, quoted = text+c.Prefix, quoted+regexp.QuoteMeta(c.Prefix)
		case c.Exact != "":
			text, quoted = text+c.Exact, quoted+regexp.QuoteMeta(c.Exact)
			if kind != intent.RegexPath {
				kind = intent.ExactPath
			}
		case c.Regex != "":
			quoted, kind = strings.TrimRight(quoted, "/")+"(?:"+c.Regex+")", intent.RegexPath
		}
	}
	text, quoted = slashes.ReplaceAllString(text, "/"), slashes.ReplaceAllString(quoted, "/") // in regexes, too
	if kind == intent.RegexPath {
		return intent.Path{Kind: kind, Value: "^(?:" + quoted + ")$"}
	}
	if text == "" {
		text = "/"
	}
	return intent.Path{Kind: kind, Value: text}
}

// escapes says whether a regex of a route leaves the prefix of one of its object's places where
// the two are joined as they are (Contour up to 1.33.6), with the shortest path that shows it.
func escapes(places []place, regex string) (bool, string) {
	for _, at := range places {
		prefix := ""
		for _, c := range at.conditions {
			prefix += c.Prefix
		}
		prefix = strings.TrimRight(prefix, "/")
		if prefix == "" {
			continue // there is nothing to leave
		}
		raw := intent.Path{Kind: intent.RegexPath, Value: "^(?:" + regexp.QuoteMeta(prefix) + regex + ")$"}
		if so, path := common(automaton.New(automaton.Paths(), false), []intent.Path{raw}, &intent.Path{Kind: intent.StringPrefix, Value: prefix}); so {
			return true, path
		}
	}
	return len(places) == 0, ""
}
