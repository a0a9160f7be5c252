package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// flat is a route with all conditions of its chain merged.
type flat struct {
	path      intent.Path // StringPrefix, ExactPath or RegexPath as Envoy gets it; of Ingresses SegmentPrefix, too
	headers   []contour.HeaderMatchCondition
	queries   []contour.QueryParameterMatchCondition
	route     contour.Route
	badStatus int           // instead of route: a fault's direct response
	why       string        // what the fault is, if it is isolated
	answer    *intent.Route // instead of route: that of an Ingress, but for its match
	on        listeners     // where it is served
	rewrite   string        // replacement of the whole prefix; empty: none
	namespace string
	origin    ledger.Origin
}

// routes are those of a proxy and of everything below it.
func (d *decoder) routes(p *contour.HTTPProxy, chain []contour.MatchCondition, above []*contour.HTTPProxy) []*flat {
	if slices.Contains(above, p) {
		d.problem(p, "IncludeCreatesCycle", "the include leads back to where it came from: this edge is dropped")
		return nil
	}
	above = append(slices.Clip(above), p)
	var out []*flat
	var seen []*flat
	for _, in := range p.Spec.Includes {
		merged, kind, reason := d.readInclude(in)
		if reason != "" && d.opts.Isolated {
			faults, ok := d.brokenInclude(p, in, chain, reason)
			if !ok {
				d.problem(p, kind, "include "+in.Name+": "+reason+unreadable)
				return []*flat{d.down(p, chain, reason)}
			}
			d.problem(p, kind, "include "+in.Name+": "+reason+": it answers 503")
			out = append(out, faults...)
			continue
		}
		if reason != "" {
			d.problem(p, kind, "include "+in.Name+": "+reason+": it is skipped")
			continue
		}
		if !merged.everything() && slices.ContainsFunc(seen, merged.sameConditions) {
			d.problem(p, "DuplicateMatchConditions", "include "+in.Name+": another include has the same conditions; this one is skipped")
			continue
		}
		seen = append(seen, merged)
		out = append(out, d.include(p, in, chain, above)...)
	}
	own, bad := d.own(p, chain)
	switch {
	case bad != "" && d.opts.Isolated:
		return []*flat{d.down(p, chain, bad)}
	case bad != "":
		return nil
	}
	return expand(append(out, own...))
}

// readInclude merges the conditions of an include, or says what is wrong with which.
func (d *decoder) readInclude(in contour.Include) (merged *flat, kind, reason string) {
	if reason := badInclude(in.Conditions); reason != "" {
		return nil, "PathMatchConditionsNotValid", reason
	}
	merged, reason = d.merge(in.Conditions)
	return merged, "HeaderMatchConditionsNotValid", reason
}

// include follows one include; a child that is missing or a root answers 502 on the
// include's own conditions.
func (d *decoder) include(p *contour.HTTPProxy, in contour.Include, chain []contour.MatchCondition, above []*contour.HTTPProxy) []*flat {
	key := name{cmp.Or(in.Namespace, p.Namespace), in.Name}
	child := d.proxies[key]
	switch {
	case child == nil:
		d.problem(p, "IncludeNotFound", "include "+key.namespace+"/"+key.name+" not found: its own conditions answer 502")
	case child.Spec.VirtualHost != nil:
		d.problem(p, "RootIncludesRoot", "include "+key.namespace+"/"+key.name+" is a root: its conditions answer 502")
	case d.opts.Isolated && slices.Contains(above, child):
		d.problem(child, "IncludeCreatesCycle", "the include leads back to where it came from: its conditions answer 502")
	default:
		return d.routes(child, slices.Concat(chain, in.Conditions), above)
	}
	conditions := in.Conditions
	if d.opts.Isolated {
		conditions = slices.Concat(chain, conditions)
	} else if len(conditions) == 0 {
		return nil
	}
	f, _ := d.merge(conditions)
	f.badStatus, f.origin = 502, includeOrigin(p, in)
	return []*flat{f}
}

func includeOrigin(p *contour.HTTPProxy, in contour.Include) ledger.Origin {
	return ledger.New(ledger.Place{Object: objectName(p.Namespace, p.Name), Key: "spec.includes " + cmp.Or(in.Namespace, p.Namespace) + "/" + in.Name})
}

// own are the routes that stand in the proxy itself; one bad route takes all of them and
// all includes along, and is why. If faults are isolated, only one does that of which nobody
// knows what it matches.
func (d *decoder) own(p *contour.HTTPProxy, chain []contour.MatchCondition) (out []*flat, bad string) {
	for i, r := range p.Spec.Routes {
		f, reason := d.merge(slices.Concat(chain, r.Conditions))
		if reason == "" {
			reason = cmp.Or(badAction(r), badPath(r.Conditions))
		}
		if reason == "" {
			reason = f.replace(r)
		}
		if reason == "" {
			reason = badPolicies(r)
		}
		origin := ledger.New(ledger.Place{Object: objectName(p.Namespace, p.Name), Key: routeKey(i)})
		if reason != "" {
			faults, ok := d.brokenRoute(r, chain, origin, reason)
			d.problem(p, "RouteError", "route "+routeKey(i)+": "+reason+d.consequence(ok))
			if !ok {
				return nil, reason
			}
			out = append(out, faults...)
			continue
		}
		f.route, f.namespace, f.origin = r, p.Namespace, origin
		out = append(out, f)
	}
	return out, ""
}

// badAction is why what a route does is refused.
func badAction(r contour.Route) string {
	n := 0
	for _, there := range []bool{len(r.Services) > 0, r.RequestRedirectPolicy != nil, r.DirectResponsePolicy != nil} {
		if there {
			n++
		}
	}
	if n != 1 {
		return "a route has exactly one of services, requestRedirectPolicy and directResponsePolicy"
	}
	for _, s := range r.Services {
		if s.Port < 1 || s.Port > 65535 {
			return fmt.Sprintf("the port %d of Service %s is none of 1 to 65535", s.Port, s.Name)
		}
	}
	return ""
}

// replace applies pathRewritePolicy: the entry whose prefix is the merged one, else the
// entry without a prefix.
func (f *flat) replace(r contour.Route) string {
	prefixes := r.GetPrefixReplacements()
	if len(prefixes) == 0 {
		return ""
	}
	if f.path.Kind != intent.StringPrefix {
		return "MustHavePrefix: a prefix replacement needs a prefix condition"
	}
	for i, rp := range prefixes {
		if slices.ContainsFunc(prefixes[:i], func(o contour.ReplacePrefix) bool { return o.Prefix == rp.Prefix }) {
			return "DuplicateReplacement: two replacements of the prefix " + strconv.Quote(rp.Prefix)
		}
	}
	for _, rp := range prefixes {
		if rp.Prefix == f.path.Value {
			f.rewrite = rp.Replacement
			return ""
		}
	}
	for _, rp := range prefixes {
		if rp.Prefix == "" {
			f.rewrite = rp.Replacement
			return ""
		}
	}
	return ""
}
