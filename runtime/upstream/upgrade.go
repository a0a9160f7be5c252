package upstream

import (
	"net/http"
	"sync"
)

// upgraded is the connection of an exchange that switched protocols.
type upgraded struct {
	x     *exchange
	conn  *conn
	early []byte // read with the header
	once  sync.Once
}

// upgrade hands the connection over.
func (x *exchange) upgrade() {
	u := &upgraded{x: x, conn: x.conn, early: append([]byte(nil), x.in.Bytes()...)}
	x.in.Free()
	x.in, x.Body, x.Conn = nil, http.NoBody, u
}

// Read reads what the upstream sends. An error is that of the connection.
func (u *upgraded) Read(p []byte) (int, error) {
	if len(u.early) > 0 {
		n := copy(p, u.early)
		u.early = u.early[n:]
		return n, nil
	}
	return u.conn.Read(p)
}

// Write writes to the upstream.
func (u *upgraded) Write(p []byte) (int, error) { return u.conn.Write(p) }

// CloseWrite tells the upstream that nothing more comes.
func (u *upgraded) CloseWrite() error {
	if half, ok := u.conn.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return u.conn.link.CloseWrite()
}

// Close ends the exchange.
func (u *upgraded) Close() error {
	u.once.Do(func() { u.x.Close() }) // it has no error
	return nil
}
