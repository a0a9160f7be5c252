package httpproxy

import (
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// unmix blocks what a team has on an exact path of which another route is blocked. Below an
// include the path becomes a regex, and Contour asks the exact path in the fanout first,
// whatever conditions on headers the team's route has.
func (l *lowering) unmix() {
	if l.fanout == nil {
		return
	}
	e := encoder{opts: l.opts}
	for _, t := range l.fanout.Teams {
		if len(t.Routes) == 0 {
			continue
		}
		if !slices.ContainsFunc(t.Routes, l.hidden) {
			continue
		}
		in, _, _ := e.includeOf(t)
		t.Routes = slices.DeleteFunc(t.Routes, func(p delegation.Placed) bool {
			if !l.hidden(p) {
				return false
			}
			own, _ := e.path(p.Route, in) // what cannot be written is told by Encode
			if !slices.ContainsFunc(own, func(c contour.MatchCondition) bool { return c.Regex != "" }) {
				return false
			}
			l.joinFanout(p)
			return true
		})
	}
}

// hidden says whether the fanout has a route on the exact path of another one.
func (l *lowering) hidden(p delegation.Placed) bool {
	return p.Match.Path.Kind == intent.ExactPath && l.inFanout(p.Match.Path)
}

func (l *lowering) inFanout(path intent.Path) bool {
	return slices.ContainsFunc(l.fanout.Routes, func(p delegation.Placed) bool { return p.Match.Path == path })
}

// joinFanout blocks a team's route.
func (l *lowering) joinFanout(p delegation.Placed) {
	why := "another route of this path is blocked, and Contour would ask that one first"
	l.edits = append(l.edits, intent.Edit{
		Route: p.Index, Match: p.Match.Path.String(), Dimension: intent.WholeAnswer, Guard: intent.Always,
		Outcome: ledger.Blocked, To: "503", Reason: why,
	})
	r := p.Route
	r.Forward, r.Redirect, r.Policies = nil, nil, nil
	r.Respond = &intent.Respond{Status: 503, Blocked: why}
	l.fanout.Routes = append(l.fanout.Routes, delegation.Placed{Index: p.Index, Route: r})
	l.where[p.Index] = Spot{objectName(l.fanout.Namespace, l.fanout.Name)}
}
