package upstream

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

const (
	sendSize  = 16 << 10 // bytes of a body read at once
	chunkHead = 8        // room for a chunk's size and its line end
	settleFor = 50 * time.Millisecond
)

// sender writes the body of a request while the response is being read.
type sender struct {
	conn     *conn
	endpoint *Endpoint
	request  *Request
	rest     int64 // bytes; -1: until the body ends, in chunks
	done     chan struct{}
	last     atomic.Bool           // all of the body was read
	complete bool                  // and written; valid after done
	failure  atomic.Pointer[Error] // why the exchange was ended by it
}

var sendBuffers = sync.Pool{New: func() any { return new([sendSize]byte) }}

// startSender starts the goroutine of a sender; end ends it.
func startSender(c *conn, e *Endpoint, r *Request, rest int64) *sender {
	s := &sender{conn: c, endpoint: e, request: r, rest: rest, done: make(chan struct{})}
	go s.run()
	return s
}

// whole says whether all of the body was written. If only that is not known yet, it waits a
// little: the response often is faster than the last word of the sender.
func (s *sender) whole() bool {
	if !s.last.Load() {
		return false
	}
	select {
	case <-s.done:
		return s.complete
	default:
	}
	timer := time.NewTimer(settleFor)
	defer timer.Stop()
	select {
	case <-s.done:
		return s.complete
	case <-timer.C:
		return false
	}
}

// end waits for the goroutine after the connection was closed, provided that a read of the
// body can be interrupted.
func (s *sender) end() {
	select {
	case <-s.done:
		return
	default:
	}
	if s.last.Load() {
		<-s.done
	} else if s.request.Interrupt != nil {
		s.request.Interrupt()
		<-s.done
	}
}

// run writes the body. A client that fails ends the exchange; an upstream that reads no
// more may have answered, which the limits of reading wait for.
func (s *sender) run() {
	defer close(s.done)
	clientErr, err := s.copy()
	if clientErr != nil {
		s.failure.Store(s.endpoint.fail(RequestBody, clientErr))
		s.conn.close()
		return
	}
	s.complete = err == nil
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.conn.link.stuck()
	}
	s.conn.link.sent(s.request)
}

// copy reads and writes until the end of the body or an error of one side.
func (s *sender) copy() (clientErr, err error) {
	buf := sendBuffers.Get().(*[sendSize]byte)
	defer sendBuffers.Put(buf)
	room := buf[chunkHead : sendSize-2]
	for empty := 0; s.rest != 0; {
		p := room
		if s.rest > 0 {
			p = room[:min(s.rest, int64(len(room)))]
		}
		n, readErr := s.request.Body.Read(p)
		if n == 0 && readErr == nil {
			if empty++; empty > 100 {
				return io.ErrNoProgress, nil
			}
			continue
		}
		empty = 0
		if s.rest < 0 {
			p, clientErr = s.chunk(buf, n, readErr == io.EOF)
			if clientErr != nil {
				return clientErr, nil
			}
			_, err = s.conn.Write(p)
		} else {
			s.rest -= int64(n)
			s.last.Store(s.rest == 0)
			_, err = s.conn.Write(p[:n])
		}
		switch {
		case err != nil:
			return nil, err
		case s.last.Load():
			return nil, nil
		case readErr != nil:
			return shortBody(readErr), nil
		}
	}
	return nil, nil
}

// chunk makes a chunk of n bytes, which stand in their place in buf, and at the end the
// last chunk with the trailers.
func (s *sender) chunk(buf *[sendSize]byte, n int, end bool) (p []byte, err error) {
	if n > 0 {
		var size [chunkHead]byte
		head := append(strconv.AppendInt(size[:0], int64(n), 16), "\r\n"...)
		start := chunkHead - len(head)
		copy(buf[start:], head)
		p = append(buf[start:chunkHead+n], "\r\n"...)
	}
	if end {
		p, err = appendTrailer(p, s.request.Trailer)
		s.last.Store(err == nil)
	}
	return p, err
}

// appendTrailer ends a chunked body.
func appendTrailer(p []byte, trailer http.Header) ([]byte, error) {
	p = append(p, "0\r\n"...)
	p, err := h1.AppendFields(p, trailer, ownField)
	return append(p, "\r\n"...), err
}

// shortBody makes an early end of a body an error.
func shortBody(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
