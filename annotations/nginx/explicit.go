package nginx

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// explicit is one run of Explicit: the controller as Interpret sees it, and what each of
// its Ingresses, upstreams and servers asks for in the words of the model.
type explicit struct {
	*controller
	asks   map[ledger.Origin]*asked // by that of the Ingress
	docs   map[document]*asked
	byHost map[string]*hostAsk
	sticky map[*upstream]*stickiness
	global globals
	ofAll  []intent.Asked // by the ConfigMap
}

func newExplicit(c *controller) *explicit {
	return &explicit{controller: c, asks: map[ledger.Origin]*asked{}, docs: map[document]*asked{}, sticky: map[*upstream]*stickiness{}, global: readGlobals(c.opts)}
}

// Explicit prepares a model for a data plane: what annotations and the controller's
// ConfigMap say beyond routing moves from the routes' Opaque into their Policies and
// Forward and into the hosts' TLS, and every default of the controller is written out, so
// that nobody behind it needs to know one. m must be what Interpret made of the same set
// and options; its hosts and routes are replaced, and nothing that they point to is
// changed. Policies of routes of one Ingress may be shared: they must not be changed.
//
// Annotations of other programs go: the controller does not read them. What the model
// cannot say stays in Opaque and is a finding (not-honoured); if its
// Security is set, the data plane must refuse every request of the route. Nothing else of
// an annotation stays there. Where the controller guards nothing although an annotation
// looks like a guard, the route is as open as it is there, and that is a finding too
// (guards-nothing); but where a realm named "off" opens it, the password is asked for
// (guards-more). Where it answers 503 because of what an annotation refers to, the
// route does (ingress-denied).
//
// Snippets are gone by if every directive of theirs is read: configuration-snippet where
// the controller writes it, at the end of each location of the Ingress, and server-snippet on
// the whole host, the first Ingress's only. Of a second header towards the upstream nginx
// sends both; what the rewrite module answers comes before access, limits and the way to
// https, and in a server before all locations; conditions become routes before the others.
// What is not read is named with its line, and guards. Of a header that comes more than once
// conditions look at the first, where nginx joins them.
//
// Beside the templates' own names the texts hold these variables of nginx as {var:NAME}:
// remote_addr, remote_port, request_method, request_id, args, is_args, https,
// server_protocol, remote_user, escaped_request_uri (the URI as sent, escaped as one
// argument), ssl_client_verify, ssl_client_s_dn, ssl_client_i_dn,
// ssl_client_escaped_cert, ssl_protocol, ssl_server_name, proxy_add_x_forwarded_for,
// server_name, and http_NAME, arg_NAME and
// cookie_NAME for any name, "-" written as "_" in those of headers.
//
// Not kept, since the model has one word for two things, and a finding where it differs: the
// balancing of a canary that shares a route with its primary (the primary's holds for both).
// Nor is the order of a server's cipher list, which nothing depends on.
//
// nginx compares the length of a body with Limits.Body before anything else, the redirect
// to https and preflights included.
func Explicit(m *intent.Model, set *manifest.Set, opts Options) []ledger.Finding {
	c := newController(set, opts)
	c.admit()
	x := newExplicit(c)
	x.place()
	c.findings = nil // Interpret has told them
	m.Hosts = slices.Clone(m.Hosts)
	x.write(m)
	return ledger.SortFindings(x.findings)
}

// place makes upstreams, servers and locations of the objects, and merges canaries.
func (x *explicit) place() {
	x.createUpstreams()
	x.createServers()
	x.addLocations()
	x.stick()
	x.mergeCanaries()
	x.spread()
}

// write makes all hosts of the model explicit, in place.
func (x *explicit) write(m *intent.Model) {
	for _, o := range x.all {
		a := x.ask(o)
		x.asks[o.Origin], x.docs[documentOf(o.Origin)] = a, a
	}
	x.askHosts()
	for i := range m.Hosts {
		x.host(&m.Hosts[i])
	}
}

// host makes a host explicit.
func (x *explicit) host(h *intent.Host) {
	name := cmp.Or(h.AliasOf, h.Name)
	srv := x.controller.servers[name]
	if srv == nil && !redirectsAll(h) {
		srv = x.controller.servers[""] // an alias of the default server
	}
	h.Trust = x.global.trust
	x.secure(h, srv)
	if srv == nil {
		return
	}
	places := srv.places()
	routes := make([]intent.Route, 0, len(h.Routes))
	add := func(loc *location, r intent.Route) {
		if r = x.route(h, name, loc, r); x.snippetOn(srv, loc) {
			routes = append(routes, x.snipped(h, srv, loc, r)...)
		} else {
			routes = append(routes, r)
		}
	}
	var before *location
	for _, r := range h.Routes {
		loc := places.of(r)
		if loc != nil && loc != before && !x.converting {
			for _, b := range x.bindings(loc, r) {
				add(loc, b)
			}
		}
		before = loc
		add(loc, r)
	}
	routes = x.withServer(h, srv, routes)
	ask := x.byHost[name]
	for i := range routes {
		if ask != nil {
			behind(&routes[i], ask.opaque)
		}
	}
	if ask != nil && ask.broken {
		routes = []intent.Route{{
			Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
			Respond: &intent.Respond{Status: 403}, Origins: ask.origins,
		}}
	}
	h.Routes = routes
}

