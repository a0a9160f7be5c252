package front

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

const (
	endPoll = 10 * time.Millisecond
	// freshFor is how long a new connection may take to its first request while the server
	// shuts down: it may be on its way.
	freshFor = 5 * time.Second
)

// Shutdown ends the server in order: no new connections, no new requests on old ones, time
// for what is under way. It gives nil once all connections have ended, else ctx's error.
// Hijacked connections are nobody's business here.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	s.closeListeners()
	var second sync.WaitGroup
	if s.HTTP2 != nil {
		second.Go(func() { _ = s.HTTP2.Shutdown(ctx) }) // an error can only be that of ctx, as below
	}
	defer second.Wait()
	again := time.NewTicker(endPoll)
	defer again.Stop()
	for s.closeIdle() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
	return nil
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.draining.Store(true)
	s.closeListeners()
	s.mu.Lock()
	all, second := make([]*conn, 0, len(s.conns)), s.second
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.raw.Close() // it may be closed already
	}
	var err error
	if s.HTTP2 != nil {
		err = s.HTTP2.Close()
	}
	if second != nil {
		err = errors.Join(err, second.Close())
	}
	return err
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for l := range s.listeners {
		l.Close() // Serve gives its error, if it is one
	}
}

// closeIdle closes the connections that wait for a request, and says how many are left.
func (s *Server) closeIdle() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.take() {
			c.raw.Close() // it may be closed already
		}
	}
	return len(s.conns)
}

// passes says whether a listener may accept again after an error: the machine is short of
// something, or a client went before it was met.
func passes(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

// handover is a listener whose connections were accepted by another one.
type handover struct {
	addr  net.Addr
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// give hands a connection over; it is closed if nobody takes any more.
func (h *handover) give(nc net.Conn) {
	select {
	case h.conns <- nc:
	case <-h.done:
		nc.Close() // there is nobody left to be told
	}
}

// Accept is that of a net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case nc := <-h.conns:
		return nc, nil
	case <-h.done:
		return nil, http.ErrServerClosed
	}
}

// Close ends it; again is no error.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr is that of the listener that really listens.
func (h *handover) Addr() net.Addr { return h.addr }
