package front

import (
	"net"
	"net/http"
	"sync"
)

// replayed is a connection of which something was read already.
type replayed struct {
	net.Conn
	mu   sync.Mutex
	rest []byte
}

// Read reads that first.
func (r *replayed) Read(p []byte) (int, error) {
	r.mu.Lock()
	if len(r.rest) > 0 {
		defer r.mu.Unlock()
		n := copy(p, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	}
	r.mu.Unlock()
	return r.Conn.Read(p)
}

// NetConn is the connection below.
func (r *replayed) NetConn() net.Conn { return r.Conn }

// CloseWrite ends one direction.
func (r *replayed) CloseWrite() error {
	half, ok := r.Conn.(interface{ CloseWrite() error })
	if !ok {
		return http.ErrNotSupported
	}
	return half.CloseWrite()
}
