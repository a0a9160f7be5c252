package front

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// body is the body of a request. Reads may come from any goroutine, one at a time, and none
// gets to the connection once the handler is done.
type body struct {
	w       *response
	mu      sync.Mutex
	h1.Body             // guarded by mu
	whole   bool        // it was read to its end
	err     error       // of every further read
	asked   atomic.Bool // nobody waits for a 100, or it was sent
}

// Read reads the body. Broken chunks are h1.Malformed, one that ends too early is
// io.ErrUnexpectedEOF.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.asked.CompareAndSwap(false, true) {
		if err := b.w.goOn(); err != nil {
			b.err = err
			return 0, err
		}
	}
	n, err := b.Body.Read(p)
	switch {
	case err == io.EOF:
		b.whole = true
		if b.Trailer != nil {
			b.w.r.Trailer = b.Trailer
		}
		b.w.conn.watch.bodyRead()
	case slow(err): // another read may have more luck
		return n, err
	}
	b.err = err
	return n, err
}

func slow(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Close ends reading for the handler.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}

// finish ends a read that is still going on, and says whether the body was read to its end.
// What is here already is read for a handler that did not want it.
func (b *body) finish() (whole bool) {
	if !b.mu.TryLock() {
		_ = b.w.conn.nc.SetReadDeadline(time.Unix(1, 0)) // a read that does not end by this ends with the connection
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if !b.whole && b.Kind == h1.ByLength && int64(b.In.Len()) >= b.Left {
		b.In.Skip(int(b.Left))
		b.whole = true
	}
	b.err = http.ErrBodyReadAfterClose
	return b.whole
}
