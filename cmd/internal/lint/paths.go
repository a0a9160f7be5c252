package lint

import (
	"regexp"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

var slashes = regexp.MustCompile(`//+`)

// limit bounds the work on one route; past it the reference's word stands.
var limit = automaton.Work{States: 20_000, Steps: 5_000_000}

// crosses says whether a route with that offence really takes requests of the path that was
// given to another, below one of the object's includes, with the shortest path that shows it.
// It is so, without a path, where that cannot be followed, and where nothing includes the
// object yet.
func (l *linting) crosses(p *contour.HTTPProxy, what string) (bool, string) {
	above := l.includesOf(p)
	for _, x := range l.borders.Crossings(p) {
		if x.What != what {
			continue
		}
		if len(above) == 0 {
			return true, ""
		}
		for _, conditions := range above {
			if so, path := meets(conditions, x); so {
				return true, path
			}
		}
	}
	return false, ""
}

// includesOf are the conditions of the includes of an object by others of the input.
func (l *linting) includesOf(p *contour.HTTPProxy) [][]contour.MatchCondition {
	var out [][]contour.MatchCondition
	for _, o := range l.objects {
		if o.proxy() == nil {
			continue
		}
		for _, in := range guard.Includes(o.proxy()) {
			if in.Namespace == p.Namespace && in.Name == p.Name && !in.TCP {
				out = append(out, in.Conditions)
			}
		}
	}
	return out
}

// meets looks for a path that comes to the route below an include, and is the other's.
func meets(include []contour.MatchCondition, x guard.Crossing) (bool, string) {
	a := automaton.New(automaton.Paths(), false)
	all := []intent.Path{merged(include, x.Route.Conditions), pathOf(x.Given)}
	for _, c := range append(include[:len(include):len(include)], x.Route.Conditions...) {
		if path, known := httpproxy.ReadPathRegex(guard.PathRegex(c)); known {
			all = append(all, path)
		}
	}
	return common(a, all, nil)
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

func pathOf(g guard.Given) intent.Path {
	kinds := map[ownership.ClaimKind]intent.PathKind{ownership.Prefix: intent.SegmentPrefix, ownership.StringPrefix: intent.StringPrefix, ownership.Exact: intent.ExactPath}
	return intent.Path{Kind: kinds[g.Kind], Value: g.Path}
}

// merged is the path of a route below an include, as Contour 1.33.8 merges conditions: texts
// one behind the other, a regex in parentheses behind the quoted rest; the last one decides
// between a prefix and an exact path.
func merged(include, route []contour.MatchCondition) intent.Path {
	text, quoted, kind := "", "", intent.StringPrefix
	for _, c := range append(include[:len(include):len(include)], route...) {
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

// escapes says whether a regex of a route leaves the prefix of one of the object's includes
// where the two are joined as they are (Contour up to 1.33.6), with the shortest path that
// shows it.
func (l *linting) escapes(p *contour.HTTPProxy, regex string) (bool, string) {
	above := l.includesOf(p)
	for _, conditions := range above {
		prefix := ""
		for _, c := range conditions {
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
	return len(above) == 0, ""
}
