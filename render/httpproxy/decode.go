package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Problem is a fault of an object, with what Contour does about it.
type Problem struct {
	Object  string // "HTTPProxy namespace/name" or "Ingress namespace/name"
	Reason  string // as in an HTTPProxy's status (DuplicateVhost, IncludeNotFound, ...); Ingresses have none, so that theirs are ours
	Message string
}

// name is an object's namespace and name.
type name struct{ namespace, name string }

// DecodeOptions say how Contour is started, and what else is known of the cluster.
type DecodeOptions struct {
	// Classes are those of --ingress-class-name, for Ingresses; none: "contour", and
	// Ingresses without a class.
	Classes []string
	// Services and Secrets are those that were seen. The backends and certificates of
	// Ingresses are looked up there; one that is not there is assumed to exist and to be
	// valid.
	Services map[manifest.Name]*manifest.Service
	Secrets  map[manifest.Name]*manifest.Secret
}

// decoder flattens delegation chains as Contour v1.33 does.
type decoder struct {
	opts     DecodeOptions
	proxies  map[name]*contour.HTTPProxy
	problems []Problem
	regexes  map[string]error // those that were checked
}

// Decode reads HTTPProxies back into a model in the order in which Envoy is given their
// routes, with the faults that Contour makes of wrong objects: a doubled fqdn serves
// neither, a missing include answers 502, a bad route takes its whole object along.
// Services are assumed to exist.
func Decode(proxies []*contour.HTTPProxy) (intent.Model, []Problem) {
	return DecodeWith(proxies, nil, DecodeOptions{})
}

// DecodeWith is Decode with the Ingresses that Contour reads beside the HTTPProxies: of all
// that are given those of its class (see ReadsIngress), merged into the same hosts. A route
// that is only on one listener of a host with a certificate has a condition on :scheme. Of
// two Ingresses that claim the same thing Contour takes either by chance; here the last one
// by namespace and name counts, and both are among the problems, which are sorted. The
// order of the arguments does not matter, unless a name stands there twice: then the last
// one of that name counts.
func DecodeWith(proxies []*contour.HTTPProxy, ingresses []*manifest.Ingress, opts DecodeOptions) (intent.Model, []Problem) {
	d := decoder{opts: opts, proxies: make(map[name]*contour.HTTPProxy, len(proxies)), regexes: map[string]error{}}
	all := sites{}
	d.roots(proxies, all)
	for _, ing := range readable(ingresses, opts.Classes) {
		d.ingress(ing, all)
	}
	m := d.model(all)
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Message, b.Message))
	})
	return m, d.problems
}

// roots gives every site its root, unless Contour serves none.
func (d *decoder) roots(proxies []*contour.HTTPProxy, to sites) {
	roots := map[string][]*contour.HTTPProxy{}
	for _, p := range proxies {
		d.proxies[name{p.Namespace, p.Name}] = p
		if p.Spec.VirtualHost != nil {
			fqdn := strings.ToLower(p.Spec.VirtualHost.Fqdn)
			roots[fqdn] = append(roots[fqdn], p)
		}
	}
	for fqdn, ps := range roots {
		if len(ps) > 1 {
			for _, p := range ps {
				d.problem(p, "DuplicateVhost", "the fqdn "+fqdn+" is used in several roots: none of them is served")
			}
			continue
		}
		if fqdn == "" || fqdn == "*" {
			d.problem(ps[0], "FQDNNotSpecified", "the root has no host name")
			continue
		}
		if reason, message := badRoot(ps[0]); reason != "" {
			d.problem(ps[0], reason, message)
			continue
		}
		to.at(fqdn).root = ps[0]
	}
}

func (d *decoder) problem(p *contour.HTTPProxy, reason, message string) {
	d.problems = append(d.problems, Problem{objectName(p.Namespace, p.Name), reason, message})
}

// badRoot is why a root is not served at all.
func badRoot(root *contour.HTTPProxy) (reason, message string) {
	s := root.Spec
	switch tls := s.VirtualHost.TLS; {
	case len(s.Routes)+len(s.Includes) == 0 && s.TCPProxy == nil:
		return "NothingDefined", "the root has neither a route nor an include"
	case tls != nil && (tls.SecretName == "") != tls.Passthrough:
		return "TLSConfigNotValid", "tls needs either a secretName or passthrough: the host is not served"
	}
	return "", ""
}

// flat is a route with all conditions of its chain merged.
type flat struct {
	path      intent.Path // StringPrefix, ExactPath or RegexPath as Envoy gets it; of Ingresses SegmentPrefix, too
	headers   []contour.HeaderMatchCondition
	queries   []contour.QueryParameterMatchCondition
	route     contour.Route
	badStatus int           // instead of route: a fault's direct response
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
		if reason := badInclude(in.Conditions); reason != "" {
			d.problem(p, "PathMatchConditionsNotValid", "include "+in.Name+": "+reason)
			continue
		}
		merged, reason := d.merge(in.Conditions)
		if reason != "" {
			d.problem(p, "HeaderMatchConditionsNotValid", "include "+in.Name+": "+reason+": it is skipped")
			continue
		}
		if !merged.everything() && slices.ContainsFunc(seen, merged.sameConditions) {
			d.problem(p, "DuplicateMatchConditions", "include "+in.Name+": another include has the same conditions; this one is skipped")
			continue
		}
		seen = append(seen, merged)
		out = append(out, d.include(p, in, chain, above)...)
	}
	own, ok := d.own(p, chain)
	if !ok {
		return nil
	}
	return expand(append(out, own...))
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
	default:
		return d.routes(child, slices.Concat(chain, in.Conditions), above)
	}
	if len(in.Conditions) == 0 {
		return nil
	}
	f, _ := d.merge(in.Conditions)
	f.badStatus, f.origin = 502, ledger.New(ledger.Place{Object: objectName(p.Namespace, p.Name), Key: "spec.includes " + key.namespace + "/" + key.name})
	return []*flat{f}
}

// own are the routes that stand in the proxy itself; one bad route takes all of them and
// all includes along.
func (d *decoder) own(p *contour.HTTPProxy, chain []contour.MatchCondition) ([]*flat, bool) {
	var out []*flat
	for i, r := range p.Spec.Routes {
		f, reason := d.merge(slices.Concat(chain, r.Conditions))
		if reason == "" {
			reason = cmp.Or(badAction(r), badPath(r.Conditions))
		}
		if reason == "" {
			reason = f.replace(r)
		}
		if reason != "" {
			d.problem(p, "RouteError", "route "+routeKey(i)+": "+reason+": all routes and includes of the object are dropped")
			return nil, false
		}
		f.route, f.namespace = r, p.Namespace
		f.origin = ledger.New(ledger.Place{Object: objectName(p.Namespace, p.Name), Key: routeKey(i)})
		out = append(out, f)
	}
	return out, true
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
