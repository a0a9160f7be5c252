package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// The keys of the snippets that are read.
const (
	locationSnippet = "configuration-snippet"
	serverSnippet   = "server-snippet"
)

// snip is a snippet of an Ingress.
type snip struct {
	key    string
	by     *asked
	steps  []snippet.Step
	unread []snippet.Unread // not empty: nothing of it is gone by
}

// snippets reads the snippets of an Ingress.
func (a *asked) snippets() {
	a.inLocation = a.snippet(locationSnippet, snippet.InLocation)
	a.inServer = a.snippet(serverSnippet, snippet.InServer)
}

// snippet is nil where the Ingress has none.
func (a *asked) snippet(key string, in snippet.Place) *snip {
	text := a.values.str(key)
	if text == "" {
		return nil
	}
	s := &snip{key: key, by: a}
	s.steps, s.unread = snippet.Read(text, in)
	for _, set := range snippet.Sets(s.steps) {
		if name := set.Do.(snippet.Set).Name; unknownVariable("$"+name) == "" || slices.Contains(controllerVariables, name) {
			s.unread = append(s.unread, snippet.Unread{Line: set.Line, Name: set.Name, Why: "not read for $" + name + ", which the controller goes by"})
		}
	}
	return s
}

// controllerVariables are those that the controller's own directives and Lua go by.
var controllerVariables = []string{"auth_cookie", "auth_keepalive_share_vars", "auth_path", "auth_response_headers",
	"balancer_ewma_score", "cache_key", "cors", "limit_rate", "proxy_alternative_upstream_name", "target", "tmp_cache_key"}

// opaque is the snippet as a part of a route that nobody can say, since of these lines it
// is not known what they do.
func (s *snip) opaque(unread []snippet.Unread) intent.Opaque {
	why := make([]string, len(unread))
	for i, u := range unread {
		why[i] = u.String()
	}
	q := s.by.opaqueOf(s.by.values[s.key], strings.Join(why, "; "))
	q.Security = true
	return q
}

// close guards routes with what is not gone by of a snippet, and tells of it. Who gets no
// answer but a refusal is guarded already; a target is told that it may be another one.
func (x *explicit) close(rs []intent.Route, s *snip, q intent.Opaque) []intent.Route {
	x.tell("not-honoured", ledger.Refusal, q.Origin, q.Reason+": the data plane answers 503", "take it away, or say it by other means")
	out := slices.Clone(rs)
	for i := range out {
		r := &out[i]
		if r.Respond != nil && r.Respond.Status >= 400 {
			if x.converting {
				left := q
				left.Security = false
				r.Opaque = append(slices.Clip(r.Opaque), left)
			}
			continue
		}
		r.Opaque = append(slices.Clip(r.Opaque), q)
		r.Asked = slices.DeleteFunc(slices.Clone(r.Asked), func(a intent.Asked) bool { return a.Origin == q.Origin })
		if !slices.Contains(r.Origins, q.Origin) {
			r.Origins = append(slices.Clip(r.Origins), q.Origin)
		}
	}
	return out
}

// spot is a route of a location in which snippets stand.
type spot struct {
	x      *explicit
	a      *asked // of the location
	host   *intent.Host
	loc    *location
	server *snip // in force on the server; nil: none
	route  intent.Route
}

// snippetOn says whether a snippet is in force where a route of a server comes from.
func (x *explicit) snippetOn(srv *server, loc *location) bool {
	return x.serverSnippet(srv) != nil || loc != nil && x.of(loc).inLocation != nil
}

