package auth

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// TransportOptions say how connections to authentication services are made.
type TransportOptions struct {
	Connect  time.Duration // for TCP and TLS together; 0 is 5 s
	Read     time.Duration // until the answer begins, and for its body; 0 is 60 s
	MaxConns int           // connections to one service; 0 is 256. Who comes later waits
	// TLS is how certificates of services are checked; nil: not at all, as nginx does
	// unless it is told to.
	TLS *tls.Config
	// Dial makes the connections; nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (o TransportOptions) connect() time.Duration {
	if o.Connect == 0 {
		return 5 * time.Second
	}
	return o.Connect
}

func (o TransportOptions) read() time.Duration {
	if o.Read == 0 {
		return 60 * time.Second
	}
	return o.Read
}

// total bounds a whole question, with what it waits for a connection.
func (o TransportOptions) total() time.Duration { return o.connect() + o.read() }

// NewTransport makes a transport for questions: HTTP/1.1, each over a connection of its own
// as nginx asks them, bounded in number and time, and without a proxy, whatever the
// environment says.
func NewTransport(o TransportOptions) *http.Transport {
	config := &tls.Config{InsecureSkipVerify: true} // see TransportOptions.TLS
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: o.connect()}).DialContext
	}
	conns := o.MaxConns
	if conns == 0 {
		conns = 256
	}
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    o.connect(),
		ResponseHeaderTimeout:  o.read(),
		MaxConnsPerHost:        conns,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
}
