package front

import (
	"net/http"
	"sync"
	"time"
)

// patience is how long a request is answered before somebody looks whether its client is
// still there. Quick answers never pay for that.
const patience = 50 * time.Millisecond

// watch sees a client go while its request is being answered, by reading on behind the
// request. Its timer is left alone between requests.
type watch struct {
	*conn
	mu      sync.Mutex
	timer   *time.Timer
	set     bool // the timer will come
	seen    bool // the timer came since the request began
	serving bool
	whole   bool          // nothing of the request is still to be read
	reading chan struct{} // closed when the look ends; nil: there is none
	stopped bool          // the look is to end
}

// begin is called with each request. whole says that it has no body.
func (w *watch) begin(whole bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serving, w.whole, w.seen = true, whole, false
	switch {
	case w.set:
	case w.timer == nil:
		w.set, w.timer = true, time.AfterFunc(patience, w.look)
	default:
		w.set = true
		w.timer.Reset(patience)
	}
}

// bodyRead says that the request's body was read to its end.
func (w *watch) bodyRead() {
	w.mu.Lock()
	w.whole = true
	w.mu.Unlock()
}

// look is the timer's. It comes again while a request lasts.
func (w *watch) look() {
	w.mu.Lock()
	if !w.serving {
		w.set = false
		w.mu.Unlock()
		return
	}
	if !w.seen || !w.whole {
		w.seen = true
		w.timer.Reset(patience)
		w.mu.Unlock()
		return
	}
	w.set = false
	if w.in.Len() > 0 { // a request behind this one: the client waits
		w.mu.Unlock()
		return
	}
	done := make(chan struct{})
	defer close(done)
	w.reading, w.stopped = done, false
	err := w.nc.SetReadDeadline(time.Time{}) // before end, which sets one
	w.mu.Unlock()
	if err != nil || w.in.Fill(w.nc) != nil {
		w.over()
	}
}

// over ends the context of a request whose client is gone.
func (w *watch) over() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.cancel()
	}
}

// end is called when the handler is done, or wants the connection for itself: nobody else
// reads from it afterwards.
func (w *watch) end() {
	w.mu.Lock()
	w.serving, w.stopped = false, true
	reading := w.reading
	w.reading = nil
	w.mu.Unlock()
	if reading == nil {
		return
	}
	_ = w.nc.SetReadDeadline(time.Unix(1, 0)) // a read that does not end by this ends with the connection
	<-reading
}

// hijack hands the connection to the handler, with what was read of it.
func (c *conn) hijack() (*replayed, error) {
	if c.gone {
		return nil, http.ErrHijacked
	}
	c.watch.end()
	c.gone = true
	c.server.forget(c)
	nc := &replayed{Conn: c.nc, rest: append([]byte(nil), c.in.Bytes()...)}
	c.in.Free()
	if err := nc.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	c.server.state(c.raw, http.StateHijacked)
	return nc, nil
}
