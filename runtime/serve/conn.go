package serve

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a client's TCP connection, which counts against the bound of its listener, and
// ends where the client takes nothing of what is sent.
type conn struct {
	net.Conn
	of        *listener
	once      sync.Once
	idleSince atomic.Int64 // Unix nanoseconds; busy, or taken to be closed
	hijacked  atomic.Bool
	limited   atomic.Int64 // Unix nanoseconds when the write deadline was set; foreign
	reading   readLimit
}

// The values of conn.idleSince that are no time.
const (
	busy  = 0
	taken = -1
)

// foreign is the value of conn.limited while a deadline holds that is not ours.
const foreign = -1

// stallSlack is how old our write deadline may be: it is set once in this time, and not for
// each write.
const stallSlack = time.Second

// Write sends, with a bound on the time in which the client takes it.
func (c *conn) Write(b []byte) (int, error) {
	if before := c.limited.Load(); before != foreign {
		if now := time.Now(); now.UnixNano()-before > int64(min(stallSlack, c.of.stall/2)) {
			c.limited.Store(now.UnixNano())
			if err := c.Conn.SetWriteDeadline(now.Add(c.of.stall)); err != nil {
				return 0, err
			}
		}
	}
	return c.Conn.Write(b)
}

// SetWriteDeadline takes the place of our own deadline until there is none again.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.limited.Store(0)
	} else {
		c.limited.Store(foreign)
	}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline is for both directions.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// CloseWrite ends what is sent, for tunnels whose two directions end apart.
func (c *conn) CloseWrite() error { return c.tcp().CloseWrite() }

// SetLinger is that of a net.TCPConn.
func (c *conn) SetLinger(seconds int) error { return c.tcp().SetLinger(seconds) }

func (c *conn) tcp() *net.TCPConn { return c.Conn.(*net.TCPConn) }

// Close closes the connection and gives its room back. Closing again is no error: at the end
// both a handler and the server may do it.
func (c *conn) Close() (err error) {
	c.once.Do(func() {
		err = c.Conn.Close()
		c.of.mu.Lock()
		delete(c.of.open, c)
		c.of.mu.Unlock()
		<-c.of.room
	})
	return err
}

// noteState is a http.Server's ConnState.
func noteState(nc net.Conn, state http.ConnState) {
	c := below(nc)
	if c == nil {
		return
	}
	switch state {
	case http.StateIdle:
		c.idleSince.CompareAndSwap(busy, time.Now().UnixNano())
	case http.StateActive:
		if t := c.idleSince.Load(); t > busy {
			c.idleSince.CompareAndSwap(t, busy)
		}
	case http.StateHijacked:
		c.idleSince.Store(busy)
		c.hijacked.Store(true)
	}
}

// below is our connection, below TLS and whatever else; nil if it is none of ours.
func below(nc net.Conn) *conn {
	for {
		switch upper := nc.(type) {
		case *conn:
			return upper
		case interface{ NetConn() net.Conn }:
			nc = upper.NetConn()
		default:
			return nil
		}
	}
}
