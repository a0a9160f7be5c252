package httpproxy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// authRules are about who asks.
var authRules = []partRule{
	{intent.ExternalPart, lowerExternal},
	{intent.BasicPart, lowerBasic},
}

// hostAuth is what becomes of authentication on a host: HTTPProxy has one authorization
// service for all of its routes, which is asked unless a route says otherwise.
type hostAuth struct {
	service string   // "namespace/name" of the ExtensionService that is asked; empty: none
	why     string   // no service can stand for what routes ask for
	exempt  []string // paths of routes to Services that ask for nothing
}

// need is what a route asks of those who come.
type need struct {
	external *intent.ExternalAuth
	basic    *intent.BasicAuth
}

// needOf is what a route asks. Where the URL of an authentication service has no path,
// ingress-nginx asks it for a path of its own, which is another one for each location.
func needOf(r intent.Route) need {
	if r.Policies == nil {
		return need{}
	}
	n := need{r.Policies.External, r.Policies.Basic}
	if n.external != nil {
		e := *n.external
		e.URL, _, _ = strings.Cut(e.URL, "/_external-auth-")
		n.external = &e
	}
	return n
}

func (n need) nothing() bool { return n.external == nil && n.basic == nil }

// readAuthOfHost settles whether the service that the plan names can stand for what the
// routes ask for.
func (l *lowering) readAuthOfHost(auth *delegation.Authorization) {
	var first need
	secure := false // some route that asks for something sends plain http to https
	for _, o := range l.all {
		switch n := needOf(o.Route); {
		case n.nothing() && o.Forward != nil:
			l.auth.exempt = append(l.auth.exempt, o.Match.Path.String())
		case n.nothing():
		case first.nothing():
			first, secure = n, o.HTTPS != nil && !l.shut(o)
		case !reflect.DeepEqual(n, first):
			l.auth.why = "routes of the host ask for different authentication, and HTTPProxy has one authorization service for a host: let them ask alike, or give them hosts of their own"
		default:
			secure = secure || o.HTTPS != nil && !l.shut(o)
		}
	}
	switch {
	case auth == nil || l.auth.why != "" || first.nothing():
	case !l.certified():
		l.auth.why = "Envoy asks an authorization service over https only, and the host has no certificate of its own"
	case secure:
		l.auth.service = auth.Service
	}
	slices.Sort(l.auth.exempt)
	l.auth.exempt = slices.Compact(l.auth.exempt)
}

// unasked is why the service of the plan is not asked about a route that asks for something.
func (l *lowering) unasked(o *owned) string {
	switch {
	case l.auth.why != "":
		return l.auth.why
	case l.auth.service != "" && o.HTTPS == nil || l.auth.service == "" && l.named:
		return "Envoy asks an authorization service over https only, and plain http is served here: redirect it (ssl-redirect), or authenticate in the application"
	}
	return ""
}

// grpc is what a route asks of the service, as it is read back.
func (l *lowering) grpc() *intent.GRPCAuth { return &intent.GRPCAuth{Service: l.auth.service} }

// lowerExternal lets the service of the plan decide, of redirects, too: Envoy asks it about
// those whatever their policy says.
func lowerExternal(l *lowering, o *owned, r *intent.Route) verdict {
	n := needOf(o.Route)
	switch why := l.unasked(o); {
	case n.nothing() && r.Redirect != nil && l.auth.service != "":
		r.Policies.GRPC = l.grpc()
		return verdict{outcome: ledger.Approximated,
			reason: "Envoy asks " + extension(l.auth.service) + " about redirects, too: who may not pass gets no redirect"}
	case n.external == nil && (n.nothing() || l.auth.service == "" || why != ""):
		return verdict{}
	case !l.named:
		return verdict{outcome: ledger.Blocked, reason: "HTTPProxy asks gRPC authorization services only: name one for the host in the ownership plan (authService: namespace/name), or authenticate in the application"}
	case why != "":
		return verdict{outcome: ledger.Blocked, reason: why}
	}
	r.Policies.External, r.Policies.GRPC = nil, l.grpc()
	v := verdict{outcome: ledger.Approximated, reason: "the decision is that of " + extension(l.auth.service) + ": " + l.duties(n)}
	if n.external == nil {
		v.asked = askedFor(o.Route, intent.BasicPart)
	}
	return v
}

func lowerBasic(l *lowering, o *owned, r *intent.Route) verdict {
	n := needOf(o.Route)
	switch why := l.unasked(o); {
	case n.basic == nil:
		return verdict{}
	case !l.named:
		return verdict{outcome: ledger.Blocked, reason: "HTTPProxy asks nobody for a password: name an authorization service for the host in the ownership plan (authService: namespace/name), or authenticate in the application"}
	case why != "":
		return verdict{outcome: ledger.Blocked, reason: why}
	}
	r.Policies.Basic = nil
	return verdict{outcome: ledger.Approximated, reason: "the decision is that of " + extension(l.auth.service) + ": " + l.duties(n)}
}

func extension(service string) string { return "ExtensionService " + service }

// duties are what the service has to do in the place of what a route asked for.
func (l *lowering) duties(n need) string {
	var all []string
	if e := n.external; e != nil {
		all = append(all, fmt.Sprintf("it must do what %s %s did, and let a request pass where that answered 2xx", e.Method, e.URL))
		if e.SignIn != "" {
			all = append(all, "send those that got 401 to "+e.SignIn)
		}
		if len(e.Headers) > 0 {
			all = append(all, "set or remove the request headers "+strings.Join(e.Headers, ", "))
		}
		if len(e.Ask) > 0 || e.Redirect != "" {
			all = append(all, "know what the question's own headers said")
		}
		if e.AlwaysSetCookie {
			all = append(all, "set its cookies on all answers")
		}
	}
	if b := n.basic; b != nil {
		kind := "the passwords"
		if b.Digest {
			kind = "the digests"
		}
		all = append(all, fmt.Sprintf("it must check %s of Secret %s (realm %q), and take the Authorization header away", kind, b.Secret, b.Realm))
	}
	return strings.Join(all, ", ") + fmt.Sprintf("; an answer that takes longer than %d ms (its timeoutPolicy) refuses the request", authTimeout)
}

// authorization is what the root says of the service.
func (l *lowering) authorization() *delegation.Authorization {
	if l.auth.service == "" {
		return nil
	}
	return &delegation.Authorization{Service: l.auth.service, Exempt: l.auth.exempt}
}

// authorized says whether a service is asked about a route.
func authorized(r intent.Route) bool { return r.Policies != nil && r.Policies.GRPC != nil }
