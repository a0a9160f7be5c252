package serve

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/observe"
)

// DefaultAccessBuffer is the number of lines that may wait to be written.
const DefaultAccessBuffer = 8192

const (
	accessBatch = 64 << 10 // bytes that are written at once
	accessClose = 5 * time.Second
)

// AccessOptions say which requests are written down.
type AccessOptions struct {
	// Every is 1 for each request, N for one of N and besides all that are answered with a
	// status of 500 or above; less than 1 is 1.
	Every int
	// Buffer is the number of lines that may wait; 0 is DefaultAccessBuffer. More are
	// dropped and counted.
	Buffer int
	// NoQuery leaves the query out of the request's target: tokens may stand in it.
	NoQuery bool
}

// AccessLog writes a line of JSON for a request. It never makes a request wait: lines go
// into a buffer, from which one goroutine writes. It is an observe.Observer.
type AccessLog struct {
	every   uint64
	noQuery bool
	n       atomic.Uint64
	dropped interface{ Inc() }
	spare   sync.Pool
	out     io.Writer
	written chan struct{} // closed when everything is written
	err     error         // of the last write; to be read once written is closed

	mu     sync.RWMutex // nobody sends to lines once they are closed
	closed bool
	lines  chan *[]byte
}

// NewAccessLog starts a log to w, until Close. Lines that are lost are counted in m.
func NewAccessLog(w io.Writer, o AccessOptions, m *Metrics) *AccessLog {
	defaultTo(&o.Buffer, DefaultAccessBuffer)
	a := &AccessLog{
		every: uint64(max(o.Every, 1)), noQuery: o.NoQuery, dropped: m.logDropped,
		lines: make(chan *[]byte, o.Buffer), written: make(chan struct{}), out: w,
	}
	a.spare.New = func() any { b := make([]byte, 0, 512); return &b }
	go a.write()
	return a
}

// Done writes a request down, if it is one of those.
func (a *AccessLog) Done(r *observe.Record) {
	if a.every > 1 && a.n.Add(1)%a.every != 0 && r.Status < 500 {
		return
	}
	if a.noQuery {
		bare := *r // others are told of the whole target
		bare.URI, _, _ = strings.Cut(r.URI, "?")
		r = &bare
	}
	line := a.spare.Get().(*[]byte)
	*line = appendRecord((*line)[:0], r)
	if !a.send(line) {
		a.dropped.Inc()
		a.spare.Put(line)
	}
}

func (a *AccessLog) send(line *[]byte) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.closed {
		return false
	}
	select {
	case a.lines <- line:
		return true
	default:
		return false
	}
}

// write writes lines in batches; none waits for the next one. After an error it goes on:
// the disk may have room again.
func (a *AccessLog) write() {
	defer close(a.written)
	batch, n := make([]byte, 0, accessBatch), 0
	for line := range a.lines {
		batch, n = append(batch, *line...), n+1
		a.spare.Put(line)
		if len(a.lines) > 0 && len(batch) < accessBatch {
			continue
		}
		if _, a.err = a.out.Write(batch); a.err != nil {
			for range n {
				a.dropped.Inc()
			}
		}
		batch, n = batch[:0], 0
	}
}

// Close writes what is waiting, for 5 s at most. Its error says that lines were lost at the
// end. Requests that end later are counted as dropped. Closing again does nothing.
func (a *AccessLog) Close() error {
	a.mu.Lock()
	again := a.closed
	a.closed = true
	a.mu.Unlock()
	if again {
		return nil
	}
	close(a.lines)
	select {
	case <-a.written:
	case <-time.After(accessClose):
		return errors.New("access log: its lines are not taken; what waited is lost")
	}
	if a.err != nil {
		return fmt.Errorf("access log: %w", a.err)
	}
	return nil
}
