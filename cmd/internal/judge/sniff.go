package judge

import (
	"bufio"
	"net"
	"sync"
)

// sniffed is a connection of which the first bytes were looked at.
type sniffed struct {
	net.Conn
	in *bufio.Reader
}

// Read reads what was looked at first.
func (s sniffed) Read(p []byte) (int, error) { return s.in.Read(p) }

// handover is a listener of connections that somebody else has accepted.
type handover struct {
	address net.Addr
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func newHandover(address net.Addr) *handover {
	return &handover{address: address, conns: make(chan net.Conn), done: make(chan struct{})}
}

// give hands a connection over; it is closed if nobody listens any more.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close() // nobody waits for it
	}
}

// Accept waits for a connection.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close ends the waiting.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr is where the connections were made to.
func (h *handover) Addr() net.Addr { return h.address }

// spoken is what a client speaks, by its first bytes: "tls", "h2c" or HTTP/1.1.
func spoken(in *bufio.Reader) string {
	switch first, err := in.Peek(1); {
	case err != nil:
		return ""
	case first[0] == 0x16: // a TLS record of a handshake
		return "tls"
	}
	if start, err := in.Peek(4); err == nil && string(start) == "PRI " { // RFC 9113, section 3.4
		return "h2c"
	}
	return ""
}
