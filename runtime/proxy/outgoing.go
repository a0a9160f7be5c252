package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// keepBody is the longest body that is read before a request is sent, so that it can be
// sent again.
const keepBody = 64 << 10

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
		Trailer: x.r.Trailer, Idle: f.idle, Upgrade: x.upgrade, Informational: x.informational,
	}}
	o.copy = f.mirror.begin(x)
	x.requestHeaders(h)
	for _, name := range x.decision.RequestRemoved {
		h.Del(name)
	}
	for _, e := range x.decision.RequestHeaders {
		h[http.CanonicalHeaderKey(e.Name)] = []string{e.Value}
	}
	t.request.apply(h, x.secure, x.expand)
	h.Del("Content-Length")
	h.Del("Host")
	policy.RemoveFromTrailer(o.Trailer, h) // announced ones
	h.Del("Connection")                    // ours says itself how long it is kept
	if x.r.Body == nil || x.r.Body == http.NoBody || x.r.ContentLength == 0 {
		o.copy.send()
		return o, true
	}
	o.body = &incoming{x: x, from: x.r.Body, left: x.route.checks.body, copy: o.copy}
	o.Body, o.ContentLength, o.Interrupt = o.body, x.r.ContentLength, o.body.interrupt
	if f.retry == nil || o.ContentLength < 0 || o.ContentLength > keepBody {
		return o, true
	}
	return o, x.keep(o)
}

// keep reads the body to its end.
func (x *exchange) keep(o *outgoing) bool {
	o.kept = make([]byte, o.ContentLength)
	if _, err := io.ReadFull(o.body, o.kept); err != nil {
		x.badBody(err)
		return false
	}
	o.Interrupt = nil
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
	return o.body == nil || o.kept != nil || !o.body.started
}

// done gives the client's connection its own time limits back.
func (o *outgoing) done() {
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
	if x.secure {
		arrival.Port = "443"
	}
	if f := x.route.forward; f != nil {
		arrival.Timeout = int(f.response.Milliseconds())
	}
	policy.Forwarded(h, &arrival)
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

// upgrade is the protocol that the client asks to change to; "" if none. Nobody is asked to
// change to HTTP/2 in the clear: what follows would be requests that no table has seen.
func upgrade(r *http.Request) string {
	if r.ProtoMajor != 1 || len(r.Header["Upgrade"]) != 1 || !hasToken(r.Header["Connection"], "upgrade") {
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

// mayUpgrade: nginx passes every upgrade on, Envoy websockets where the route has them.
func (x *exchange) mayUpgrade(f *forward) bool {
	return x.site.Plane == intent.Decoded || f.Websocket && strings.EqualFold(x.upgrade, "websocket")
}

// badBody answers where the client's body could not be read.
func (x *exchange) badBody(err error) {
	var slow interface{ Timeout() bool }
	var broken *http.ProtocolError
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

// incoming is the body that the client sends, with its limits.
type incoming struct {
	x       *exchange
	from    io.Reader
	left    int64 // bytes that may still come; 0 from the start: any number
	bounded bool
	started bool
	timed   bool
	copy    *copying
}

// Read reads from the client, which may be silent for a while only.
func (b *incoming) Read(to []byte) (int, error) {
	if !b.started {
		b.started, b.bounded = true, b.left > 0
	}
	if err := http.NewResponseController(b.x.w).SetReadDeadline(time.Now().Add(b.x.BodyIdle)); err == nil {
		b.timed = true
	}
	n, err := b.from.Read(to)
	b.x.record.BytesIn += int64(n)
	if b.bounded {
		if b.left -= int64(n); b.left < 0 {
			return 0, errTooLarge
		}
	}
	b.copy.read(to[:n])
	if err != nil {
		b.release()
	}
	if err == io.EOF {
		b.x.whole = true
		policy.RemoveFromTrailer(b.x.r.Trailer, b.x.r.Header)
		b.copy.send()
	}
	return n, err
}

// interrupt ends a Read that waits for the client.
func (b *incoming) interrupt() {
	_ = http.NewResponseController(b.x.w).SetReadDeadline(time.Unix(1, 0)) // HTTP/2 streams end with their handler
}

// release takes the time limit of the last read away.
func (b *incoming) release() {
	if b.timed {
		b.timed = false
		_ = http.NewResponseController(b.x.w).SetReadDeadline(time.Time{}) // it could be set before
	}
}
