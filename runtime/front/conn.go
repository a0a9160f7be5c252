package front

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// The phases of a connection: it waits for its first request or for a further one, has one,
// or was taken away while it waited.
const (
	fresh int32 = iota
	idle
	active
	taken
)

// conn is a client's connection. One goroutine reads requests and runs the handler.
type conn struct {
	server *Server
	raw    net.Conn // as it was accepted
	nc     net.Conn // the same, or TLS over it
	tls    *tls.ConnectionState
	peer   string
	opened time.Time
	phase  atomic.Int32
	first  bool // no request was read yet

	ctx    context.Context
	cancel context.CancelFunc
	blank  *http.Request // has the context
	in     *h1.Buffer
	header http.Header // of responses
	fields fields      // of one, sorted
	keep   bool        // another request may follow
	linger bool        // the client may still be sending
	gone   bool        // to another owner: hijacked, or HTTP/2

	watch watch
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, raw: nc, nc: nc, opened: time.Now(), first: true, peer: nc.RemoteAddr().String(), header: http.Header{}}
	c.watch.conn = c
	return c
}

// take takes the connection away if it waits for a request. A new one may have sent its
// first.
func (c *conn) take() bool {
	return c.phase.CompareAndSwap(idle, taken) || time.Since(c.opened) > freshFor && c.phase.CompareAndSwap(fresh, taken)
}

// busy says that a request has begun, unless the connection was taken away.
func (c *conn) busy() bool {
	return c.phase.CompareAndSwap(idle, active) || c.phase.CompareAndSwap(fresh, active)
}

// serve answers requests until the connection ends.
func (c *conn) serve() {
	c.ctx, c.cancel = context.WithCancel(base(c.raw))
	c.blank = (&http.Request{}).WithContext(c.ctx)
	c.in = h1.NewBuffer()
	defer c.end()
	if !c.open() {
		return
	}
	for c.keep = true; c.keep; c.first = false {
		if !c.await() {
			return
		}
		r, err := c.request()
		if err != nil {
			c.refuse(err)
			return
		}
		if r.Method == "PRI" && c.takesHTTP2(r) {
			return
		}
		if !c.answer(r) {
			return
		}
		c.rest()
	}
}

// await waits for the first byte of a request.
func (c *conn) await() bool {
	if c.in.Len() > 0 {
		return true
	}
	limit := c.server.HeaderTimeout
	if !c.first {
		if c.server.draining.Load() {
			return false
		}
		c.server.state(c.raw, http.StateIdle)
		limit = c.server.IdleTimeout
	}
	c.phase.CompareAndSwap(active, idle)
	if err := c.nc.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return false
	}
	if err := c.in.Fill(c.nc); err != nil {
		return false
	}
	if !c.busy() {
		return false
	}
	c.server.state(c.raw, http.StateActive)
	return true
}

// answer runs the handler, and sends what is left of the response. It says whether the
// connection is still ours.
func (c *conn) answer(r *http.Request) bool {
	w := newResponse(c, r)
	c.watch.begin(w.body == nil)
	defer w.free()
	c.handle(w, r)
	c.watch.end()
	if c.gone {
		return false
	}
	w.finish()
	return true
}

// handle runs the handler. A panic is the end of the connection.
func (c *conn) handle(w *response, r *http.Request) {
	defer func() {
		problem := recover()
		if problem == nil {
			return
		}
		w.aborted = true
		if problem != http.ErrAbortHandler {
			c.server.logf("http: panic serving %v: %v\n%s", c.peer, problem, debug.Stack())
		}
	}()
	c.server.Handler.ServeHTTP(w, r)
}

// rest gives a large buffer back.
func (c *conn) rest() {
	if cap(c.in.Data) > 4*h1.BufferSize && c.in.Len() == 0 {
		c.in.Free()
		c.in = h1.NewBuffer()
	}
}

// end closes the connection, unless it has another owner.
func (c *conn) end() {
	c.server.forget(c)
	if !c.gone {
		if c.linger {
			c.drain()
		}
		c.nc.Close() // the client is gone, or was told what it needs to know
		c.server.state(c.raw, http.StateClosed)
		c.in.Free()
	}
	c.cancel()
}

// cut makes an end of the connection look like a failure, where the end is all that a client
// has to tell that a response is whole.
func (c *conn) cut(ends bool) {
	if tcp, ok := c.raw.(interface{ SetLinger(seconds int) error }); ok && ends {
		_ = tcp.SetLinger(0) // an error means that it is closed
	}
}

const (
	lingerFor   = 2 * time.Second // for all that the client may still send
	lingerPause = 500 * time.Millisecond
)

// drain reads what the client is still sending, for a while: a connection that is closed with
// unread data is reset, and the client might never see the response.
func (c *conn) drain() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.in.Skip(c.in.Len())
	for until := time.Now().Add(lingerFor); ; c.in.Skip(c.in.Len()) {
		limit := time.Now().Add(lingerPause)
		if limit.After(until) {
			limit = until
		}
		if c.nc.SetReadDeadline(limit) != nil || c.in.Fill(c.nc) != nil || time.Now().After(until) {
			return
		}
	}
}
