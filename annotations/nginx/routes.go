package nginx

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// routes are the ordered routes of a server as a request to the host name sees them.
func (c *controller) routes(srv *server, cert *certificate) []intent.Route {
	blocks, regex := srv.blocks()
	rs := make([]intent.Route, 0, len(blocks)+1)
	if r, ok := appRootRoute(blocks); ok {
		rs = append(rs, r)
	}
	if !regex {
		rs = append(rs, c.slashRoutes(blocks)...)
		for _, m := range c.literalOrder(blocks) {
			rs = append(rs, c.locationRoutes(m, cert)...)
		}
		return orderExact(rs)
	}
	why := regexOrigins(blocks)
	for _, m := range c.regexOrder(blocks) {
		for _, r := range c.locationRoutes(m, cert) {
			r.Origins = append(slices.Clip(r.Origins), why...)
			rs = append(rs, r)
		}
	}
	return rs
}

// orderExact moves the routes with an exact path before the others, in their order.
func orderExact(rs []intent.Route) []intent.Route {
	if slices.IsSortedFunc(rs, byRank) { // most are
		return rs
	}
	slices.SortStableFunc(rs, byRank)
	return rs
}

func byRank(a, b intent.Route) int { return rank(a.Match.Path) - rank(b.Match.Path) }

// regexOrigins are the annotations that turned the whole host to regexes.
func regexOrigins(bs []block) []ledger.Origin {
	var os []ledger.Origin
	for _, b := range bs {
		if b.object == nil || !(b.rewrites() || b.object.rewrite.regex) {
			continue
		}
		for _, o := range b.object.values.origins("rewrite-target", "use-regex") {
			if !slices.Contains(os, o) {
				os = append(os, o)
			}
		}
	}
	return os
}

// appRootRoute is the server-wide redirect of "/", which comes before everything else.
func appRootRoute(bs []block) (intent.Route, bool) {
	for _, b := range bs {
		if b.object == nil || b.object.rewrite.appRoot == "" {
			continue
		}
		return intent.Route{
			Match:    intent.Match{Path: intent.Path{Kind: intent.ExactPath, Value: "/"}},
			Redirect: &intent.Redirect{Status: 302, Host: "{http-host}", Path: variables(b.object.rewrite.appRoot)},
			Origins:  append(b.object.values.origins("app-root"), b.object.Origin),
		}, true
	}
	return intent.Route{}, false
}

// slashRoutes are nginx's own redirects from "/p" to a location "/p/" that is proxied. There is
// none from "/", where every server has a location. What has to be is escaped in the Location
// (ngx_http_escape_location_name in ngx_http.c).
func (c *controller) slashRoutes(bs []block) []intent.Route {
	var rs []intent.Route
	for _, b := range bs {
		bare, slash := strings.CutSuffix(b.path, "/")
		if !slash || bare == "" || bare == "/" || b.location.path != b.path || b.object.denied != "" {
			continue
		}
		path := intent.Path{Kind: intent.ExactPath, Value: bare}
		taken := slices.ContainsFunc(bs, func(o block) bool { return o.kind == exactPath && o.path == bare })
		if taken || slices.ContainsFunc(rs, func(r intent.Route) bool { return r.Match.Path == path }) {
			continue
		}
		to := &intent.Redirect{Status: 301, Host: "{lower-host}", Path: intent.Literal(intent.EscapePath(b.path)) + "{?query}"}
		if b.object.redir.relative || c.st.relative {
			to.Host, to.Relative = "", true
		}
		rs = append(rs, intent.Route{
			Match: intent.Match{Path: path}, Redirect: to, Origins: append(slices.Clip(b.origins), b.object.Origin),
		})
	}
	return rs
}

// locationRoutes are the routes of one location in the order of nginx's phases: denied,
// redirect, https redirect, then the canary's branches and the weights.
func (c *controller) locationRoutes(m matched, cert *certificate) []intent.Route {
	o := m.object
	r := intent.Route{Match: intent.Match{Path: m.path}, Origins: slices.Clip(m.origins)}
	if o == nil {
		r.Respond = &intent.Respond{Status: 404, Implicit: true}
		return []intent.Route{r}
	}
	r.Origins = append(append(r.Origins, o.self()...), o.routeOrigins()...)
	c.guard(&r, m.location)
	if o.denied != "" {
		r.Respond = &intent.Respond{Status: 503}
		return []intent.Route{r}
	}
	if to := c.redirectOf(m.location); to != nil {
		r.Redirect = to
		return []intent.Route{r}
	}
	r.HTTPS = c.httpsRedirect(o, m.block.path, cert != nil)
	return c.proxied(m, r, o)
}

// guard puts the opaque parts of an Ingress on a route: all of them, but of a location that
// redirects or denies only what counts before that.
func (c *controller) guard(r *intent.Route, loc *location) {
	late, o := "", loc.object
	switch {
	case o.denied != "":
		late = "every path of the Ingress answers 503"
	case c.redirectOf(loc) != nil:
		late = "the redirect answers before it"
	}
	for _, q := range o.opaque {
		if late != "" && !early(q.Key) {
			c.note([]ledger.Origin{q.Origin}, late)
			continue
		}
		r.Opaque = append(r.Opaque, q)
		r.Origins = append(r.Origins, q.Origin)
	}
}

