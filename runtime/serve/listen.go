package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// reclaimEvery is how often a full listener looks for idle connections while a new one
// waits.
const reclaimEvery = 100 * time.Millisecond

// listener accepts connections up to a bound. Where a new connection finds no room, those
// that have been idle for longest are closed; it waits while there is none.
type listener struct {
	*net.TCPListener
	room   chan struct{} // one element for each open connection
	closed chan struct{}
	once   sync.Once
	onFree func(int) // told how many idle connections were closed
	stall  time.Duration

	mu   sync.Mutex
	open map[*conn]struct{}
}

// listen opens an address. what names it in errors, by its flag.
func listen(what, address string, l Limits) (*listener, error) {
	var config net.ListenConfig
	opened, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, listenError(what, address, err)
	}
	return &listener{
		TCPListener: opened.(*net.TCPListener), room: make(chan struct{}, l.Connections), closed: make(chan struct{}),
		stall: l.WriteStall, open: map[*conn]struct{}{},
	}, nil
}

// listenError says what to do where that is known.
func listenError(what, address string, err error) error {
	hint := "give an address as HOST:PORT or :PORT"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "another program listens there; end it, or choose another port"
	case errors.Is(err, syscall.EACCES):
		hint = "ports below 1024 need a privilege; choose one above, or grant CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		hint = "this machine has no such address"
	}
	return fmt.Errorf("%s %s: %w; %s", what, address, err, hint)
}

// Accept gives the next connection for which there is room.
func (l *listener) Accept() (net.Conn, error) {
	tcp, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	if !l.enter() {
		return nil, errors.Join(net.ErrClosed, tcp.Close())
	}
	c := &conn{Conn: tcp, of: l}
	l.mu.Lock()
	l.open[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// enter waits for room; it says false where the listener is closed first.
func (l *listener) enter() bool {
	select {
	case l.room <- struct{}{}:
		return true
	default:
	}
	again := time.NewTicker(reclaimEvery)
	defer again.Stop()
	for {
		l.reclaim()
		select {
		case l.room <- struct{}{}:
			return true
		case <-l.closed:
			return false
		case <-again.C:
		}
	}
}

// reclaim closes the connections that have been idle for longest, at most one in a hundred
// at once, so that a look at all of them makes room for many.
func (l *listener) reclaim() {
	type candidate struct {
		*conn
		since int64
	}
	var idle []candidate
	l.mu.Lock()
	for c := range l.open {
		if t := c.idleSince.Load(); t > busy {
			idle = append(idle, candidate{c, t})
		}
	}
	l.mu.Unlock()
	slices.SortFunc(idle, func(a, b candidate) int { return cmp.Compare(a.since, b.since) })
	n := 0
	for _, c := range idle[:min(len(idle), max(1, cap(l.room)/100))] {
		if c.idleSince.CompareAndSwap(c.since, taken) && c.Close() == nil {
			n++
		}
	}
	if l.onFree != nil {
		l.onFree(n)
	}
}

// Close stops accepting. Connections stay open. Closing again is no error.
func (l *listener) Close() (err error) {
	l.once.Do(func() {
		close(l.closed)
		err = l.TCPListener.Close()
	})
	return err
}

// count is how many connections are open.
func (l *listener) count() int { return len(l.room) }

// closeAll closes the connections that are open.
func (l *listener) closeAll() error {
	l.mu.Lock()
	all := slices.Collect(maps.Keys(l.open))
	l.mu.Unlock()
	var errs []error
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
