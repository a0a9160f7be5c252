package httpproxy

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// emit puts a lowered route into an object: the team's, or the fanout for what the site
// keeps, or the root.
func (l *lowering) emit(o owned, r intent.Route) {
	if o.Match.Path.Kind == intent.RegexPath && prefixed(r) {
		l.early = append(l.early, r.Match.Path)
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
func (l *lowering) put(o owned, r intent.Route, blocked bool) {
	placed := delegation.Placed{Index: o.Index, Route: r}
	if o.first {
		placed.Index = -1
	}
	spot := func(namespace, name string) {
		if s := objectName(namespace, name); !slices.Contains(l.where[o.Index], s) {
			l.where[o.Index] = append(l.where[o.Index], s)
		}
	}
	l.reached[o.Index] = true
	switch {
	case o.inRoot || l.fanout == nil:
		l.root = append(l.root, placed)
	case blocked || o.team == nil:
		l.fanout.Routes = append(l.fanout.Routes, placed)
		spot(l.fanout.Namespace, l.fanout.Name)
	default:
		t := l.teams[o.team]
		t.Routes = append(t.Routes, placed)
		spot(l.fanout.Namespace, l.fanout.Name)
		spot(t.Namespace, t.Name)
	}
}