// early says whether a key counts before a location redirects or denies: what is the
// server's, preflights, snippets, and what is no key of ours. Authentication, access lists
// and limits come later (spec items 27, 28).
func early(key string) bool {
	short, ours := strings.CutPrefix(key, Prefix)
	rule, _ := RuleFor(short)
	return !ours || rule.Scope == ScopeServer || rule.Scope == ScopeGlobal || short == "enable-cors" || strings.HasPrefix(short, "cors-") ||
		strings.HasSuffix(short, "-snippet") || strings.Contains(short, "modsecurity") || strings.Contains(short, "owasp")
}

// proxied finishes a route that reaches an upstream.
func (c *controller) proxied(m matched, r intent.Route, o *object) []intent.Route {
	up := c.upstreams[m.upstream]
	switch {
	case m.upstream == "": // whoever would be refused gets 404 as well: nothing here is opaque
		r.Respond, r.Opaque = &intent.Respond{Status: 404, Implicit: m.implicit}, nil
		if m.rewrites() {
			r.Respond.Status = o.unknownStatus()
		}
		if r.Respond.Status == 500 { // before the redirect to https
			r.HTTPS = nil
		}
		return []intent.Route{r}
	case up == nil: // a canary that took its own backend away
		r.Respond = &intent.Respond{Status: 503}
		return []intent.Route{r}
	}
	fwd := intent.Forward{
		Backends:  []intent.Backend{up.backend},
		Timeouts:  intent.Timeouts{Connect: c.st.connect, Idle: c.st.idle, Response: -1},
		Websocket: true,
	}
	if m.rewrites() {
		fwd.Rewrite = o.rewriteOf(m.block.path)
		if o.rewrite.forwardedPrefix != "" {
			fwd.Request = []intent.HeaderChange{{Name: "X-Forwarded-Prefix", Value: variables(o.rewrite.forwardedPrefix)}}
		}
	}
	alt := c.alternative(up)
	if alt == nil {
		r.Forward = &fwd
		return []intent.Route{r}
	}
	return c.canaryRoutes(r, fwd, up, alt)
}

// unknownStatus is what the default backend's "/" answers with a rewrite, which captures
// nothing there: 500 for an empty result, 400 for one without a leading slash, else 404.
func (o *object) unknownStatus() int {
	target := o.rewrite.target
	for i := 1; i <= 9; i++ {
		target = strings.ReplaceAll(target, "$"+strconv.Itoa(i), "")
	}
	switch {
	case target == "":
		return 500
	case target[0] != '/':
		return 400
	}
	return 404
}

// alternative is the canary upstream of a primary, if it is still there. A primary without
// endpoints has no balancer, and answers 503 also where the canary is meant; a canary
// without endpoints is not there for its primary.
func (c *controller) alternative(up *upstream) *upstream {
	if len(up.alternatives) == 0 || up.backend.Unresolved != "" {
		return nil
	}
	alt := c.upstreams[up.alternatives[0]]
	if alt == nil || alt.policy == nil || alt.backend.Unresolved != "" {
		return nil
	}
	return alt
}

func (c *controller) canaryRoutes(base intent.Route, fwd intent.Forward, up, alt *upstream) []intent.Route {
	p := alt.policy
	base.Origins = append(slices.Clip(base.Origins), p.origins...)
	base.Origins = append(base.Origins, alt.creator.self()...)
	base.Origins = append(base.Origins, up.merged...)
	to := func(bs ...intent.Backend) intent.Route {
		r, f := base, fwd
		f.Backends = bs
		r.Forward = &f
		return r
	}
	var rs []intent.Route
	for _, b := range p.branches() {
		r := to(up.backend)
		if b.canary {
			r = to(alt.backend)
		}
		if b.header != nil {
			r.Match.Headers = []intent.Cond{*b.header}
		}
		if b.cookie != nil {
			r.Match.Cookies = []intent.Cond{*b.cookie}
		}
		rs = append(rs, r)
	}
	return append(rs, to(p.split(up.backend, alt.backend)...))
}

// rewriteOf is the rewrite of a location path. Without captures the whole path is replaced,
// because the location has matched the pattern already.
func (o *object) rewriteOf(path string) *intent.Rewrite {
	target := o.targetOf(path)
	if !strings.Contains(target, "$") && target != "" {
		return &intent.Rewrite{Kind: intent.FullPath, To: target}
	}
	return &intent.Rewrite{Kind: intent.RegexRewrite, From: path, To: target, Fold: true}
}

// targetOf is rewrite-target for a location path. Captures that the path does not have come
// out empty.
func (o *object) targetOf(path string) string {
	target := o.rewrite.target
	if tree, err := syntax.Parse(path, syntax.Perl); err == nil {
		for i := tree.MaxCap() + 1; i <= 9; i++ {
			target = strings.ReplaceAll(target, "$"+strconv.Itoa(i), "")
		}
	}
	return target
}
