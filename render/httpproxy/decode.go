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
	// Isolated keeps the faults of an object to itself, where Contour takes more along or
	// lets requests go to other routes:
	//
	//   - A route that is not valid answers 503 on what it matches. If a regular expression
	//     in its path is none, so that nobody knows what that is, its whole object answers
	//     503 instead, on all conditions that lead to it.
	//   - An include whose conditions are not valid answers 503 on them, below those that
	//     lead to it; one of an object that is missing, a root, or above already, 502.
	//   - Of roots with one fqdn the oldest serves: by creationTimestamp, those without one
	//     last, then by namespace and name.
	//   - A root that defines nothing answers 503. One whose certificate is not there, of
	//     the wrong kind or not delegated keeps its routes, and TLS.Why tells.
	//
	// Every other answer stays: 502 and 503 stand in the order where a route with the same
	// conditions would.
	Isolated bool
	// Classes are those of --ingress-class-name, for Ingresses; none: "contour", and
	// Ingresses without a class.
	Classes []string
	// Services and Secrets are those that were seen. The backends and certificates of
	// Ingresses are looked up there; one that is not there is assumed to exist and to be
	// valid. Those of roots are looked up where Delegations are known or faults are
	// isolated; one that is not there is missing, unless there are none at all (nil).
	Services map[manifest.Name]*manifest.Service
	Secrets  map[manifest.Name]*manifest.Secret
	// Delegations let Secrets be used in other namespaces than their own. If they are nil
	// and faults are not isolated, every Secret is assumed to be delegated.
	Delegations Delegations
}

// delegated says whether an object of a namespace may use a Secret.
func (o DecodeOptions) delegated(secret manifest.Name, namespace string) bool {
	return o.Delegations == nil && !o.Isolated || o.Delegations.Permit(secret, namespace)
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
	sortProblems(d.problems)
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
		if d.opts.Isolated {
			ps = d.oldest(fqdn, ps)
		}
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
		d.root(ps[0], to.at(fqdn))
	}
}

// root gives a site its root. One with a fault stays only if faults are isolated.
func (d *decoder) root(p *contour.HTTPProxy, to *site) {
	tell := func(reason, message string) string {
		if message != "" {
			d.problem(p, reason, message)
		}
		return message
	}
	to.nothing = tell(definesNothing(p))
	if to.nothing == "" || d.opts.Isolated {
		to.noTLS = tell(d.badTLS(p))
	}
	if d.opts.Isolated || to.nothing+to.noTLS == "" {
		to.root = p
	}
}

func (d *decoder) problem(p *contour.HTTPProxy, reason, message string) {
	d.problems = append(d.problems, Problem{objectName(p.Namespace, p.Name), reason, message})
}

// definesNothing is why a root is none.
func definesNothing(root *contour.HTTPProxy) (reason, message string) {
	if s := root.Spec; len(s.Routes)+len(s.Includes) == 0 && s.TCPProxy == nil {
		return "NothingDefined", "the root has neither a route nor an include"
	}
	return "", ""
}

// badTLS is why a root can not be served over https, as it asks for.
func (d *decoder) badTLS(root *contour.HTTPProxy) (reason, message string) {
	switch tls := root.Spec.VirtualHost.TLS; {
	case tls == nil:
		return "", ""
	case (tls.SecretName == "") != tls.Passthrough:
		return "TLSConfigNotValid", "tls needs either a secretName or passthrough: the host is not served"
	case tls.Passthrough:
		return "", ""
	default:
		return d.badCertificate(tls.SecretName, root.Namespace)
	}
}

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
