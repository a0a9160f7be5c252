package convert

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// tell makes the findings about a host and its edits, as long as its routes are there.
func (host *Host) tell(h intent.Host, opts Options) {
	host.origin = originOf(h)
	if host.Withheld != "" {
		return
	}
	for _, e := range host.Edits {
		if e.Outcome == ledger.Exact || e.Outcome == ledger.Blocked && len(e.Origins) > 0 {
			continue // said by other means, or one of the keys for which the whole route is blocked, which has its own
		}
		if e.Outcome == ledger.Approximated && blocked(e.Route, host.Edits) {
			continue // nobody meets the difference
		}
		host.told = append(host.told, editFinding(h, e, host.Edits, opts.Target.RateLimitService.Name != ""))
	}
}

// editFinding says what an edit, one of all of the host, means for people. Where a rate limit
// service counts each client, a limit is no longer one of all together.
func editFinding(h intent.Host, e intent.Edit, all []intent.Edit, counted bool) ledger.Finding {
	f := ledger.Finding{Host: h.Name, Origin: originOf(h), Message: e.Match + ": " + together(e) + e.Reason + because(e, all)}
	if len(e.Origins) > 0 {
		f.Origin = e.Origins[0]
	} else if e.Route >= 0 && len(h.Routes[e.Route].Origins) > 0 {
		f.Origin = h.Routes[e.Route].Origins[0]
	}
	if e.Match == "" {
		f.Message = e.Reason
	}
	switch e.Outcome {
	case ledger.Blocked:
		f.Rule, f.Severity = "route-blocked", ledger.Refusal
		f.Action = "the route answers 503 until this is solved; an annotation that guards it is left out by --allow KEY@HOST=REASON"
	case ledger.Untranslated:
		f.Rule, f.Severity = "untranslated", ledger.Warning
		f.Action = "set it by hand, or decide that it may go"
	default:
		f.Rule, f.Severity = "approximated", ledger.Info
		f.Action = "check that nobody depends on the difference"
		if e.Dimension == intent.RequestLimit && !counted {
			f.Rule, f.Severity = "limit-of-all", ledger.Warning
			f.Action = "count each client with --rate-limit-service NAMESPACE/NAME, or take the annotation away if the whole site cannot live with its limit"
		}
	}
	return f
}

// blocked says whether a route is answered 503 as a whole, whoever asks.
func blocked(route int, all []intent.Edit) bool {
	return route >= 0 && slices.ContainsFunc(all, func(e intent.Edit) bool {
		return e.Route == route && e.Outcome == ledger.Blocked && e.Dimension == intent.WholeAnswer && e.Guard == intent.Always
	})
}

// together names the annotations of an edit that is about several: a finding has the place
// of one only.
func together(e intent.Edit) string {
	var keys []string
	for _, o := range e.Origins {
		if short, ours := strings.CutPrefix(o.Key, nginx.Prefix); ours && !slices.Contains(keys, short) {
			keys = append(keys, short)
		}
	}
	if len(keys) < 2 {
		return ""
	}
	return strings.Join(keys, ", ") + ": "
}

// because are the reasons of what blocks a whole route.
func because(e intent.Edit, all []intent.Edit) string {
	var reasons []string
	if e.Outcome != ledger.Blocked || len(e.Origins) > 0 {
		return ""
	}
	for _, o := range all {
		if o.Route == e.Route && o.Outcome == ledger.Blocked && len(o.Origins) > 0 && !slices.Contains(reasons, o.Reason) {
			reasons = append(reasons, o.Reason)
		}
	}
	if len(reasons) == 0 {
		return ""
	}
	return ": " + strings.Join(reasons, "; ")
}
