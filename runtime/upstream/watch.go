package upstream

import (
	"context"
	"os"
	"sync"
	"time"
)

// watch ends a stream of HTTP/2 whose upstream is waited for too long. Its timer comes
// early and is moved on then, rather than reset with every frame.
type watch struct {
	idle   time.Duration
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	waited bool  // the upstream is waited for
	begun  bool  // the header is there
	since  int64 // the last time that something happened
	header int64 // when the header, or after it the whole response, must be there; 0: no limit
	whole  int64 // when the whole response must be there; 0: no limit
	timer  *time.Timer
	strike int64 // when the timer comes; 0: it does not
	ended  bool
}

// wait begins to wait for the upstream.
func (w *watch) wait() { w.change(func() { w.waited = true }) }

// pause stops waiting.
func (w *watch) pause() { w.change(func() { w.waited = false }) }

// client says that the client is waited for now, or no longer. As long as there is no
// header, the upstream is not waited for meanwhile.
func (w *watch) client(waited bool) {
	w.change(func() {
		if !w.begun {
			w.waited = !waited
		}
	})
}

// sent says that the request is sent, and limits the time until the header is there.
func (w *watch) sent(r *Request) {
	w.change(func() {
		w.header, w.whole = r.ends()
		if w.begun {
			w.header = w.whole
		}
	})
}

// answered says that the header is there.
func (w *watch) answered() {
	w.change(func() { w.begun, w.waited, w.header = true, false, w.whole })
}

// end ends the watch.
func (w *watch) end() {
	w.change(func() {
		w.ended = true
		if w.timer != nil {
			w.timer.Stop()
		}
	})
}

// change changes what the limit is made of.
func (w *watch) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	w.since = now()
	w.arm()
}

// limit is when the upstream was waited for too long; 0 is never.
func (w *watch) limit() int64 {
	limit := w.header
	if pause := w.since + int64(w.idle); w.waited && w.idle > 0 && (limit == 0 || pause < limit) {
		limit = pause
	}
	return limit
}

// arm sees to it that the timer comes at the limit at the latest.
func (w *watch) arm() {
	limit := w.limit()
	if w.ended || limit == 0 || w.strike != 0 && w.strike <= limit {
		return
	}
	w.strike = limit
	after := time.Duration(max(limit-now(), 0))
	if w.timer == nil {
		w.timer = time.AfterFunc(after, w.struck)
	} else {
		w.timer.Reset(after)
	}
}

// struck ends the stream, or goes on watching.
func (w *watch) struck() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strike = 0
	if limit := w.limit(); limit != 0 && limit <= now() && !w.ended {
		w.cancel(os.ErrDeadlineExceeded)
		return
	}
	w.arm()
}
