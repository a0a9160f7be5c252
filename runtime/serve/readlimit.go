package serve

import (
	"errors"
	"os"
	"sync"
	"time"
)

// readLimit is the read deadline of a connection, at next to no cost: one of the system that
// is early enough is left alone, and one that strikes too early is moved on.
type readLimit struct {
	mu    sync.Mutex
	until time.Time // what was asked for; zero: no limit
	armed time.Time // what the system has; zero: none
}

// SetReadDeadline is that of a net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	l := &c.reading
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = t
	if t.IsZero() || !l.armed.IsZero() && !t.Before(l.armed) {
		return nil
	}
	l.armed = t
	return c.Conn.SetReadDeadline(t)
}

// Read is that of a net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if n > 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if c.late() {
			return 0, err
		}
	}
}

// late says whether the limit is over; if not, the system's deadline is moved to it.
func (c *conn) late() bool {
	l := &c.reading
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.until.IsZero() && !time.Now().Before(l.until) {
		return true
	}
	l.armed = l.until
	return c.Conn.SetReadDeadline(l.until) != nil // it is closed then
}
