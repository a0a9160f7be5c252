package policy

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Throttle paces one response as nginx's limit_rate does: after the first bytes, which are
// free, as many a second as the rate says, those of a second at its beginning. A nil one
// paces nothing.
type Throttle struct {
	rate, free int64
	start      time.Time
	sent       int64
}

// NewThrottle paces a response that begins at start to rate bytes a second behind the first
// after ones. Without a rate it is nil.
func NewThrottle(rate, after int64, start time.Time) *Throttle {
	if rate <= 0 {
		return nil
	}
	return &Throttle{rate: rate, free: max(after, 0), start: start}
}

// Throttle is that of one response of the limited routes, which begins at start; nil if
// responses are not paced.
func (l *Limit) Throttle(start time.Time) *Throttle {
	if l == nil {
		return nil
	}
	return NewThrottle(l.rate, l.after, start)
}

// Grant says how many of n bytes, above 0, may go at a time, and counts them as sent. If
// none may, it says how long to wait before asking again.
func (t *Throttle) Grant(n int, now time.Time) (granted int, wait time.Duration) {
	if t == nil {
		return n, 0
	}
	seconds := max(int64(now.Sub(t.start)/time.Second), 0) + 1
	left := t.free - t.sent
	if seconds > (1<<62)/t.rate {
		return n, 0
	}
	left += t.rate * seconds
	if left <= 0 {
		behind := min(-left/t.rate, 3600) + 1
		return 0, time.Duration(behind) * time.Second
	}
	granted = int(min(int64(n), left))
	t.sent += int64(granted)
	return granted, 0
}

// Clock is where a paced writer has the time from.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // the context's error if that ends first
}

// SystemClock is the machine's.
func SystemClock() Clock { return Clock{Now: time.Now, Sleep: sleep} }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Writer writes to w at the pace; a Write returns early with the context's error if that
// ends. Before it waits it flushes w, if w can be flushed. A nil Throttle gives w itself.
func (t *Throttle) Writer(ctx context.Context, w io.Writer, clock Clock) io.Writer {
	if t == nil {
		return w
	}
	flush, _ := w.(http.Flusher)
	return &paced{Throttle: t, ctx: ctx, w: w, flush: flush, clock: clock}
}

type paced struct {
	*Throttle
	ctx   context.Context
	w     io.Writer
	flush http.Flusher // nil: there is nothing to flush
	clock Clock
}

func (p *paced) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		n, wait := p.Grant(len(b), p.clock.Now())
		if n == 0 {
			if p.flush != nil {
				p.flush.Flush()
			}
			if err := p.clock.Sleep(p.ctx, wait); err != nil {
				return written, err
			}
			continue
		}
		n, err = p.w.Write(b[:n])
		written += n
		if err != nil {
			return written, err
		}
		b = b[n:]
	}
	return written, nil
}
