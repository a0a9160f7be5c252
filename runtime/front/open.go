package front

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
)

// open makes TLS, if it is to be. It says no where the connection ended, or went to HTTP/2.
func (c *conn) open() bool {
	if c.server.TLS == nil {
		return true
	}
	if c.raw.SetReadDeadline(c.opened.Add(c.server.HeaderTimeout)) != nil {
		return false
	}
	secure := tls.Server(c.raw, c.server.TLS)
	if err := secure.HandshakeContext(context.Background()); err != nil { // the deadline ends it
		c.server.logf("http: TLS handshake error from %s: %v", c.peer, err)
		c.noTLS(err)
		return false
	}
	state := secure.ConnectionState()
	c.nc, c.tls = secure, &state
	if state.NegotiatedProtocol != "h2" {
		return true
	}
	if c.server.second == nil || !c.busy() {
		return false
	}
	c.gone = true
	c.in.Free()
	c.server.second.give(secure)
	return false
}

// takesHTTP2 hands a connection over whose client begins HTTP/2 without being asked (RFC
// 9113, section 3.3). Otherwise the request is one of a version that is not spoken here.
func (c *conn) takesHTTP2(r *http.Request) bool {
	if r.ProtoMajor != 2 {
		return false
	}
	c.gone = true
	rest := slices.Concat([]byte("PRI * HTTP/2.0\r\n\r\n"), c.in.Bytes())
	c.in.Free()
	c.server.second.give(&replayed{Conn: c.raw, rest: rest})
	return true
}

// speaksHTTP2 says whether a first line that says so may begin HTTP/2.
func (c *conn) speaksHTTP2() bool {
	p := c.server.HTTP2
	return c.first && c.tls == nil && p != nil && p.Protocols != nil && p.Protocols.UnencryptedHTTP2()
}

// noTLS tells a client that speaks HTTP where TLS is spoken.
func (c *conn) noTLS(err error) {
	var other tls.RecordHeaderError
	if !errors.As(err, &other) || other.Conn == nil || !slices.Contains(methodStarts, string(other.RecordHeader[:])) {
		return
	}
	c.server.refused(http.StatusBadRequest)
	_, _ = io.WriteString(c.raw, refusal(http.StatusBadRequest, "the plain HTTP request was sent to the HTTPS port")) // it may be gone
	c.linger = true
}

// methodStarts are the first bytes of requests.
var methodStarts = []string{"GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE"}
