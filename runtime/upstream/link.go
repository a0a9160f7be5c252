package upstream

import (
	"cmp"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// link is a TCP connection with limits that cost next to nothing: a deadline of the system
// that is early enough is left alone, and one that strikes too early is moved on.
type link struct {
	*net.TCPConn
	raw   syscall.RawConn
	probe func(fd uintptr) // looks whether something can be read; sets quiet
	quiet bool

	sending atomic.Bool  // the request is not written yet: reads may wait
	idle    atomic.Int64 // nanoseconds between two reads; 0 is none
	send    atomic.Int64 // nanoseconds between two writes; 0 is none
	header  atomic.Int64 // time when the header, or after it the whole response, must be there; 0 is none
	whole   int64        // time when the whole response must be there; 0 is none
	begun   bool         // the header is there
	wrote   atomic.Int64 // time of the last write
	dry     bool         // reads give nothing but errDry

	mu       sync.Mutex   // of the system's read deadline, and of what a limit is made of
	readBy   atomic.Int64 // the system's deadline; 0 is none
	writeBy  atomic.Int64
	shutdown atomic.Bool // ended by the context of the request
}

// newLink wraps a connection.
func newLink(c *net.TCPConn) (*link, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	l := &link{TCPConn: c, raw: raw}
	l.probe = func(fd uintptr) { l.quiet = silent(fd) }
	return l, nil
}

// begin sets the limits of a request that is about to be written.
func (l *link) begin(r *Request) {
	l.idle.Store(int64(max(r.Idle, 0)))
	l.send.Store(int64(max(cmp.Or(r.Send, r.Idle), 0)))
	l.answered(false)
	l.sending.Store(true)
}

// stuck says that a write made no progress for too long: what is there may still be read, and
// nothing is waited for any longer than for the write.
func (l *link) stuck() { l.idle.Store(l.send.Load()) }

// sent says that the request is written, and from when on reads are limited.
func (l *link) sent(r *Request) {
	l.mu.Lock()
	first, whole := r.ends()
	l.whole = whole
	if l.begun {
		first = whole
	}
	l.header.Store(first)
	l.sending.Store(false)
	l.mu.Unlock()
	if first > 0 || l.idle.Load() > 0 {
		l.arm(l.wrote.Load()) // an error means that it is closed, as the reader sees
	}
}

// answered says that the header is there (or not yet).
func (l *link) answered(begun bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = begun
	if !begun {
		l.whole = 0
	}
	l.header.Store(l.whole)
	l.sending.Store(false)
}

// abort ends the connection at once, whatever goes on.
func (l *link) abort() {
	l.shutdown.Store(true)
	l.TCPConn.Close() // the only error is that it is closed already
}

// limit is when a read that began at a time must be over; 0 is never.
func (l *link) limit(start int64) int64 {
	if l.sending.Load() {
		return 0
	}
	limit := l.header.Load()
	if idle := l.idle.Load(); idle > 0 {
		pause := max(start, l.wrote.Load()) + idle
		if limit == 0 || pause < limit {
			limit = pause
		}
	}
	return limit
}

// arm sees to it that a read that began at a time is woken at its limit at the latest.
func (l *link) arm(start int64) error {
	limit := l.limit(start)
	if by := l.readBy.Load(); limit == 0 || by != 0 && by <= limit {
		return nil
	}
	return l.rearm(start)
}

// rearm sets the system's deadline to the limit of a read that began at a time.
func (l *link) rearm(start int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.limit(start)
	l.readBy.Store(limit)
	return l.SetReadDeadline(instant(limit))
}

// Read is that of a net.Conn; past the limits it fails with os.ErrDeadlineExceeded.
func (l *link) Read(p []byte) (int, error) {
	if l.dry {
		return 0, errDry
	}
	start := int64(0)
	if l.idle.Load() > 0 {
		start = now()
	}
	for err := l.arm(start); ; err = l.rearm(start) {
		if err != nil {
			return 0, err
		}
		n, err := l.TCPConn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if limit := l.limit(start); limit != 0 && limit <= now() {
			return 0, err
		}
	}
}

// Write is that of a net.Conn; without progress for too long it fails with
// os.ErrDeadlineExceeded.
func (l *link) Write(p []byte) (int, error) {
	total, idle := 0, l.send.Load()
	for {
		start := now()
		if err := l.armWrite(start, idle); err != nil {
			return total, err
		}
		n, err := l.TCPConn.Write(p[total:])
		total += n
		end := now()
		if n > 0 {
			l.wrote.Store(end)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || idle > 0 && n == 0 && start+idle <= end {
			return total, err
		}
		l.writeBy.Store(-1)
	}
}

// armWrite sees to it that a write is woken after a pause at the latest. A deadline of -1
// has struck.
func (l *link) armWrite(start, idle int64) error {
	by, limit := l.writeBy.Load(), start+idle
	if idle == 0 {
		limit = 0
	}
	if by >= 0 && (limit == 0 || by != 0 && by <= limit) {
		return nil
	}
	l.writeBy.Store(limit)
	return l.SetWriteDeadline(instant(limit))
}

// silent says whether the connection is open and nothing can be read from it: whatever
// came without being asked for would be taken for the next response.
func (l *link) silent() bool {
	l.quiet = false
	err := l.raw.Control(l.probe)
	return err == nil && l.quiet
}

// dryError is what a read without the network gives.
type dryError struct{}

func (dryError) Error() string   { return "nothing to read without the network" }
func (dryError) Timeout() bool   { return true }
func (dryError) Temporary() bool { return true }

// errDry is a net.Error that crypto/tls can read on after.
var errDry net.Error = dryError{}
