package front

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// flushAt is how many bytes of a response are gathered before they are sent.
const flushAt = 16 << 10

// response is the http.ResponseWriter of a request.
type response struct {
	conn    *conn
	r       *http.Request
	body    *body // of the request; nil: none
	status  int   // 0: the head is not made yet
	kind    h1.Kind
	left    int64 // bytes still to be written of a body by length
	none    bool  // what is written of the body is not sent: the request was HEAD
	aborted bool  // the handler panicked
	err     error // of sending

	mu  sync.Mutex // of out and of writing, which a 100 does from another goroutine
	out *[]byte
}

var outs = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func newResponse(c *conn, r *http.Request) *response {
	clear(c.header)
	w := &response{conn: c, r: r, out: outs.Get().(*[]byte)}
	r.Body = http.NoBody
	kind := h1.ByLength
	if r.ContentLength < 0 {
		kind = h1.ByChunks
	} else if r.ContentLength == 0 {
		return w
	}
	_ = c.nc.SetReadDeadline(time.Time{}) // the handler sets its own; an error comes back with the read
	w.body = &body{w: w}
	w.body.asked.Store(r.ProtoMinor == 0 || len(r.Header["Expect"]) == 0)
	w.body.Body = h1.Body{In: c.in, From: c.nc, Kind: kind, Left: max(r.ContentLength, 0), Trailer: r.Trailer}
	r.Body = w.body
	return w
}

// free gives the buffer back, unless the response was large.
func (w *response) free() {
	if cap(*w.out) <= 4*flushAt {
		*w.out = (*w.out)[:0]
		outs.Put(w.out)
	}
}

// Header is what the next head is made of.
func (w *response) Header() http.Header { return w.conn.header }

// Write sends a part of the body, after a head with status 200 unless there was one.
func (w *response) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.conn.gone:
		return 0, http.ErrHijacked
	case w.status == 0:
		w.begin(http.StatusOK)
	}
	switch {
	case w.none:
		return len(p), nil
	case w.kind == h1.None && len(p) > 0:
		return 0, http.ErrBodyNotAllowed
	case w.kind == h1.ByLength && int64(len(p)) > w.left:
		return 0, http.ErrContentLength
	case len(p) == 0 || w.err != nil:
		return 0, w.err
	}
	w.left -= int64(len(p))
	if w.kind != h1.ByChunks && len(*w.out) == 0 && len(p) >= flushAt {
		_, w.err = w.conn.nc.Write(p)
	} else {
		*w.out = appendData(*w.out, p, w.kind == h1.ByChunks)
		if len(*w.out) >= flushAt {
			w.send()
		}
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// send sends what was gathered. A client that does not take it is gone.
func (w *response) send() {
	if len(*w.out) > 0 && w.err == nil {
		if _, w.err = w.conn.nc.Write(*w.out); w.err != nil {
			w.conn.cancel()
		}
	}
	*w.out = (*w.out)[:0]
}

// FlushError sends what was written so far.
func (w *response) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn.gone {
		return http.ErrHijacked
	}
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	w.send()
	return w.err
}

// Flush is FlushError for those who do not ask.
func (w *response) Flush() { _ = w.FlushError() } // the next write has the error again

// goOn sends a 100, for which the client waits with the body.
func (w *response) goOn() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status != 0 || w.conn.gone {
		return nil // it has the answer
	}
	*w.out = append(*w.out, "HTTP/1.1 100 Continue\r\n\r\n"...)
	w.send()
	return w.err
}

// finish ends the response after the handler.
func (w *response) finish() {
	c := w.conn
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.aborted {
		c.keep = false
		c.cut(w.kind == h1.ByEnd)
		return
	}
	if w.status == 0 {
		c.header["Content-Length"] = []string{"0"}
		w.begin(http.StatusOK)
	}
	if w.kind == h1.ByChunks && !w.none {
		*w.out = appendEnd(*w.out, &c.fields, c.header)
	}
	w.send()
	if w.err != nil || w.kind == h1.ByLength && w.left > 0 && !w.none {
		c.keep = false
	}
	if w.body != nil && !w.body.finish() {
		c.keep, c.linger = false, true
	}
}

// Hijack gives the connection to the handler (http.Hijacker).
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.body != nil {
		w.body.finish()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.send()
	nc, err := w.conn.hijack()
	if err != nil {
		return nil, nil, err
	}
	return nc, bufio.NewReadWriter(bufio.NewReader(nc), bufio.NewWriter(nc)), nil
}

// SetReadDeadline is for the request's body.
func (w *response) SetReadDeadline(t time.Time) error { return w.conn.nc.SetReadDeadline(t) }

// SetWriteDeadline is for the response.
func (w *response) SetWriteDeadline(t time.Time) error { return w.conn.nc.SetWriteDeadline(t) }

// EnableFullDuplex is always so.
func (w *response) EnableFullDuplex() error { return nil }
