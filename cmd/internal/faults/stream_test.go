package faults_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// stream is a response that goes on until it is not wanted any more.
type stream struct {
	edge    *edge
	url     string
	cancel  context.CancelFunc
	got     atomic.Int64 // bytes
	stopped atomic.Bool
	done    chan struct{}
}

// stream begins one over a connection of its own.
func (e *edge) stream(url string) *stream {
	s := &stream{edge: e, url: url, done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	e.must(err)
	v := e.visitor()
	response, err := v.transport.RoundTrip(r)
	e.must(err)
	go func() {
		defer close(s.done)
		defer v.leave()
		defer response.Body.Close()
		buffer := make([]byte, 1024)
		for {
			n, err := response.Body.Read(buffer)
			s.got.Add(int64(n))
			if err == nil {
				continue
			}
			if !s.stopped.Load() || err == io.EOF {
				e.t.Errorf("%s was cut off after %d bytes: %v", url, s.got.Load(), err)
			}
			return
		}
	}()
	return s
}

// end sees that there still comes something, and stops it.
func (s *stream) end() {
	s.edge.t.Helper()
	before := s.got.Load()
	for range 100 {
		if s.got.Load() > before {
			break
		}
		time.Sleep(pace)
	}
	if s.got.Load() == before {
		s.edge.t.Errorf("%s stands still", s.url)
	}
	s.stopped.Store(true)
	s.cancel()
	<-s.done
}
