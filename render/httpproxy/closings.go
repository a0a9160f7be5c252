package httpproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// closing is a 503 beside a guarded route, on spellings of paths that nginx takes there.
type closing struct {
	*owned
	path  intent.Path
	start string // what all its paths begin with
	why   string
	regex string // the path as it is written
}

// closeFirst answers closings before all other routes: no other route is asked for what they
// match, but patterns that see through anything. Contour asks the longest pattern first, so
// that a closing gets groups around it until it is longer than those.
func (l *lowering) closeFirst(closings []closing) {
	for i := range closings {
		c := &closings[i]
		longest, err := l.longest(*c), error(nil)
		for c.regex == "" || len(c.regex) <= longest {
			if c.regex != "" {
				c.path.Value = "^/(?:" + strings.TrimPrefix(c.path.Value, "^/") + ")"
			}
			if c.regex, err = foldRegex(c.path); err != nil {
				l.fail(c.owned, err.Error())
				return
			}
		}
	}
	slices.SortStableFunc(closings, func(a, b closing) int {
		return cmp.Or(cmp.Compare(len(b.regex), len(a.regex)), strings.Compare(b.regex, a.regex))
	})
	for _, c := range closings {
		o := *c.owned
		o.first = true
		l.closePath(&o, c.path, c.why)
	}
}

// longest is how long the regex conditions are, at the most, that may match what a closing does
// and answer something else. Below an include Contour puts a group around them.
func (l *lowering) longest(c closing) int {
	n := 0
	l.anyRoute(func(p delegation.Placed) bool {
		alike := p.Respond != nil && p.Respond.Status == 503 && (p.HTTPS == nil) == (c.HTTPS == nil)
		if q := p.Match.Path; q.Kind == intent.RegexPath && !alike && nested(strings.ToLower(literalStart(q.Value)), strings.ToLower(c.start)) {
			re, _ := foldRegex(q) // what cannot be written is told by Encode
			n = max(n, len(re)+len("(?:)"))
		}
		return false
	})
	return n
}

// closePath answers 503 to the requests of a guarded route on another path.
func (l *lowering) closePath(o *owned, p intent.Path, why string) {
	r := o.Route
	r.Forward, r.Redirect, r.Policies, r.Opaque, r.Asked, r.Response = nil, nil, nil, nil, nil, nil
	r.Respond = &intent.Respond{Status: 503, Blocked: why}
	if r.HTTPS = l.https(r.HTTPS); r.HTTPS != nil && r.HTTPS.Status != 301 {
		r.HTTPS = nil // not worth a route of its own
	}
	r.Match.Path = p
	l.emit(o, r)
}

// taken says whether a forwarding route that lets more in takes paths that begin so.
func (l *lowering) taken(o *owned, start string) bool {
	return l.anyRoute(func(p delegation.Placed) bool {
		q := p.Match.Path
		if q.Value, start = cased(q.Value, o), cased(start, o); q.Kind == intent.RegexPath {
			return weaker(p, o) && nested(literalStart(q.Value), start)
		}
		return weaker(p, o) && covers(q, intent.Path{Kind: intent.ExactPath, Value: start})
	})
}

// near says whether such a route takes some paths that begin so.
func (l *lowering) near(o *owned, start string) bool {
	return l.anyRoute(func(p delegation.Placed) bool {
		q := p.Match.Path.Value
		if p.Match.Path.Kind == intent.RegexPath {
			q = literalStart(q)
		}
		return weaker(p, o) && p.Match.Path.Kind != intent.ExactPath && nested(cased(q, o), cased(start, o))
	})
}

// cased is a text in lower case where a route is asked for in any.
func cased(text string, o *owned) string {
	if o.Match.Path.Fold {
		return strings.ToLower(text)
	}
	return text
}

// anyRoute says whether a lowered route of any object is such.
func (l *lowering) anyRoute(such func(delegation.Placed) bool) bool {
	return slices.ContainsFunc(l.root, such) || l.fanout != nil && (slices.ContainsFunc(l.fanout.Routes, such) ||
		slices.ContainsFunc(l.fanout.Teams, func(t *delegation.Team) bool { return slices.ContainsFunc(t.Routes, such) }))
}
