package convert

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// closeLedger gives every understood entry its outcome on every route and host that stands
// on it, and the objects that carry it.
func (res *Result) closeLedger(r render.Result) {
	l := res.Set.Ledger
	roots := map[string]string{}
	for _, r := range r.Lowered.Forest.Roots {
		roots[r.Host] = "HTTPProxy " + r.Namespace + "/" + r.Name
	}
	for i, h := range res.Model.Hosts {
		host := &res.Hosts[i]
		root := ""
		if host.Withheld == "" {
			root = roots[h.Name]
		}
		hostEdit, routeEdits := sortEdits(host.Edits, len(h.Routes))
		overall := ledger.RouteResult{Host: h.Name, Route: "host", Outcome: ledger.Exact}
		if host.Withheld != "" {
			overall.Outcome, overall.Reason = withheldOutcome(host), host.Withheld
		}
		for _, o := range h.Origins {
			l.Close(o, root, overall)
		}
		if h.TLS != nil {
			result := overall
			if hostEdit != nil && result.Outcome < hostEdit.Outcome {
				result.Outcome, result.Reason = hostEdit.Outcome, hostEdit.Reason
			}
			for _, o := range h.TLS.Origins {
				l.Close(o, root, result)
			}
		}
		for j, route := range h.Routes {
			closeRoute(l, route, overall, routeEdits[j], spots(r.Lowered, h.Name, j, host))
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
			one.Outcome, one.Reason = max(e.Outcome, result.Outcome), e.Reason
			l.Close(o, "", one)
		}
	}
	for _, o := range route.Origins {
		if len(spots) == 0 {
			l.Close(o, "", whole)
		}
		for _, s := range spots {
			l.Close(o, s, whole)
		}
	}
}

// sortEdits parts the edits of a host by route; the one on the host itself is its
// certificate's.
func sortEdits(edits []intent.Edit, routes int) (*intent.Edit, [][]intent.Edit) {
	var host *intent.Edit
	byRoute := make([][]intent.Edit, routes)
	for i, e := range edits {
		if e.Route < 0 {
			host = &edits[i]
		} else if e.Route < routes {
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
