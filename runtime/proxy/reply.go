package proxy

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/observe"
)

// reply answers with a status, its name as the body, and what the table wants set.
func (x *exchange) reply(status int, why observe.Reason) {
	x.respond(status, nil, nil, why)
}

// redirect answers with the Location of the decision.
func (x *exchange) redirect() {
	h := http.Header{"Location": {x.decision.Location}}
	x.respond(x.decision.Status, h, nil, observe.Redirect)
}

// respond answers without an upstream. Without a body the status's name stands there, where
// a body may be. gRPC clients read no such body: on sites of the Envoy kind they get a
// status of gRPC in the head (its statuses.md maps those of HTTP).
func (x *exchange) respond(status int, header http.Header, body []byte, why observe.Reason) {
	if x.sent {
		return
	}
	x.record.Flags = why
	if x.wantsErrorPage(status) {
		x.errorPage(status, header["Www-Authenticate"])
		return
	}
	h := x.w.Header()
	for name, values := range header {
		h[name] = values
	}
	if x.grpcReply(status, h) {
		x.head(http.StatusOK, h)
		return
	}
	if body == nil && bodyAllowed(status) {
		body = []byte(strconv.Itoa(status) + " " + http.StatusText(status) + "\n")
	}
	if len(body) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	if bodyAllowed(status) {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.head(status, h)
	if x.r.Method != http.MethodHead && len(body) > 0 {
		n, _ := x.w.Write(body) // the client is gone, and nobody is left to be told
		x.record.BytesOut += int64(n)
	}
}

// head sends the head of a response, with what the site and the policies put on each.
func (x *exchange) head(status int, h http.Header) {
	for _, name := range x.decision.ResponseRemoved {
		h.Del(name)
	}
	for _, e := range x.decision.ResponseHeaders {
		if x.site != nil {
			set(h, x.site.Plane, e)
		} else {
			h.Set(e.Name, e.Value)
		}
	}
	if !x.isPlain {
		x.routeHeaders(status, h)
	}
	if _, typed := h["Content-Type"]; !typed {
		h["Content-Type"] = nil // net/http's HTTP/2 would guess one
	}
	if x.bodied() && !x.whole.Load() {
		h.Set("Connection", "close") // what comes behind a body that nobody reads is no request
	}
	x.sent, x.record.Status = true, status
	x.w.WriteHeader(status)
}

// routeHeaders puts what the policies of the route want on a response.
func (x *exchange) routeHeaders(status int, h http.Header) {
	if x.route != nil {
		own := edits{x.route.Response, x.site.Plane}
		own.apply(h, status, x.secure, x.expand)
	}
	if c := x.cors(); c != nil {
		c.Mark(x.r, h)
	}
	auth.EditResponse(h, status, x.onReply)
}

// plain leaves out what the host and the route put on responses.
func (x *exchange) plain() {
	x.decision.ResponseHeaders, x.decision.ResponseRemoved, x.isPlain = nil, nil, true
}

// bodyAllowed says whether a response of a status may have a body (RFC 9110, section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// grpcReply makes the head of an answer to a gRPC client, if it is one.
func (x *exchange) grpcReply(status int, h http.Header) bool {
	if x.site == nil || x.site.Plane != intent.Normalized || !isGRPC(x.r.Header) {
		return false
	}
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", strconv.Itoa(grpcStatus(status)))
	h.Set("Grpc-Message", http.StatusText(status))
	return true
}

func isGRPC(h http.Header) bool {
	t := h.Get("Content-Type")
	return t == "application/grpc" || strings.HasPrefix(t, "application/grpc+") || strings.HasPrefix(t, "application/grpc;")
}

// grpcStatus is the status of gRPC that stands for one of HTTP (gRPC over HTTP/2, "HTTP to
// gRPC status code mapping").
func grpcStatus(status int) int {
	switch status {
	case 400:
		return 13 // internal
	case 401:
		return 16 // unauthenticated
	case 403:
		return 7 // permission denied
	case 404:
		return 12 // unimplemented
	case 429, 502, 503, 504:
		return 14 // unavailable
	}
	return 2 // unknown
}
