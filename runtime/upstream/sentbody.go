package upstream

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// sentBody is the body of a request over HTTP/2 as the transport reads it. A nil one is
// that of a request without a body.
type sentBody struct {
	request *Request
	watch   *watch
	rest    int64 // bytes; -1 is unknown
	busy    sync.Mutex
	over    atomic.Bool // nothing reads it any more
	once    sync.Once
	began   atomic.Bool
	err     atomic.Pointer[error]
}

var errOver = errors.New("the exchange is over")

// Read reads from the client; the upstream is not waited for meanwhile.
func (b *sentBody) Read(p []byte) (int, error) {
	b.busy.Lock()
	defer b.busy.Unlock()
	if b.over.Load() {
		return 0, errOver
	}
	b.began.Store(true)
	b.watch.client(true)
	n, err := b.request.Body.Read(p)
	if b.rest >= 0 {
		if b.rest -= int64(n); b.rest > 0 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	b.watch.client(false)
	switch {
	case err == io.EOF || err == nil && b.rest == 0:
		b.watch.sent(b.request)
	case err != nil && !b.over.Load(): // else it was interrupted, and nobody asks
		b.err.Store(&err)
	}
	return n, err
}

// Close is called by the transport when it needs no more, and when the exchange ends.
func (b *sentBody) Close() error {
	if b == nil {
		return nil
	}
	b.over.Store(true)
	if b.busy.TryLock() {
		b.busy.Unlock()
		return nil
	}
	if b.request.Interrupt != nil {
		b.once.Do(b.request.Interrupt)
		b.busy.Lock()
		defer b.busy.Unlock()
	}
	return nil
}

// failed is why the client's body could not be read; nil: it could.
func (b *sentBody) failed() error {
	if b == nil || b.err.Load() == nil {
		return nil
	}
	return *b.err.Load()
}

// touched says whether something of the body was read.
func (b *sentBody) touched() bool { return b != nil && b.began.Load() }