// behind puts what a route stands behind on it, unless it has that. What refuses everybody
// anyway needs none of it.
func behind(r *intent.Route, qs []intent.Opaque) {
	for _, q := range qs {
		same := func(o intent.Opaque) bool { return o.Origin == q.Origin }
		if r.Respond != nil && r.Respond.Status >= 400 || slices.ContainsFunc(r.Opaque, same) {
			continue
		}
		r.Opaque = append(slices.Clip(r.Opaque), q)
		if !slices.Contains(r.Origins, q.Origin) {
			r.Origins = append(slices.Clip(r.Origins), q.Origin)
		}
	}
}

// redirectsAll says whether a host is the other name of a from-to-www-redirect.
func redirectsAll(h *intent.Host) bool {
	return len(h.Routes) == 1 && h.Routes[0].Redirect != nil && h.Routes[0].HostOnly()
}

// route makes a route of a location explicit, in the order of nginx's phases.
func (x *explicit) route(h *intent.Host, host string, loc *location, r intent.Route) intent.Route {
	r.Opaque, r.Asked = x.remaining(h, r.Opaque)
	r.Asked = append(slices.Clip(x.ofAll), r.Asked...)
	if loc == nil {
		r.Bare = r.Forward == nil // the server answers, before any of its locations
		return closed(r)
	}
	a := x.of(loc)
	switch {
	case a.object != nil && a.object.denied != "", a.denied != "":
		return x.denied(r)
	}
	behind(&r, a.doubts)
	r.Response = a.response
	if x.converting {
		r = x.accounted(r, a, host, loc)
	}
	switch {
	case r.Redirect != nil && !x.own(loc, r):
		r.Policies = &intent.Policies{Limits: &intent.Limits{Body: a.policies.Limits.Body}}
		return r
	case r.Redirect != nil, r.Respond != nil && r.Respond.Status == 500:
		r.Policies = beforeRedirect(*a.policies)
		return r
	}
	r.Policies = x.policies(a, host, loc, r)
	if r.Forward != nil {
		r.Forward = x.forward(a, host, loc, *r.Forward, r.HTTPS != nil)
	} else if r.Respond.Status == 404 {
		respond := *r.Respond
		respond.Status, respond.Mirror = x.global.defaultStatus, a.forward.Mirror
		r.Respond = &respond
	}
	return r
}

// denied is a route of an Ingress of which the controller denies every location: of what an
// Ingress asks nothing counts then, not even how long bodies may be.
func (x *explicit) denied(r intent.Route) intent.Route {
	return intent.Route{
		Match: r.Match, Respond: &intent.Respond{Status: 503}, Opaque: r.Opaque, Origins: r.Origins,
		Policies: &intent.Policies{Limits: &intent.Limits{Body: nginxBody}, Errors: x.global.errorPages()},
	}
}

// closed guards a route that reaches an upstream and that no location accounts for, which a
// model of other manifests holds.
func closed(r intent.Route) intent.Route {
	if r.Forward != nil {
		r.Opaque = append(r.Opaque, intent.Opaque{Key: "route", Security: true, Reason: "no Ingress of the input has it"})
	}
	return r
}

// own says whether a redirect is what the location's annotations ask for, and not nginx's
// own or the server's.
func (x *explicit) own(loc *location, r intent.Route) bool {
	to := x.redirectOf(loc)
	return to != nil && *r.Redirect == *to
}

// of is what the Ingress of a location asks for; of none it is what holds without one.
func (x *explicit) of(loc *location) *asked {
	if loc.object == nil {
		return &asked{policies: &intent.Policies{Limits: &intent.Limits{Body: x.global.body}}}
	}
	a := x.asks[loc.object.Origin]
	for _, f := range a.found {
		x.tell(f.Rule, f.Severity, f.Origin, f.Message, f.Action)
	}
	a.found = nil
	return a
}

// remaining are the opaque parts that are not explicit now; each is a finding, unless the
// model is for a target, which accounts for them. What is explicit is asked for.
func (x *explicit) remaining(h *intent.Host, qs []intent.Opaque) (left []intent.Opaque, explicit []intent.Asked) {
	for _, q := range qs {
		stays, why := x.stays(h, q)
		if !stays {
			explicit = x.asksFor(explicit, q)
			continue
		}
		if why.reason != "" {
			q.Reason, q.Security = why.reason, q.Security || why.guards
		}
		if q.Key == Prefix+"ssl-passthrough" && !x.converting {
			q.Reason, q.Security = "the controller relays TLS with --enable-ssl-passthrough only, which is off by default", false
		}
		left = append(left, q)
		severity, does := ledger.Warning, "the data plane leaves it out"
		if q.Security {
			severity, does = ledger.Refusal, "the data plane answers 503"
		}
		x.tell("not-honoured", severity, q.Origin, q.Reason+": "+does, "take it away, or say it by other means")
	}
	return left, explicit
}

// stays says whether an opaque part of a route stays so, and why if there is a reason of
// its own.
func (x *explicit) stays(h *intent.Host, q intent.Opaque) (bool, kept) {
	if setting, ok := strings.CutPrefix(q.Key, "ConfigMap "); ok {
		why, unread := x.global.unread[setting]
		return unread || !HonoursSetting(setting), kept{why, unread}
	}
	short, ours := strings.CutPrefix(q.Key, Prefix)
	if !ours { // it stops a conversion; whoever serves the Ingress does not read it
		return x.converting, kept{}
	}
	a := x.docs[documentOf(q.Origin)]
	if short == locationSnippet || short == serverSnippet { // snipped says it again, if need be
		return false, kept{}
	}
	if a == nil || !(slices.Contains(honoured, short) || slices.Contains(withoutEffect, short)) {
		return true, kept{}
	}
	if x.converting && (a.holes[short] || x.withoutTLS(h, short)) {
		return true, kept{}
	}
	why, stays := a.kept[short]
	return stays, why
}
