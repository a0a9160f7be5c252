package serve

import (
	"crypto/tls"
	"net/http"

	"github.com/split-ingress/split-ingress/runtime/front"
)

// newServer is what all servers have in common.
func newServer(l Limits, h http.Handler) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            l.HeaderTimeout, // for the TLS handshake, too
		IdleTimeout:                  l.IdleTimeout,
		MaxHeaderBytes:               l.HeaderBytes,
		DisableGeneralOptionsHandler: true,
		Protocols:                    new(http.Protocols),
	}
}

// newFront serves HTTP/1.1.
func newFront(o *Options, h http.Handler) *front.Server {
	l := &o.Limits
	return &front.Server{
		Handler: h, HeaderTimeout: l.HeaderTimeout, IdleTimeout: l.IdleTimeout, HeaderBytes: l.HeaderBytes,
		ConnState: noteState, Refused: func(int) { o.Metrics.malformed.Inc() },
	}
}

// newHTTP serves HTTP/1.1, and by option HTTP/2, in the clear.
func newHTTP(o *Options, h http.Handler) *front.Server {
	s := newFront(o, h)
	if o.H2C {
		s.HTTP2 = newHTTP2(o, h)
		s.HTTP2.Protocols.SetUnencryptedHTTP2(true)
	}
	return s
}

// newHTTPS serves HTTP/2 and HTTP/1.1 over TLS.
func newHTTPS(o *Options, h http.Handler, config func(*tls.ClientHelloInfo) (*tls.Config, error)) *front.Server {
	s := newFront(o, h)
	s.HTTP2 = newHTTP2(o, h)
	s.HTTP2.Protocols.SetHTTP2(true)
	s.TLS = &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetConfigForClient: config,
	}
	return s
}

func newHTTP2(o *Options, h http.Handler) *http.Server {
	s := newServer(o.Limits, h)
	s.HTTP2, s.ConnState = http2Config(o), noteState
	return s
}

// http2Config bounds HTTP/2. That a client resets streams faster than they are answered, or
// sends continuations without an end, net/http stops itself.
func http2Config(o *Options) *http.HTTP2Config {
	l := o.Limits
	return &http.HTTP2Config{
		MaxConcurrentStreams:          l.Streams,
		MaxReadFrameSize:              l.FrameBytes,
		MaxReceiveBufferPerConnection: l.ConnectionBuffer,
		MaxReceiveBufferPerStream:     l.StreamBuffer,
		SendPingTimeout:               l.PingAfter,
		PingTimeout:                   l.PingTimeout,
		WriteByteTimeout:              l.WriteStall,
		PermitProhibitedCipherSuites:  false,
		CountError:                    o.Metrics.http2Error,
	}
}
