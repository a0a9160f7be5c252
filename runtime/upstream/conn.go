package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// conn is a connection to an endpoint, used by one request at a time.
type conn struct {
	net.Conn       // the link, or TLS over it
	link     *link // the TCP connection with its limits
	since    int64 // when it became idle
	reused   bool  // it had served a request before
	one      [1]byte
}

func (c *conn) close() { c.link.Close() } // the only error is that it is closed already

// leftover says whether TLS has decrypted more than was read: the connection can't be used
// again, since that would be taken for the next response.
func (c *conn) leftover() bool {
	if c.Conn == net.Conn(c.link) {
		return false
	}
	c.link.dry = true
	n, err := c.Read(c.one[:])
	c.link.dry = false
	return n > 0 || !errors.Is(err, errDry)
}

// connect makes a TCP connection, and over it TLS if the endpoint is reached by it.
func (e *Endpoint) connect(ctx context.Context) (*conn, *Error) {
	limited, cancel := context.WithTimeout(ctx, e.options.ConnectTimeout)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if e.options.Outside {
		dial = DialOutside
	}
	raw, err := dial(limited, "tcp", e.address)
	if err != nil {
		return nil, e.notConnected(ctx, limited, err)
	}
	tcp, ok := raw.(*net.TCPConn)
	if !ok {
		return nil, e.notConnected(ctx, limited, fmt.Errorf("%T is no TCP connection", raw))
	}
	l, err := newLink(tcp)
	if err != nil {
		tcp.Close() // the error that counts is the one above
		return nil, e.notConnected(ctx, limited, err)
	}
	c := &conn{Conn: l, link: l}
	if e.options.TLS == nil {
		return c, nil
	}
	if c.Conn, err = e.handshake(limited, l); err != nil {
		c.close()
		return nil, e.notConnected(ctx, limited, err)
	}
	return c, nil
}

// handshake makes TLS over a link. Without a server name in the configuration, the
// certificate must be of the endpoint's address.
func (e *Endpoint) handshake(ctx context.Context, l *link) (net.Conn, error) {
	config := e.options.TLS
	if config.ServerName == "" && !config.InsecureSkipVerify {
		host, _, err := net.SplitHostPort(e.address)
		if err != nil {
			return nil, err
		}
		config = config.Clone()
		config.ServerName = host
	}
	secure := tls.Client(l, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	if got := secure.ConnectionState().NegotiatedProtocol; config.NextProtos[0] == "h2" && got != "h2" {
		return nil, fmt.Errorf("TLS handshake: protocol %q instead of h2", got)
	}
	return secure, nil
}

// notConnected tells why there is no connection: the request is over, or the time is up,
// or something else.
func (e *Endpoint) notConnected(ctx, limited context.Context, err error) *Error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return e.fail(Canceled, context.Cause(ctx))
	case limited.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return e.fail(ConnectTimeout, err)
	}
	return e.fail(Connect, err)
}

// fail makes an error of this endpoint.
func (e *Endpoint) fail(kind Kind, err error) *Error {
	return &Error{Kind: kind, Endpoint: e.address, Err: err}
}