// snipped are the routes that a route of a host becomes by the snippets that are in force
// there. Where one is not read, the route stays as it is, and is guarded.
func (x *explicit) snipped(h *intent.Host, srv *server, loc *location, r intent.Route) []intent.Route {
	p := &spot{x: x, host: h, loc: loc, route: r, server: x.serverSnippet(srv)}
	if p.server != nil && len(p.server.unread) > 0 {
		return x.close([]intent.Route{r}, p.server, p.server.opaque(p.server.unread))
	}
	if loc == nil {
		return p.ofServer()
	}
	p.a = x.of(loc)
	own := p.a.inLocation
	switch {
	case p.a.denied != "", p.a.object != nil && p.a.object.denied != "":
		return []intent.Route{r}
	case own != nil && len(own.unread) > 0:
		return p.refuse(own.unread...)
	case own == nil && p.server == nil:
		return []intent.Route{r}
	}
	steps := p.outer()
	if own != nil {
		steps = append(steps, own.steps...)
	}
	rs, unread := p.routes(steps)
	if unread != nil {
		return p.refuse(*unread)
	}
	return rs
}

// serverSnippet is the one in force on a server, which is that of the first Ingress.
func (x *explicit) serverSnippet(srv *server) *snip {
	if srv == nil || x.byHost[srv.host] == nil {
		return nil
	}
	return x.byHost[srv.host].snippet
}

// refuse guards the route. Where nothing is served anyhow, everybody gets that answer.
func (p *spot) refuse(unread ...snippet.Unread) []intent.Route {
	s := p.a.inLocation
	if s == nil || p.server != nil && p.server.has(unread[0]) && !s.has(unread[0]) {
		s = p.server
	}
	if p.loc.upstream == "" && p.route.Forward == nil && p.route.Redirect == nil {
		return []intent.Route{p.route}
	}
	return p.x.close([]intent.Route{p.route}, s, s.opaque(unread))
}

// has says whether a directive stands in the snippet.
func (s *snip) has(u snippet.Unread) bool {
	return slices.ContainsFunc(s.steps, func(step snippet.Step) bool { return step.Line == u.Line && step.Name == u.Name })
}

// ofServer is a route that the server answers by itself: it gets the server's headers, but
// for what stands before all of them.
func (p *spot) ofServer() []intent.Route {
	if p.server == nil || p.route.Forward != nil || p.route.Respond != nil {
		return []intent.Route{p.route}
	}
	p.a = p.server.by
	r := p.route
	r.Policies = nil
	if unread := p.declare(&r, snippet.Branch{Steps: p.headersOf(p.server.steps)}); unread != nil {
		return p.x.close([]intent.Route{p.route}, p.server, p.server.opaque([]snippet.Unread{*unread}))
	}
	r.Policies = p.route.Policies
	if p.x.converting {
		p.asks(&r, intent.Header)
	}
	return []intent.Route{r}
}

// headersOf are the steps that bear on answers which no location makes.
func (p *spot) headersOf(steps []snippet.Step) []snippet.Step {
	return slices.DeleteFunc(snippet.Inherit(nil, steps), func(s snippet.Step) bool {
		switch s.Do.(type) {
		case snippet.Headers, snippet.Expires:
			return false
		}
		return true
	})
}

// outer are the steps of the server that are in force in the location: what the controller
// writes into each location does away with others of its kind.
func (p *spot) outer() []snippet.Step {
	if p.server == nil {
		return nil
	}
	kinds := append([]string{"proxy_set_header", "proxy_http_version"}, writtenAlways...)
	if p.a.policies.External != nil && !p.x.global.exempt(p.loc.path) {
		kinds = append(kinds, "add_header")
	}
	if allow, deny := p.a.lists(); p.a.object != nil && (allow != nil || deny != nil) {
		kinds = append(kinds, "access")
	}
	if p.a.object != nil && p.a.values.str("satisfy") != "" {
		kinds = append(kinds, "satisfy")
	}
	var own []snippet.Step
	if p.a.inLocation != nil {
		own = p.a.inLocation.steps
	}
	return snippet.Without(snippet.Outer(p.server.steps, own), kinds...)
}

// writtenAlways are settings that the controller writes into every location.
var writtenAlways = []string{"client_body_buffer_size", "client_max_body_size", "proxy_buffer_size", "proxy_buffering", "proxy_buffers",
	"proxy_connect_timeout", "proxy_http_version", "proxy_read_timeout", "proxy_request_buffering", "proxy_send_timeout"}
