package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// errorPages are answers that another service makes (ingress-nginx's custom-http-errors).
type errorPages struct {
	*intent.ErrorPages
	cluster  *cluster // nil: none, Status is answered
	fallback *cluster // nil: none
}

func (c *compiler) errorPages(s *site, e *intent.ErrorPages) (*errorPages, error) {
	p := &errorPages{ErrorPages: e}
	var err error
	if e.Fallback != nil {
		if p.fallback, err = c.cluster(s, e.Fallback, &intent.Forward{}); err != nil {
			return nil, fmt.Errorf("default backend: %w", err)
		}
	}
	if e.Backend == nil {
		return p, nil
	}
	if p.cluster, err = c.cluster(s, e.Backend, &intent.Forward{}); err != nil {
		return nil, fmt.Errorf("error pages: %w", err)
	}
	return p, nil
}

// ready is who is asked where the route's own backend has no endpoint, as for an error page
// but with the request's own path; nil if there is nobody.
func (p *errorPages) ready() *cluster {
	if p == nil || p.fallback == nil || len(p.fallback.Endpoints()) == 0 {
		return nil
	}
	return p.fallback
}

// wants says whether a status of the upstream is answered by the error pages.
func (p *errorPages) wants(status int) bool {
	return p != nil && !p.OwnOnly && slices.Contains(p.Codes, status)
}

// wantsErrorPage says whether an answer of our own is replaced.
func (x *exchange) wantsErrorPage(status int) bool {
	if x.route == nil || x.inErrorPage {
		return false
	}
	return x.route.errors != nil && slices.Contains(x.route.errors.Codes, status)
}

// errorTime limits the wait for an error page, as nginx waits for any upstream.
const errorTime = time.Minute

// errorPage asks the error service. What it answers goes to the client as it is, its status
// too, with nothing of what the host and the route put on responses, but with how to sign in
// if that is what the page is about; where it does not answer, the client gets 503, or the
// status that the route says.
func (x *exchange) errorPage(status int, challenge []string) {
	p := x.route.errors
	x.inErrorPage = true
	x.plain()
	if len(challenge) > 0 {
		x.w.Header()["Www-Authenticate"] = challenge
	}
	if p.cluster == nil || p.cluster.Pick(0, nil) == nil {
		if p.Status != 0 {
			status = p.Status
		}
		x.reply(status, x.record.Flags)
		return
	}
	request, done := x.errorRequest(p, status)
	defer done()
	response, err := p.cluster.Pick(0, nil).Do(x.r.Context(), request)
	if err != nil {
		var e *upstream.Error
		if errors.As(err, &e) && (e.Kind == upstream.Canceled || e.Kind == upstream.RequestBody) {
			panic(http.ErrAbortHandler)
		}
		x.reply(http.StatusServiceUnavailable, observe.UpstreamReset)
		return
	}
	if response.Status == http.StatusSwitchingProtocols {
		response.Conn.Close()
		x.reply(http.StatusBadGateway, observe.UpstreamInvalid)
		return
	}
	defer response.Body.Close()
	h := x.w.Header()
	x.responseHeaders(h, response)
	x.head(response.Status, h)
	if err := x.body(response); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// untoldPages are headers that error services do not get: of who asks they are told the address
// only.
var untoldPages = []string{
	"Content-Length", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Scheme",
	"X-Original-Forwarded-For", "X-Original-Forwarded-Host", "X-Real-Ip", "X-Scheme",
}

// errorRequest is the question to the error service: "/" with the query, the body if we still
// have it, and headers that say what went wrong (ingress-nginx's custom error format). It is
// asked as nginx asks, in HTTP/1.0.
func (x *exchange) errorRequest(p *errorPages, status int) (request *upstream.Request, done func()) {
	x.requestHeaders(x.r.Header)
	h := x.r.Header.Clone()
	for _, name := range untoldPages {
		h.Del(name)
	}
	x.tellError(h, p, status)
	h.Set("X-Original-Uri", x.target())
	uri := "/"
	if _, query, found := strings.Cut(x.target(), "?"); found {
		uri += "?" + query
	}
	request = &upstream.Request{
		Method: x.r.Method, URI: uri, Host: x.r.Host, Header: h, FirstByte: errorTime, Idle: errorTime, HTTP10: true, Connection: "close",
	}
	done = func() {}
	switch {
	case x.kept != nil:
		request.Body, request.ContentLength = bytes.NewReader(x.kept), int64(len(x.kept))
	case !x.reading && x.r.ContentLength > 0 && status != http.StatusRequestEntityTooLarge:
		body := &incoming{x: x, from: x.r.Body, left: x.route.checks.body}
		request.Body, request.ContentLength, request.Interrupt, done = body, x.r.ContentLength, body.interrupt, body.release
	default:
		h.Del("Content-Type")
	}
	return request, done
}

// tellError says in headers what went wrong, and where.
func (x *exchange) tellError(h http.Header, p *errorPages, status int) {
	namespace, ingress, _ := strings.Cut(p.Object, "/")
	for name, value := range map[string]string{
		"X-Code": strconv.Itoa(status), "X-Format": x.r.Header.Get("Accept"),
		"X-Namespace": namespace, "X-Ingress-Name": ingress, "X-Service-Name": p.Service, "X-Service-Port": p.Port,
	} {
		if h.Del(name); value != "" { // nginx sends no header without a value
			h.Set(name, value)
		}
	}
}
