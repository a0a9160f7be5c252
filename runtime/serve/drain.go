package serve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrCut says that Close ended a server before its requests had ended.
var ErrCut = errors.New("the server was closed before its requests had ended")

const (
	drainPoll = 20 * time.Millisecond
	// afterwards is how long handlers have to return once their connections are closed.
	afterwards = time.Second
)

// Draining says whether the end was asked for.
func (s *Server) Draining() bool { return s.draining.Load() }

// drain is the orderly end: not ready at once; accepting for the delay; then no new
// connection and no new request on an old one, but time for those that are under way and
// for upgraded connections; at last everything left is closed.
func (s *Server) drain() error {
	s.draining.Store(true)
	log := s.options.Log
	log.Info("draining", "delay", s.options.DrainDelay, "timeout", s.options.DrainTimeout, "requests", s.options.Metrics.inFlight.Load())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.cut:
			cancel()
		case <-ctx.Done():
		}
	}()
	sleep(ctx, s.options.DrainDelay)
	limited, stop := context.WithTimeout(ctx, s.options.DrainTimeout)
	defer stop()
	s.shutdown(limited)
	if ctx.Err() != nil {
		return ErrCut
	}
	if n := s.openConnections(); n > 0 {
		log.Warn("closing what has not ended in time", "connections", n)
	}
	err := s.closeDoors()
	limited, stop = context.WithTimeout(ctx, afterwards)
	defer stop()
	until(limited, func() bool { return s.options.Metrics.inFlight.Load() == 0 })
	log.Info("drained")
	return err
}

// shutdown waits until every door has ended, or ctx.
func (s *Server) shutdown(ctx context.Context) {
	var all sync.WaitGroup
	for _, d := range s.doors {
		all.Go(func() {
			// The only error is that of ctx, or of a listener that was closed before; what is
			// left open is closed next.
			_ = d.server.Shutdown(ctx)
			until(ctx, func() bool { return d.count() == 0 })
		})
	}
	all.Wait()
}

func (s *Server) openConnections() (n int) {
	for _, d := range s.doors {
		n += d.count()
	}
	return n
}

// Close ends everything at once: listeners, connections, also upgraded ones, and the admin
// address. It may be called at any time, and again; Run returns then.
func (s *Server) Close() error {
	s.cutOnce.Do(func() { close(s.cut) })
	err := s.closeDoors()
	if s.admin != nil {
		err = errors.Join(err, s.admin.close())
	}
	return err
}

func (s *Server) closeDoors() error {
	var errs []error
	for _, d := range s.doors {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}

// sleep waits for d, or for ctx.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// until waits until something is so, or for ctx.
func until(ctx context.Context, so func() bool) {
	t := time.NewTicker(drainPoll)
	defer t.Stop()
	for !so() {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}
