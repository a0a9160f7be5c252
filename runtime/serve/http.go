package serve

import (
	"crypto/tls"
	"net/http"
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

// newHTTP serves HTTP/1.1, and by option HTTP/2, in the clear.
func newHTTP(o *Options, h http.Handler) *http.Server {
	s := newServer(o.Limits, h)
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(o.H2C)
	s.HTTP2 = http2Config(o)
	return s
}

// newHTTPS serves HTTP/2 and HTTP/1.1 over TLS.
func newHTTPS(o *Options, h http.Handler, config func(*tls.ClientHelloInfo) (*tls.Config, error)) *http.Server {
	s := newServer(o.Limits, h)
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.HTTP2 = http2Config(o)
	s.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetConfigForClient: config,
	}
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
