package proxy

import (
	"net/http"
	"net/netip"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// place finds the site and the route of the request. It answers itself, and says no, where
// there is none or the request can not be one of the site's.
func (x *exchange) place() bool {
	if x.r.Method == http.MethodConnect || x.r.RequestURI == "*" {
		x.reply(http.StatusMethodNotAllowed, observe.BadRequest)
		return false
	}
	now := x.state.Load()
	name := table.NameOf(x.r.Host)
	site, status := now.find(name), 0
	if x.secure {
		site, status = x.secureSite(now, site, name)
	}
	if site == nil && status == 0 {
		status = x.unknownHost(now)
	}
	if status != 0 {
		reason := observe.NoSite
		if status == http.StatusMisdirectedRequest {
			reason = observe.Misdirected
		} else if x.secure && status == http.StatusNotFound {
			x.decision.ResponseHeaders = table.HSTS(now.hsts())
		}
		x.reply(status, reason)
		return false
	}
	x.site, x.record.SiteName = site, site.Host.Name
	if tooManyHeaders(x.r.Header, site.Plane) {
		x.reply(http.StatusRequestHeaderFieldsTooLarge, observe.BadRequest)
		return false
	}
	x.upgrade = upgrade(x.r, site.Plane)
	x.client = x.clientAddress()
	x.record.Peer = x.client.String()
	if !policy.RemoveHopByHop(x.r.Header, site.Plane) {
		x.reply(http.StatusBadRequest, observe.BadRequest)
		return false
	}
	if site.Plane == intent.Decoded && x.r.Method == http.MethodTrace {
		x.reply(x.untaken(), observe.BadRequest)
		return false
	}
	return x.match()
}

// tooManyHeaders says whether there are more header lines than the data plane takes: Envoy's
// limit is 100 (max_headers_count), nginx's 1000 (max_headers). Conditions on headers take
// more than linear time.
func tooManyHeaders(h http.Header, plane intent.PathForm) bool {
	most, lines := 100, 0
	if plane == intent.Decoded {
		most = 1000
	}
	for _, values := range h {
		lines += len(values)
	}
	return lines > most
}

// unknownHost is the status for a host without a site: 404, or nginx's 400 for a target and
// 405 for a method that it does not take from anybody.
func (x *exchange) unknownHost(now *state) int {
	if now.nginxSites > 0 {
		if status := x.untaken(); status != 0 {
			return status
		}
	}
	return http.StatusNotFound
}

// untaken is the status of what nginx takes for no host: 400 for a target, 405 for TRACE; or 0.
func (x *exchange) untaken() int {
	x.prepared.Set(table.Request{Scheme: x.scheme(), Host: x.r.Host, Method: x.r.Method, URI: x.target()})
	switch {
	case x.prepared.Refused(intent.Decoded):
		return http.StatusBadRequest
	case x.r.Method == http.MethodTrace:
		return http.StatusMethodNotAllowed
	}
	return 0
}

// secureSite is the site of a request over TLS, where the server name of the connection
// counts as well. Envoy's filter chain for a server name knows no other host: Contour
// answers 421 to them. nginx takes the Host header, but answers 421 where the host that it
// names checks client certificates and the handshake named another server: the names count
// (ngx_http_set_virtual_server), and one that no server has is as none.
func (x *exchange) secureSite(now *state, byHost *site, host table.Name) (*site, int) {
	chosen := now.named(x.r.TLS.ServerName)
	switch {
	case chosen != nil && chosen.Plane == intent.Normalized:
		if !chosen.name(host) && now.belowWildcard(x.r.Host) == chosen {
			return nil, http.StatusNotFound // the wildcard's routes are for names of one more label
		}
		if !chosen.name(host) {
			return nil, http.StatusMisdirectedRequest
		}
		return chosen, 0
	case byHost == nil:
		return nil, x.unknownHost(now)
	case byHost.Plane == intent.Normalized:
		return nil, http.StatusMisdirectedRequest
	case chosen != nil && byHost.TLS != nil && byHost.TLS.Client != nil && !host.Same(table.NameOf(x.r.TLS.ServerName)):
		if x.untaken() == http.StatusBadRequest {
			return nil, http.StatusBadRequest // it reads the target first
		}
		return nil, http.StatusMisdirectedRequest
	}
	return byHost, 0
}

// match asks the site's table.
func (x *exchange) match() bool {
	request := table.Request{Scheme: x.access(), Host: x.r.Host, Method: x.r.Method, URI: x.target(), Vars: x.lookup}
	if x.site.table.AsksHeaders() {
		x.headers = appendHeaders(x.headers[:0], x.r.Header)
		request.Headers = x.headers
	}
	x.prepared.Set(request)
	hit := x.site.table.Match(&x.prepared)
	if hit.Route == nil {
		x.record.Slot = &x.site.missed
		x.decision = hit.Answer(&x.prepared)
		reason := observe.NoRoute
		if hit.Status == http.StatusBadRequest {
			reason = observe.BadRequest
		}
		x.reply(hit.Status, reason)
		return false
	}
	x.route = &x.site.routes[hit.RouteIndex]
	x.record.Route, x.record.Team, x.record.Slot = x.route.id, x.route.team, &x.route.slot
	x.decision = hit.Answer(&x.prepared)
	return true
}

// closed says whether the route answers 503 whatever it says, and answers so.
func (x *exchange) closed() bool {
	if x.route.closed == "" {
		return false
	}
	x.reply(http.StatusServiceUnavailable, observe.Broken)
	return true
}

// clientAddress is the client's: what trusted proxies in front say, else the peer's.
func (x *exchange) clientAddress() netip.Addr {
	xff := x.r.Header["X-Forwarded-For"]
	switch {
	case x.site.Plane == intent.Normalized:
		return policy.ClientAddress(x.peer, xff, x.TrustedHops)
	case x.site.trust.believes(x.peer):
		return x.site.trust.client(x.peer, x.r.Header)
	}
	return x.peer
}

// target is the request target in origin form. A client may send it in absolute form (RFC
// 9112, section 3.2.2): then net/http has taken the host from it, and the rest counts.
func (x *exchange) target() string {
	uri := x.r.RequestURI
	if uri == "" || uri[0] == '/' {
		return uri
	}
	return originForm(uri)
}

// appendHeaders lists headers; the lines of one name are in order.
func appendHeaders(out []table.Header, h http.Header) []table.Header {
	for name, values := range h {
		for _, v := range values {
			out = append(out, table.Header{Name: name, Value: v})
		}
	}
	return out
}
