package nginx

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// beforeRedirect are the policies that count before a location redirects: preflights, and
// the size of the body.
func beforeRedirect(p intent.Policies) *intent.Policies {
	return &intent.Policies{CORS: p.CORS, Limits: &intent.Limits{Body: p.Limits.Body}}
}

// policies are those of one route of a location.
func (x *explicit) policies(a *asked, host string, loc *location, r intent.Route) *intent.Policies {
	p := a.policies
	if x.global.exempt(loc.path) && (p.Basic != nil || p.External != nil) {
		open := *p
		open.Basic, open.External = nil, nil
		p = &open
	}
	if p.External != nil && pathless(p.External.URL) {
		with, question := *p, *p.External
		question.URL += authLocation(loc)
		with.External, p = &question, &with
	}
	if p.Errors == nil {
		return p
	}
	with, pages := *p, *p.Errors
	pages.Service, pages.Port = x.leadsTo(loc)
	if r.Forward == nil || loc.upstream == "" {
		pages.Backend, pages.Fallback = nil, nil
	}
	if pages.Fallback != nil { // it takes the upstream's place, with what is spoken to that
		fallback := *pages.Fallback
		fallback.Protocol, fallback.TLS = a.protocol, x.backendTLS(a, host)
		pages.Fallback = &fallback
	}
	with.Errors = &pages
	if len(pages.Codes) == 0 && pages.Fallback == nil {
		with.Errors = nil
	}
	return &with
}

// pathless says whether the URL of an authentication service has neither path nor query.
func pathless(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	authority := strings.NewReplacer("{host}", "", "{lower-host}", "", "{http-host}", "", "{port}", "").Replace(rest)
	return !strings.ContainsAny(authority, "/?#{")
}

// authLocation is the internal location of the controller, which nginx asks for where the
// URL of the authentication service has no path.
func authLocation(loc *location) string {
	kind := "Prefix"
	if loc.kind == exactPath {
		kind = "Exact"
	}
	return "/_external-auth-" + base64.RawURLEncoding.EncodeToString([]byte(loc.path)) + "-" + kind
}

// forward is what Interpret made of a route that reaches an upstream, with everything that
// the Ingress, the server and the upstreams ask for; secure says that no request comes over
// plain http.
func (x *explicit) forward(a *asked, host string, loc *location, f intent.Forward, secure bool) *intent.Forward {
	asked := a.forward
	asked.Rewrite = f.Rewrite
	asked.Host = x.located(loc, asked.Host)
	if !asked.Untold {
		asked.Request = slices.Concat(x.byHost[host].clientHeaders(secure), f.Request, asked.Request)
	}
	up := x.upstreams[loc.upstream]
	tls := x.backendTLS(a, host)
	if tls != nil && tls.Verify && tls.ServerName == "" {
		named := *tls
		named.ServerName = loc.upstream
		tls = &named
	}
	to := func(u *upstream, b intent.Backend) intent.Backend {
		b.Protocol, b.TLS, b.ClusterIP = a.protocol, tls, x.clusterIP(u)
		if s := x.sticky[u]; s != nil && s.cookie != nil {
			b.Bound = mark(u.name)
		}
		if a.policies.Errors != nil && a.policies.Errors.Fallback != nil && !x.converting {
			b.Unresolved = "" // as long as it has no endpoint the fallback gets the requests
		}
		return b
	}
	for i, b := range f.Backends {
		u := x.chosen(up, b)
		asked.Backends = append(asked.Backends, to(u, b))
		if i == 0 {
			asked.Affinity, asked.Balance = x.affinity(u, host, loc), x.balance(u)
		} else if balance := x.balance(u); !reflect.DeepEqual(balance, asked.Balance) {
			x.tell("not-honoured", ledger.Warning, u.creator.Origin, balancedAlike(b, balance, asked.Balance), "balance both alike")
		}
	}
	if alt := x.alternative(up); alt != nil {
		primary := to(up, up.backend)
		asked.Primary = &primary
	}
	return &asked
}

// balancedAlike says that the balancing of a canary is not its own.
func balancedAlike(b intent.Backend, own, primary *intent.Balance) string {
	return fmt.Sprintf("the endpoints of Service %s would be balanced by %s: as a canary it is balanced as its primary, by %s", b.Service, own.Strategy, primary.Strategy)
}

// backendTLS is the Ingress's own, or that of the first Ingress of the host that has one,
// which nginx inherits to all locations.
func (x *explicit) backendTLS(a *asked, host string) *intent.UpstreamTLS {
	if a.protocol != intent.HTTPS && a.protocol != intent.AutoHTTP {
		return nil
	}
	if a.tls != nil {
		return a.tls
	}
	if h := x.byHost[host]; h != nil && !x.global.flag("proxy-ssl-location-only") {
		return h.backendTLS
	}
	return nil
}

// chosen is the upstream that a backend of a location's route stands for: the location's
// own, or its canary.
func (x *explicit) chosen(up *upstream, b intent.Backend) *upstream {
	alt := x.alternative(up)
	if alt != nil && !sameBackend(up.backend, b) && sameBackend(alt.backend, b) {
		return alt
	}
	return up
}

func sameBackend(a, b intent.Backend) bool {
	return a.Namespace == b.Namespace && a.Service == b.Service && a.Port == b.Port
}
