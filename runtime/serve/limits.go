package serve

import "time"

// Limits bound what clients can make the server hold. Zero values are the defaults, which
// WithDefaults names.
type Limits struct {
	// Connections is the number of open connections of one listener; default 16,384, which
	// is ingress-nginx's worker_connections. A new connection beyond it takes the place of
	// the one that was idle for longest, or waits.
	Connections int
	// HeaderTimeout is for the TLS handshake, and again for the head of a request; default
	// 10 s.
	HeaderTimeout time.Duration
	// IdleTimeout is for a connection between requests; default 75 s, as nginx's
	// keepalive_timeout.
	IdleTimeout time.Duration
	// HeaderBytes is for the head of a request; default 64 KiB. net/http answers 431 to
	// more. Envoy's limit is 60 KiB, with 431; nginx's is 4 lines of 8 KiB, with 400.
	HeaderBytes int
	// BodyIdle is for the time between two reads of a request's body; default 60 s, as
	// nginx's client_body_timeout. The data plane holds it, since a server cannot tell a
	// slow client from a busy handler.
	BodyIdle time.Duration
	// Streams is the number of requests at once on one connection of HTTP/2; default 128,
	// as nginx's http2_max_concurrent_streams.
	Streams int
	// StreamBuffer and ConnectionBuffer are the bytes of request bodies that one stream and
	// one connection of HTTP/2 may have sent unread; defaults 256 KiB and 1 MiB.
	StreamBuffer, ConnectionBuffer int
	// FrameBytes is the largest frame of HTTP/2 that is read; default 64 KiB.
	FrameBytes int
	// PingAfter is how long a connection of HTTP/2 may be silent before it is asked for a
	// sign of life, for which it has PingTimeout; defaults 30 s and 15 s.
	PingAfter, PingTimeout time.Duration
	// WriteStall is how long a client may take to read what is sent to it at once; default
	// 5 min, which is Envoy's idle timeout of streams. nginx's send_timeout is 60 s; a data
	// plane can set less through http.ResponseController.
	WriteStall time.Duration
}

// WithDefaults has the default for each limit that is zero.
func (l Limits) WithDefaults() Limits {
	defaultTo(&l.Connections, 16_384)
	defaultTo(&l.HeaderTimeout, 10*time.Second)
	defaultTo(&l.IdleTimeout, 75*time.Second)
	defaultTo(&l.HeaderBytes, 64<<10)
	defaultTo(&l.BodyIdle, 60*time.Second)
	defaultTo(&l.Streams, 128)
	defaultTo(&l.StreamBuffer, 256<<10)
	defaultTo(&l.ConnectionBuffer, 1<<20)
	defaultTo(&l.FrameBytes, 64<<10)
	defaultTo(&l.PingAfter, 30*time.Second)
	defaultTo(&l.PingTimeout, 15*time.Second)
	defaultTo(&l.WriteStall, 5*time.Minute)
	return l
}

func defaultTo[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
