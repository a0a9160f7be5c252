package upstream

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/h1"
)

const (
	pingAfter = 15 * time.Second // without a frame while streams are open
	pingLimit = 10 * time.Second // for the answer
	stuckFor  = 30 * time.Second // that a connection takes no byte
	unread    = 256 << 10        // bytes of a response that may come for a client that reads none
)

// streams is HTTP/2 to an endpoint.
type streams struct {
	endpoint  *Endpoint
	transport *http.Transport
	scheme    string
	closed    atomic.Bool
}

func newStreams(e *Endpoint) *streams {
	s := &streams{endpoint: e, scheme: "https"}
	s.transport = &http.Transport{
		Protocols:              new(http.Protocols),
		DialContext:            s.dial,
		DialTLSContext:         s.dial,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        max(e.options.IdleTimeout, 0),
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingLimit, WriteByteTimeout: stuckFor, MaxReceiveBufferPerStream: unread},
	}
	s.transport.Protocols.SetHTTP2(true)
	if e.options.Protocol == intent.H2C {
		s.scheme = "http"
		s.transport.Protocols.SetHTTP2(false)
		s.transport.Protocols.SetUnencryptedHTTP2(true)
	}
	return s
}

// dial connects to the endpoint, whatever the address in the URL.
func (s *streams) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	c, err := s.endpoint.connect(ctx)
	if err != nil {
		return nil, err
	}
	return c.Conn, nil
}

// close closes idle connections; the others are closed with their last stream.
func (s *streams) close() {
	s.closed.Store(true)
	s.transport.CloseIdleConnections()
}

// stream is one exchange; it is the Body of its Response.
type stream struct {
	Response
	streams *streams
	ctx     context.Context // of the caller
	inner   context.Context // ended by watch, too
	cancel  context.CancelCauseFunc
	watch   watch
	sent    *sentBody // nil: none
	answer  *http.Response
	err     error // of every further Read
	over    bool

	informed sync.Mutex
	returned bool // the caller hears of no interim response any more: it may have gone
}

// do sends a request and reads the header of its response.
func (s *streams) do(ctx context.Context, r *Request) (*Response, *Error) {
	if r.Upgrade != "" { // malformed (RFC 9113, section 8.2.2), or CONNECT as nobody announces it (RFC 8441)
		return nil, s.endpoint.fail(Protocol, errors.New("a server of HTTP/2 takes no upgrade"))
	}
	if r.Method == http.MethodConnect || !h1.Visible(r.URI) || r.URI == "" || !h1.Visible(r.Host) {
		return nil, s.endpoint.fail(Invalid, errors.New("HTTP/2 has no such method, target or host"))
	}
	x := &stream{streams: s, ctx: ctx}
	x.inner, x.cancel = context.WithCancelCause(ctx)
	x.watch.idle, x.watch.cancel = r.Idle, x.cancel
	if r.Body != nil && r.ContentLength != 0 {
		x.sent = &sentBody{request: r, watch: &x.watch, rest: r.ContentLength}
	} else {
		x.watch.sent(r)
	}
	x.watch.wait()
	answer, err := s.transport.RoundTrip(x.outgoing(r))
	x.informed.Lock()
	x.returned = true
	x.informed.Unlock()
	x.watch.answered()
	if err != nil {
		fail := x.failure(err)
		x.end()
		return nil, fail
	}
	x.answer = answer
	removeHops(answer.Header, false)
	x.Response = Response{Status: answer.StatusCode, Header: answer.Header, ContentLength: answer.ContentLength,
		Trailer: answer.Trailer, Body: x, ProtoMajor: 2, Pending: answer.ContentLength != 0}
	return &x.Response, nil
}

// outgoing is the request as the transport wants it.
func (x *stream) outgoing(r *Request) *http.Request {
	ctx := x.inner
	if r.Informational != nil {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			x.informed.Lock()
			defer x.informed.Unlock()
			if code != http.StatusContinue && !x.returned {
				r.Informational(code, http.Header(h))
			}
			return nil
		}})
	}
	target := r.URI
	if strings.HasPrefix(target, "//") {
		// Two slashes would make an authority of what follows; the transport takes these off.
		target = x.streams.scheme + "://" + r.Host + target
	}
	out := &http.Request{
		Method: r.Method, Host: r.Host, Header: r.Header, ContentLength: r.ContentLength, Trailer: r.Trailer,
		URL:   &url.URL{Scheme: x.streams.scheme, Host: x.streams.endpoint.address, Opaque: target},
		Proto: "HTTP/2.0", ProtoMajor: 2,
	}
	if x.sent != nil {
		out.Body = x.sent
	}
	if _, ok := r.Header["User-Agent"]; !ok {
		// An empty list keeps the transport from naming itself.
		out.Header = maps.Clone(r.Header)
		if out.Header == nil {
			out.Header = http.Header{}
		}
		out.Header["User-Agent"] = nil
	}
	return out.WithContext(ctx)
}

// failure says what kind an error of the transport is, by its text where it has no type.
func (x *stream) failure(err error) *Error {
	fail := &Error{Kind: Reset, Endpoint: x.streams.endpoint.address, Sent: true, Err: err}
	var known *Error
	var reset http2.StreamError
	client := x.sent.failed()
	switch {
	case x.ctx.Err() != nil:
		fail.Kind, fail.Err = Canceled, context.Cause(x.ctx)
	case x.inner.Err() != nil:
		fail.Kind, fail.Err = Timeout, context.Cause(x.inner)
	case client != nil:
		fail.Kind, fail.Err = RequestBody, client
	case errors.As(err, &known):
		fail.Kind, fail.Err, fail.Sent = known.Kind, known.Err, x.sent.touched()
	case strings.Contains(err.Error(), "header list larger than"):
		fail.Kind = TooLarge
	case errors.As(err, &reset):
		fail.Sent = reset.Code != http2.ErrCodeRefusedStream || x.sent.touched()
		if reset.Code == http2.ErrCodeProtocol && (reset.Cause == nil || reset.Cause.Error() != "received from peer") {
			fail.Kind = Protocol
		}
	case strings.Contains(err.Error(), "looked like an HTTP/1.1 header"), strings.Contains(err.Error(), "client conn could not be established"), // nothing of HTTP/2 came
		strings.Contains(err.Error(), "malformed"), strings.HasPrefix(err.Error(), "connection error: "):
		fail.Kind = Protocol
	}
	return fail
}

// Read reads the body. Its errors are *Error.
func (x *stream) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	x.watch.wait()
	n, err := x.answer.Body.Read(p)
	x.watch.pause()
	if err == io.EOF {
		x.Trailer = x.answer.Trailer
	} else if err != nil {
		err = x.failure(err)
	}
	x.err = err
	return n, err
}

// Close ends the stream, and resets it if there is more of it.
func (x *stream) Close() error {
	if x.over {
		return nil
	}
	x.over, x.err = true, http.ErrBodyReadAfterClose
	x.answer.Body.Close() // whatever it says, the stream is over
	x.end()
	x.streams.endpoint.active.Add(-1)
	return nil
}

// end lets go of everything.
func (x *stream) end() {
	x.watch.end()
	x.cancel(nil)
	x.sent.Close()
	if x.streams.closed.Load() {
		x.streams.transport.CloseIdleConnections()
	}
}
