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

func (c *compiler) errorPages(s *site, r *route) (*errorPages, error) {
	e := r.Policies.Errors
	p := &errorPages{ErrorPages: e}
	var err error
	if e.Fallback != nil {
		if p.fallback, err = c.cluster(s, r, e.Fallback, &intent.Forward{}); err != nil {
			return nil, fmt.Errorf("default backend: %w", err)
		}
	}
	if e.Backend == nil {
		return p, nil
	}
	if p.cluster, err = c.cluster(s, r, e.Backend, &intent.Forward{}); err != nil {
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
	var endpoint *upstream.Endpoint
	if p.cluster != nil {
		endpoint = p.cluster.Pick(0, nil)
	}
	if endpoint == nil {
		if p.Status != 0 {
			status = p.Status
		}
		x.reply(status, x.record.Flags)
		return
	}
	question, body := x.errorRequest(p, status)
	if body != nil {
		defer body.release()
	}
	response, err := endpoint.Do(x.r.Context(), question)
	if err != nil {
		x.noErrorPage(err)
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

// noErrorPage answers where the error service did not.
func (x *exchange) noErrorPage(err error) {
	var e *upstream.Error
	switch {
	case errors.As(err, &e) && e.Kind == upstream.Canceled:
		panic(http.ErrAbortHandler)
	case errors.As(err, &e) && e.Kind == upstream.RequestBody:
		x.badBody(e)
	default:
		x.reply(http.StatusServiceUnavailable, observe.UpstreamReset)
	}
}

// errorRequest is the question to the error service: "/" with the query, headers that say
// what went wrong (ingress-nginx's custom error format), and the request's own method and
// body; body is not nil if the client is still to send it. It is asked in HTTP/1.0, as nginx
// asks, if the length of the body is known.
func (x *exchange) errorRequest(p *errorPages, status int) (question *upstream.Request, body *incoming) {
	h := x.r.Header.Clone()
	x.requestHeaders(h)
	for _, name := range untoldPages {
		h.Del(name)
	}
	x.tellError(h, p, status)
	h.Set("X-Original-Uri", x.target())
	uri := "/"
	if _, query, found := strings.Cut(x.target(), "?"); found {
		uri += "?" + query
	}
	question = &upstream.Request{Method: x.r.Method, URI: uri, Host: x.r.Host, Header: h, FirstByte: errorTime, Idle: errorTime, Connection: "close"}
	switch o := x.out; {
	case o != nil && o.kept != nil:
		question.Body, question.ContentLength = bytes.NewReader(o.kept), int64(len(o.kept))
	case o != nil && o.body != nil && !o.body.started.Load():
		body = o.body
	case o == nil && x.unread() && status != http.StatusRequestEntityTooLarge:
		body = &incoming{x: x, from: x.r.Body, left: x.route.checks.body}
	}
	if body != nil {
		question.Body, question.ContentLength, question.Interrupt = body, x.r.ContentLength, body.interrupt
	}
	question.HTTP10 = question.ContentLength >= 0
	if question.Body == nil {
		h.Del("Content-Type") // there is none, or too much of it has gone elsewhere
	}
	return question, body
}

// unread says whether there is a body, of which nothing has been read.
func (x *exchange) unread() bool {
	return x.r.Body != nil && x.r.Body != http.NoBody && x.r.ContentLength != 0 && !x.whole.Load()
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
