package proxy

import (
	"cmp"
	"net/http"
	"net/netip"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
)

// pass asks what stands before the action, in the order of the data plane that is
// imitated, and says no if the request was answered on the way. The certificate and the
// length of the body come first; a closed route goes no further; then a preflight is
// answered. In nginx a rewrite to nothing, a redirect and a fixed answer are
// made before limits and access are asked (its rewrite phase), and so is a 503 where nobody
// can be asked; in Envoy the router comes
// last, but the way from http to https is open to everybody (where the root's lists of addresses
// hold for it, it is a redirect of its own).
func (x *exchange) pass() bool {
	k := &x.route.checks
	if x.clientRefused() || !x.bodyFits(k) || x.closed() || x.preflight() {
		return false
	}
	switch {
	case x.decision.Status == http.StatusInternalServerError && x.route.Forward != nil:
		x.reply(x.decision.Status, observe.BadRequest) // a rewrite to nothing
		return false
	case x.stuckUpgrade():
		x.reply(http.StatusForbidden, observe.BadRequest)
		return false
	case x.route.HTTPS != nil && x.access() == "http":
		x.redirect()
		return false
	case x.site.Plane == intent.Decoded && x.early():
		return true
	case x.site.Plane == intent.Decoded && x.nobody():
		x.reply(http.StatusServiceUnavailable, observe.NoEndpoint)
		return false
	}
	return x.limits(k) && x.admitted(k)
}

// stuckUpgrade says whether the client asks to change the protocol where nothing forwards,
// which Envoy refuses before anything else.
func (x *exchange) stuckUpgrade() bool {
	forwards := x.route.Forward != nil && (x.route.HTTPS == nil || x.access() != "http")
	return x.site.Plane == intent.Normalized && x.upgrade != "" && !forwards
}

// early says whether nginx answers in its rewrite phase.
func (x *exchange) early() bool {
	return x.route.Redirect != nil || x.route.Respond != nil && !x.route.Respond.Implicit
}

// nobody says whether no backend of a route has an endpoint. The controller looks in its
// rewrite phase, too.
func (x *exchange) nobody() bool {
	if x.route.forward == nil {
		return false
	}
	_, k := x.chosen()
	return k == nil
}

// cors is the policy of the route. Envoy has none on routes that do not forward, and neither
// has what can not be served.
func (x *exchange) cors() *policy.CORS {
	if x.route == nil || x.unmarked || x.route.closed != "" || x.site.Plane == intent.Normalized && x.route.Forward == nil {
		return nil
	}
	return x.route.checks.cors
}

// preflight answers the question of a browser whether it may send a request.
func (x *exchange) preflight() bool {
	c := x.cors()
	if c == nil || x.r.Method != http.MethodOptions {
		return false
	}
	status := c.Preflight(x.r, x.w.Header())
	if status == 0 {
		return false
	}
	x.respond(status, nil, []byte{}, observe.Respond)
	return true
}

// limits are those per client, then the bucket for all of them.
func (x *exchange) limits(k *checks) bool {
	now := x.record.Start
	if x.Clock != nil {
		now = x.Clock()
	}
	if k.limit != nil {
		leave, status := k.limit.Enter(x.address(), now)
		if status != 0 {
			x.reply(status, observe.Limited)
			return false
		}
		x.leave = leave
	}
	if k.bucket != nil && !k.bucket.Take(now) {
		x.overBucket()
		return false
	}
	return true
}

// overBucket refuses as the route's local limit says; the default is 429.
func (x *exchange) overBucket() {
	l := x.route.Policies.Local
	for _, h := range l.Headers {
		switch {
		case h.HTTPSOnly && !x.secure:
		case h.Remove:
			x.onReply = append(x.onReply, auth.HeaderEdit{Name: h.Name, Op: auth.Remove})
		default:
			x.onReply = append(x.onReply, auth.HeaderEdit{Name: h.Name, Value: h.Value.Expand(x.expand), Op: auth.Set})
		}
	}
	status := l.Status
	if status == 0 {
		status = http.StatusTooManyRequests
	}
	x.reply(status, observe.Limited)
}

