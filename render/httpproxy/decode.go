package httpproxy

import (
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
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
	if to.nothing+to.noTLS == "" {
		to.relay, to.noRelay = d.relay(p)
	}
	if d.opts.Isolated || to.nothing+to.noTLS+to.noRelay == "" {
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
