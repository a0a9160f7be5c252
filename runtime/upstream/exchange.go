package upstream

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

const (
	smallBody  = 4 << 10               // bytes of a body that goes with the head, if it comes at once
	maxInterim = 16                    // interim responses before the final one
	longRead   = 10 * time.Millisecond // after which an idle connection may have ended meanwhile
)

// exchange is a request over HTTP/1.1 with its response, whose Body it is.
type exchange struct {
	Response
	endpoint *Endpoint
	request  *Request
	ctx      context.Context
	conn     *conn       // nil once it was given back or closed
	stop     func() bool // ends the watch over ctx; nil: none
	sender   *sender     // nil: the request was written whole
	in       *h1.Buffer  // nil once it is not needed any more
	began    bool        // something of a response is there
	framing  framing
	body     h1.Body
	err      error // of every further Read
	closed   bool
}

// exchange sends a request over an idle connection or a new one, and once more over a new
// one if the idle one fails before anything came back and that does no harm.
func (e *Endpoint) exchange(ctx context.Context, r *Request) (*Response, *Error) {
	out := h1.NewBuffer()
	defer out.Free()
	var invalid error
	if out.Data, invalid = appendHead(out.Data[:0], r); invalid != nil {
		return nil, e.fail(Invalid, invalid)
	}
	x := &exchange{endpoint: e, request: r, ctx: ctx}
	c, err := e.idleOrNew(ctx)
	if err != nil {
		return nil, err
	}
	c, rest, err := x.begin(c, out)
	if err != nil {
		return nil, err
	}
	err = x.try(c, out.Data, rest)
	if err != nil && err.Kind == Reset && err.Reused && !x.began && rest == 0 && idempotent(r.Method) {
		if c, err = e.connect(ctx); err != nil {
			err.Sent = true
			return nil, err
		}
		err = x.try(c, out.Data, 0)
	}
	if err != nil {
		return nil, err
	}
	return &x.Response, nil
}

// idleOrNew gets a connection.
func (e *Endpoint) idleOrNew(ctx context.Context) (*conn, *Error) {
	if c := e.idle.take(); c != nil {
		return c, nil
	}
	return e.connect(ctx)
}

// begin puts a small body behind the head; rest is what is still to be sent then (-1: until
// it ends). If reading it took long the connection may be another one afterwards.
func (x *exchange) begin(c *conn, out *h1.Buffer) (*conn, int64, *Error) {
	r := x.request
	if r.ContentLength <= 0 || r.ContentLength > smallBody {
		return c, r.ContentLength, nil
	}
	start, head := now(), len(out.Data)
	out.Data = append(out.Data, make([]byte, r.ContentLength)...)
	n, err := r.Body.Read(out.Data[head:])
	out.Data = out.Data[:head+n]
	rest := r.ContentLength - int64(n)
	if rest > 0 && err != nil {
		x.endpoint.idle.put(c)
		fail := x.endpoint.fail(RequestBody, shortBody(err))
		fail.Sent = true
		return nil, 0, fail
	}
	if c.reused && now()-start > int64(longRead) && !c.link.silent() {
		c.close()
		fresh, fail := x.endpoint.idleOrNew(x.ctx)
		if fail != nil {
			fail.Sent = n > 0
			return nil, 0, fail
		}
		c = fresh
	}
	return c, rest, nil
}

// try sends the request over a connection and reads the header of its response.
func (x *exchange) try(c *conn, out []byte, rest int64) *Error {
	x.conn, x.stop, x.sender = c, nil, nil
	c.link.begin(x.request)
	if x.ctx.Done() != nil {
		x.stop = context.AfterFunc(x.ctx, c.link.abort)
	}
	if _, err := c.Write(out); err != nil {
		return x.broken(err)
	}
	if rest != 0 {
		x.sender = startSender(c, x.endpoint, x.request, rest)
	} else {
		c.link.sent(x.request)
		runtime.Gosched() // others have something to send, too, and the response may be here by then
	}
	x.in = h1.NewLargeBuffer()
	if err := x.readHead(); err != nil {
		return x.broken(err)
	}
	c.link.answered(true)
	x.settle()
	return nil
}

// broken closes the connection after an error and says what kind it is.
func (x *exchange) broken(err error) *Error {
	reused := x.conn != nil && x.conn.reused
	failure := x.drop()
	var bad h1.Malformed
	kind := Reset
	switch {
	case x.ctx.Err() != nil:
		kind, err = Canceled, context.Cause(x.ctx)
	case failure != nil:
		kind, err = failure.Kind, failure.Err
	case errors.Is(err, os.ErrDeadlineExceeded):
		kind = Timeout
	case errors.Is(err, errTooLarge):
		kind = TooLarge
	case errors.As(err, &bad):
		kind = Protocol
	case err == io.EOF && x.began:
		err = io.ErrUnexpectedEOF
	}
	return &Error{Kind: kind, Endpoint: x.endpoint.address, Reused: reused, Sent: true, Err: err}
}

// drop closes the connection, if there still is one, and ends the sender, whose failure it
// gives.
func (x *exchange) drop() (failure *Error) {
	if x.in != nil {
		x.in.Free()
		x.in = nil
	}
	if x.conn == nil {
		return nil
	}
	if x.stop != nil {
		x.stop()
	}
	x.conn.close()
	x.conn = nil
	if x.sender != nil {
		failure = x.sender.failure.Load()
		x.sender.end()
	}
	return failure
}
