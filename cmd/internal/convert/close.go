package convert

import (
	"cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// closeHost gives every understood entry that a host stands on its outcome there, and the
// objects that carry it.
func (res *Result) closeHost(host *Host, low httpproxy.Lowered, root *delegation.Root) {
	l := res.Set.Ledger
	h := &res.Model.Hosts[res.indexOf(host.Name)]
	var at httpproxy.Spot
	overall := ledger.RouteResult{Host: h.Name, Route: "host", Outcome: ledger.Exact}
	switch {
	case host.Withheld != "":
		overall.Outcome, overall.Reason = withheldOutcome(host), host.Withheld
	case root != nil:
		at = httpproxy.Spot{"HTTPProxy " + root.Namespace + "/" + root.Name}
	}
	hostEdit, routeEdits := sortEdits(host.Edits, len(h.Routes))
	for _, o := range h.Origins {
		l.Close(o, at, overall)
	}
	if h.TLS != nil {
		result := overall
		if hostEdit != nil && result.Outcome < hostEdit.Outcome {
			result.Outcome, result.Reason = hostEdit.Outcome, hostEdit.Reason
		}
		for _, o := range h.TLS.Origins {
			l.Close(o, at, result)
		}
	}
	reached := low.Reached[h.Name]
	for j, route := range h.Routes {
		if j >= len(reached) || reached[j] || host.Withheld != "" {
			closeRoute(l, route, overall, routeEdits[j], spots(low, h.Name, j, host))
		}
	}
	for j, route := range h.Routes { // what stands on nothing else
		if j < len(reached) && !reached[j] && host.Withheld == "" {
			never := overall
			never.Reason = "never reached: an earlier path of the host answers all its requests"
			if httpproxy.NeverClean(route.Match.Path) {
				never.Reason = "never reached: the controller makes one slash of several before it compares paths"
			}
			closeRoute(l, route, never, routeEdits[j], nil)
		}
	}
}

// closeRoute closes the entries that one route stands on.
func closeRoute(l *ledger.Ledger, route intent.Route, result ledger.RouteResult, edits []intent.Edit, spots httpproxy.Spot) {
	result.Route = route.Match.Path.String()
	whole := result
	for _, e := range edits {
		if len(e.Origins) == 0 && e.Outcome > whole.Outcome {
			whole.Outcome, whole.Reason = e.Outcome, e.Reason
		}
		for _, o := range e.Origins {
			one := result
			one.Outcome, one.Reason = max(e.Outcome, result.Outcome), cmp.Or(e.Reason, result.Reason)
			l.Close(o, nil, one)
		}
	}
	for _, o := range route.Origins {
		l.Close(o, spots, whole)
	}
}

// sortEdits parts the edits of a host by route; of those on the host itself the one that
// counts is its certificate's.
func sortEdits(edits []intent.Edit, routes int) (*intent.Edit, [][]intent.Edit) {
	var host *intent.Edit
	byRoute := make([][]intent.Edit, routes)
	for i, e := range edits {
		if e.Route < 0 && e.Dimension != intent.TrustPart {
			host = &edits[i]
		} else if e.Route >= 0 && e.Route < routes {
			byRoute[e.Route] = append(byRoute[e.Route], e)
		}
	}
	return host, byRoute
}

func withheldOutcome(h *Host) ledger.Outcome {
	if h.Unsaid {
		return ledger.Untranslated
	}
	return ledger.Blocked
}

func spots(low httpproxy.Lowered, host string, route int, h *Host) httpproxy.Spot {
	if all := low.Where[host]; h.Withheld == "" && route < len(all) {
		return all[route]
	}
	return nil
}