// admitted asks for the address and for credentials, for one of them where one is enough
// (nginx's satisfy any).
func (x *exchange) admitted(k *checks) bool {
	if m := x.route.mirror; m != nil && m.Backend == nil {
		x.came = x.r.Header.Clone()
	}
	allowed, known := k.access.Judge(x.peer, x.address())
	guarded := k.basic != nil || k.external != nil || k.grpc != nil
	switch {
	case k.any && guarded && allowed && known:
		x.unasked(k)
		return true
	case !allowed && !(k.any && guarded):
		x.reply(http.StatusForbidden, observe.Blocked)
		return false
	}
	return !guarded || x.authenticated(k)
}

// unasked lets a request through that needs no credentials: what a check would have said
// must not come from the client.
func (x *exchange) unasked(k *checks) {
	if k.external != nil {
		auth.EditRequest(x.r.Header, k.external.Skipped())
	}
	if k.basic != nil {
		auth.EditRequest(x.r.Header, k.basic.Skipped())
	}
}

// authenticated asks for credentials: the service, then the password, as nginx orders its
// access phase; with k.any the first that holds is enough. What Envoy tells upstreams
// about the client, it tells its authorization service, too.
func (x *exchange) authenticated(k *checks) bool {
	if k.grpc != nil {
		x.requestHeaders(x.r.Header)
		body := x.patiently()
		v := k.grpc.Check(x.r.Context(), x.r, x.question())
		body.release()
		if !x.verdict(k, v) {
			return false
		}
		return len(v.Upstream) == 0 || x.match() && !x.closed() // Contour has the route chosen again
	}
	if k.external != nil {
		x.clientCertHeaders(x.r.Header) // the service must not believe what the client says of that
		v := k.external.Check(x.r, x.question())
		if !v.Allowed && k.any && k.basic != nil && v.Status < 500 {
			auth.EditRequest(x.r.Header, k.external.Skipped())
		} else if !x.verdict(k, v) || k.any {
			return v.Allowed
		}
	}
	return k.basic == nil || x.verdict(k, k.basic.CheckOf(x.address().String(), x.r))
}

// verdict changes the request as a check wants it, and remembers what it wants of the
// response; or it answers with the refusal.
func (x *exchange) verdict(k *checks, v auth.Verdict) bool {
	if v.Allowed {
		auth.EditRequest(x.r.Header, v.Upstream)
		x.user = cmp.Or(v.User, x.user)
		x.onReply = append(x.onReply, v.Client...)
		return true
	}
	if k.external != nil {
		v = k.external.SignIn(v, x.question())
	}
	if v.Err != nil {
		x.log.Warn("a request could not be authorized", "host", x.site.Host.Name, "route", x.route.id, "error", v.Err)
	}
	reason := observe.Denied
	if v.Status >= 500 {
		reason = observe.AuthError
	}
	x.respond(v.Status, v.Header, v.Body, reason)
	return false
}

// question is what checks are told besides the request.
func (x *exchange) question() auth.Question {
	q := auth.Question{
		Scheme: x.scheme(), Access: x.access(), Host: x.r.Host, URI: x.target(), Peer: x.r.RemoteAddr, Client: x.address().String(),
		RequestID: x.requestID(), Variable: x.expand,
	}
	if t := x.site.trust; t != nil && t.Append && x.site.Plane == intent.Decoded {
		arrival := policy.Arrival{Peer: x.peer}
		q.Ask = []auth.HeaderEdit{{Name: "X-Forwarded-For", Value: arrival.FullList(x.r.Header.Clone())}}
	}
	return q
}

// bodyFits refuses a request that says itself that its body is too long; one that does not
// say so is cut off where it gets too long.
func (x *exchange) bodyFits(k *checks) bool {
	if k.body == 0 || x.r.ContentLength <= k.body {
		return true
	}
	x.unmarked = x.site.Plane == intent.Decoded
	x.reply(http.StatusRequestEntityTooLarge, observe.TooLarge)
	return false
}

// address is the client's.
func (x *exchange) address() netip.Addr { return x.client }
