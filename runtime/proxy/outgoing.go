package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/h1"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

const (
	// keepBody is the longest body that is read before a request is sent, so that it can be
	// sent again, or because the route wants it so; longer ones are streamed.
	keepBody = 64 << 10
	// measuredBody is the longest body that is read to find out its length, which HTTP/1.0
	// has to know; for longer ones the answer is 413.
	measuredBody = 1 << 20
)

// outgoing is the request as upstreams get it.
type outgoing struct {
	upstream.Request
	body *incoming // nil without one
	kept []byte    // the whole body, if it can be sent again
	copy *copying  // nil: the request is not copied
}

// request makes what goes upstream of what came in, whose headers it changes. It answers
// itself, and says no, where the body can not be read.
func (x *exchange) request(f *forward, t *target) (*outgoing, bool) {
	h := x.r.Header
	o := &outgoing{Request: upstream.Request{
		Method: x.r.Method, URI: x.decision.UpstreamURI, Host: x.decision.UpstreamHost, Header: h,
		Trailer: x.r.Trailer, Idle: f.idle, Send: f.send, Upgrade: x.upgradeOn(f), Informational: x.informational,
		Connection: f.Connection, HTTP10: f.HTTP10, MaxHeader: f.maxHeader(),
	}}
	x.out = o
	o.copy = x.route.mirror.begin(x)
	x.requestHeaders(h)
	for _, name := range x.decision.RequestRemoved {
		h.Del(name)
	}
	for _, e := range x.decision.RequestHeaders {
		set(h, x.site.Plane, e)
	}
	delete(h, "Host")
	t.request.apply(h, 0, x.secure, x.expand)
	if host := h.Get("Host"); host != "" { // the backend's own
		o.Host = host
		delete(h, "Host")
	}
	h.Del("Content-Length")
	policy.RemoveFromTrailer(o.Trailer, h) // announced ones
	h.Del("Connection")                    // ours says itself how long it is kept
	if x.site.Plane == intent.Normalized {
		o.copy.with(h)
	}
	if x.r.Body == nil || x.r.Body == http.NoBody || x.r.ContentLength == 0 {
		o.copy.send()
		return o, true
	}
	o.body = &incoming{x: x, from: x.r.Body, left: x.route.checks.body, copy: o.copy}
	o.Body, o.ContentLength, o.Interrupt = o.body, x.r.ContentLength, o.body.interrupt
	switch {
	case o.ContentLength < 0 && f.HTTP10 && !t.multiplexed():
		return o, x.keep(o, measuredBody)
	case o.ContentLength >= 0 && o.ContentLength <= keepBody && f.holds():
		return o, x.keep(o, o.ContentLength)
	}
	return o, true
}

// keep reads the body to its end. Room is made as it comes, since a client may say that it
// sends more than it does.
func (x *exchange) keep(o *outgoing, most int64) bool {
	kept := bytes.NewBuffer(make([]byte, 0, min(most+bytes.MinRead, 4<<10)))
	n, err := kept.ReadFrom(io.LimitReader(o.body, most+1))
	switch {
	case err == nil && n > most:
		err = errTooLarge
	case err == nil && n < o.ContentLength:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		x.badBody(err)
		return false
	}
	o.kept, o.ContentLength, o.Interrupt = kept.Bytes(), n, nil
	o.rewind()
	return true
}

// rewind makes ready for another try.
func (o *outgoing) rewind() {
	if o.kept != nil {
		o.Body = bytes.NewReader(o.kept)
	}
}

// repeatable says whether the request can be sent once more after a failure: none of its
// body is lost.
func (o *outgoing) repeatable(e *upstream.Error) bool {
	if e != nil && (e.Kind == upstream.Canceled || e.Kind == upstream.RequestBody) {
		return false
	}
	return o.body == nil || o.kept != nil || !o.body.started.Load()
}

// done drops a copy that was not sent, and gives the client's connection its own time limits back.
func (o *outgoing) done() {
	o.copy.forget()
	if o.body != nil {
		o.body.release()
	}
}

// requestHeaders takes away what is between the client and us only, and says who asks.
func (x *exchange) requestHeaders(h http.Header) {
	if x.told {
		return
	}
	x.told = true
	arrival := policy.Arrival{
		Plane: x.site.Plane, Scheme: x.scheme(), Host: x.r.Host, Port: "80", Peer: x.peer, Client: x.address(),
		TrustedHops: x.TrustedHops, TrustForwarded: x.believed(), Start: x.record.Start, ID: randomID,
	}
	if t := x.site.trust; t != nil {
		arrival.FullForwarded, arrival.ForwardedFor = t.Append, t.header
	}
	if x.secure {
		arrival.Port = "443"
	}
	if f := x.route.forward; f != nil {
		arrival.Timeout = int(f.response.Milliseconds())
	}
	if f := x.route.forward; f == nil || !f.Untold {
		policy.Forwarded(h, &arrival)
	}
	x.clientCertHeaders(h)
	x.record.RequestID = h.Get("X-Request-Id")
}

func randomID() (high, low uint64) { return rand.Uint64(), rand.Uint64() }

// requestID is what the request is known by from end to end: what the client calls it, or a
// new name.
func (x *exchange) requestID() string {
	const name = "X-Request-Id"
	if x.r.Header.Get(name) == "" {
		high, low := randomID()
		x.r.Header[name] = []string{fmt.Sprintf("%016x%016x", high, low)}
	}
	return x.r.Header.Get(name)
}

// upgrade is the protocol that the client asks to change to; "" if none. nginx looks at Upgrade
// alone, Envoy asks that Connection names it. Nobody is asked to change to HTTP/2 in the clear:
// what follows would be requests that no table has seen.
func upgrade(r *http.Request, plane intent.PathForm) string {
	if r.ProtoMajor != 1 || len(r.Header["Upgrade"]) != 1 || plane == intent.Normalized && !hasToken(r.Header["Connection"], "upgrade") {
		return ""
	}
	to := r.Header["Upgrade"][0]
	if low := strings.ToLower(to); strings.HasPrefix(low, "h2c") || strings.Contains(low, ",") || strings.HasPrefix(low, "http/") {
		return ""
	}
	return to
}

func hasToken(lines []string, want string) bool {
	for _, line := range lines {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), want) {
				return true
			}
		}
	}
	return false
}

// upgradeOn is the change of protocol that the upstream is asked for: nginx passes none on
// where the route sets a Connection of its own.
func (x *exchange) upgradeOn(f *forward) string {
	if x.site.Plane == intent.Decoded && !f.Websocket {
		return ""
	}
	return x.upgrade
}

// mayUpgrade: nginx passes every upgrade on, Envoy websockets where the route has them.
func (x *exchange) mayUpgrade(f *forward) bool {
	return x.site.Plane == intent.Decoded || f.Websocket && strings.EqualFold(x.upgrade, "websocket")
}

// badBody answers where the client's body could not be read.
func (x *exchange) badBody(err error) {
	var slow interface{ Timeout() bool }
	var broken h1.Malformed
	switch {
	case errors.As(err, &broken):
		x.reply(http.StatusBadRequest, observe.BadRequest)
	case errors.Is(err, errTooLarge):
		x.reply(http.StatusRequestEntityTooLarge, observe.TooLarge)
	case errors.As(err, &slow) && slow.Timeout():
		x.w.Header().Set("Connection", "close")
		x.reply(http.StatusRequestTimeout, observe.ClientTimeout)
	default:
		x.record.Flags = observe.ClientGone
		panic(http.ErrAbortHandler)
	}
}

var errTooLarge = errors.New("the request's body is longer than the route allows")
