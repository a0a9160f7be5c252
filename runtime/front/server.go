// Package front serves HTTP/1.1 (RFC 9112) to clients, and hands connections of HTTP/2 to
// net/http. It reads heads strictly: what two programs could read in two ways is refused, and
// ends the connection. A request costs no goroutine and no system call besides those that
// move its bytes.
package front

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server serves connections. Its fields are not changed once it serves.
type Server struct {
	// Handler answers requests, also CONNECT and "OPTIONS *". Its ResponseWriter can do what
	// http.ResponseController asks for: flush, hijack, deadlines. Reading and writing at the
	// same time is always possible. Nothing is added to a response but Date and what frames
	// it. The request's context ends when the client goes, and with the connection: not with
	// the handler. A panic ends the connection; all but http.ErrAbortHandler are logged.
	Handler http.Handler
	// HeaderTimeout is for the TLS handshake, and again for the head of a request, which on a
	// new connection it covers from the start.
	HeaderTimeout time.Duration
	// IdleTimeout is for a connection between requests.
	IdleTimeout time.Duration
	// HeaderBytes bounds the head of a request; more is answered by 431.
	HeaderBytes int
	// TLS is how clients are met; nil: in the clear.
	TLS *tls.Config
	// HTTP2 gets the connections of HTTP/2: those that agreed on it by TLS, and those in the
	// clear whose client knows of it beforehand. nil: there is none. It is started and ended
	// together with this server.
	HTTP2 *http.Server
	// ConnState is told as that of a http.Server is; may be nil.
	ConnState func(net.Conn, http.ConnState)
	// Refused is told of each request that was answered before it got to the handler, with
	// the status; may be nil.
	Refused func(status int)
	// ErrorLog gets failed handshakes and panics, in the words of net/http; nil: the log
	// package's.
	ErrorLog *log.Logger

	draining atomic.Bool
	date     atomic.Pointer[date]

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	second    *handover // to HTTP2
}

// Serve accepts connections until the server is shut down or closed, which gives
// http.ErrServerClosed, or until the listener fails. The listener is closed in the end.
func (s *Server) Serve(l net.Listener) error {
	if !s.track(l) {
		l.Close() // the error that counts is the one below
		return http.ErrServerClosed
	}
	defer s.untrack(l)
	for delay := time.Duration(0); ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			delay = 0
			s.start(nc)
			continue
		case s.ending():
			return http.ErrServerClosed
		case !passes(err):
			return err
		}
		delay = min(max(2*delay, 5*time.Millisecond), time.Second)
		s.logf("http: Accept error: %v; retrying in %v", err, delay)
		time.Sleep(delay)
	}
}

// track notes a listener, unless it is too late for it.
func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.listeners == nil {
		s.listeners, s.conns = map[net.Listener]struct{}{}, map[*conn]struct{}{}
	}
	s.listeners[l] = struct{}{}
	if s.HTTP2 != nil && s.second == nil {
		s.second = newHandover(l.Addr())
		go s.HTTP2.Serve(s.second) // it only ends by being closed
	}
	return true
}

func (s *Server) untrack(l net.Listener) {
	l.Close() // nobody accepts any more
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

func (s *Server) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// start serves a connection in its own goroutine.
func (s *Server) start(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	late := s.closed
	if !late {
		s.conns[c] = struct{}{}
	}
	s.mu.Unlock()
	if late {
		nc.Close() // the client finds nobody, as a moment later
		return
	}
	s.state(nc, http.StateNew)
	go c.serve()
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *Server) state(nc net.Conn, to http.ConnState) {
	if s.ConnState != nil {
		s.ConnState(nc, to)
	}
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}

// base is what the contexts of a connection's requests begin with.
func base(nc net.Conn) context.Context {
	return context.WithValue(context.Background(), http.LocalAddrContextKey, nc.LocalAddr())
}
