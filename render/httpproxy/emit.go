package httpproxy

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// emit puts a lowered route into an object: the team's, or the fanout for what the site
// keeps, or the root.
func (l *lowering) emit(o *owned, r intent.Route) {
	if o.Match.Path.Kind == intent.RegexPath && prefixed(r) {
		l.early = append(l.early, prefix{r.Match.Path, o.Index})
	}
	blocked := r.Respond != nil && r.Respond.Blocked != ""
	if r.HTTPS != nil && r.HTTPS.Status != 301 {
		l.put(o, upgrade(r), blocked)
		r.HTTPS = nil
	}
	l.put(o, r, blocked)
}

// upgrade is the redirect of a route to https as a route of its own.
func upgrade(r intent.Route) intent.Route {
	r.Redirect = &intent.Redirect{Status: r.HTTPS.Status, Scheme: "https", Path: "{uri}"}
	r.HTTPS, r.Forward, r.Respond, r.Policies = nil, nil, nil, nil // all others come after it
	plain := intent.Cond{Name: schemeHeader, Op: intent.Is, Value: "http"}
	if !slices.Contains(r.Match.Headers, plain) {
		r.Match.Headers = append(slices.Clip(r.Match.Headers), plain)
	}
	return r
}

// put files a route with the object that holds it.
func (l *lowering) put(o *owned, r intent.Route, blocked bool) {
	placed := delegation.Placed{Index: o.Index, Route: r}
	if o.first {
		placed.Index = -1
	}
	l.reached[o.Index] = true
	switch {
	case o.inRoot || l.fanout == nil:
		l.root = append(l.root, placed)
	case blocked || o.team == nil:
		l.fanout.Routes = append(l.fanout.Routes, placed)
		l.stands(o.Index, l.spot(nil))
	default:
		t := l.teams[o.team]
		t.Routes = append(t.Routes, placed)
		l.stands(o.Index, l.spot(t))
	}
}

// spot are the objects that hold the routes of a team, or with nil those of the fanout.
// Routes share it.
func (l *lowering) spot(t *delegation.Team) Spot {
	s, known := l.spots[t]
	if !known {
		s = Spot{objectName(l.fanout.Namespace, l.fanout.Name)}
		if t != nil {
			s = append(s, objectName(t.Namespace, t.Name))
		}
		l.spots[t] = s
	}
	return s
}

// stands notes where a route, or a piece of it, has gone.
func (l *lowering) stands(index int, s Spot) {
	if l.where[index] == nil {
		l.where[index] = s
		return
	}
	for _, object := range s {
		if !slices.Contains(l.where[index], object) {
			l.where[index] = append(slices.Clip(l.where[index]), object)
		}
	}
}

// spotsBelow are the objects of all routes with those of a root; routes that stand in the
// same objects share them.
func (l *lowering) spotsBelow(root string) []Spot {
	type id struct {
		first *string
		len   int
	}
	joined, all := map[id]Spot{}, make([]Spot, len(l.where))
	for i, s := range l.where {
		at := id{len: len(s)}
		if len(s) > 0 {
			at.first = &s[0]
		}
		if joined[at] == nil {
			joined[at] = slices.Concat(Spot{root}, s)
			slices.Sort(joined[at])
		}
		all[i] = joined[at]
	}
	return all
}
