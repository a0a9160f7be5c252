package proxy

import (
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/policy"
)

// incoming is the body that the client sends, with its limits.
type incoming struct {
	x       *exchange
	from    io.Reader
	left    int64 // bytes that may still come; 0 from the start: any number
	bounded bool
	started atomic.Bool // a byte of it may be gone
	copy    *copying

	mu    sync.Mutex // of what follows: who reads is not who answers
	timed bool       // a deadline of ours holds
	free  bool       // the client may be silent
	over  bool       // no Read may wait any more
}

// Read reads from the client, which may be silent for a while only.
func (b *incoming) Read(to []byte) (int, error) {
	if !b.started.Swap(true) {
		b.bounded = b.left > 0
	}
	n, err := b.limited(to)
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
		b.x.whole.Store(true)
		policy.RemoveFromTrailer(b.x.r.Trailer, b.x.r.Header)
		b.copy.send()
	}
	return n, err
}

// patiently has reads of the body wait for the client no longer than the body of a request
// that goes upstream, until it is released.
func (x *exchange) patiently() *incoming {
	b := &incoming{x: x, from: x.r.Body}
	if g := x.route.Policies.GRPC; g.Body > 0 && x.unread() {
		x.r.Body = struct {
			io.Reader
			io.Closer
		}{readerFunc(b.limited), x.r.Body}
	}
	return b
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// limited is one read, for which the client has its time.
func (b *incoming) limited(to []byte) (int, error) {
	if !b.limit() {
		return 0, os.ErrDeadlineExceeded
	}
	return b.from.Read(to)
}

// limit sets the time limit of a read; it says no where there must be none any more.
func (b *incoming) limit() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free || b.over {
		return !b.over
	}
	if err := http.NewResponseController(b.x.w).SetReadDeadline(time.Now().Add(b.x.BodyIdle)); err == nil {
		b.timed = true
	}
	return true
}

// answered takes the time limit from a body that is still being sent while the response is:
// in Envoy what goes either way keeps a stream alive, and its silence in both directions is
// what the upstream's side limits. For nginx a body is a body.
func (b *incoming) answered() {
	if b == nil || b.x.site.Plane != intent.Normalized {
		return
	}
	b.mu.Lock()
	b.free = true
	b.mu.Unlock()
	b.release()
}

// interrupt ends a Read that waits for the client, and any later one.
func (b *incoming) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over, b.timed = true, true
	_ = http.NewResponseController(b.x.w).SetReadDeadline(time.Unix(1, 0)) // HTTP/2 streams end with their handler
}

// release takes the time limit of the last read away.
func (b *incoming) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timed {
		b.timed = false
		_ = http.NewResponseController(b.x.w).SetReadDeadline(time.Time{}) // it could be set before
	}
}
