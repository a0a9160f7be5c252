package upstream

import (
	"slices"
	"sync"
	"time"
)

// sweepAtOnce bounds the connections that one call closes for their age.
const sweepAtOnce = 8

// pool is the idle connections of an endpoint: the last one in is the first one out, so
// that those too many grow old together.
type pool struct {
	mu     sync.Mutex
	idle   []*conn // oldest first
	closed bool
	timer  *time.Timer // set while there may be idle connections that can grow old
	max    int
	keep   time.Duration // how long a connection may be idle; negative is for ever
}

// take gives an idle connection that is open and silent, or nil.
func (p *pool) take() *conn {
	for {
		c := p.last()
		if c == nil {
			return nil
		}
		expired := p.keep >= 0 && now()-c.since > int64(p.keep)
		if !expired && c.link.silent() {
			return c
		}
		c.close()
	}
}

// last removes the youngest connection.
func (p *pool) last() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a connection for the next request; one too many makes the oldest go.
func (p *pool) put(c *conn) {
	c.since, c.reused = now(), true
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		c.close()
		return
	}
	var gone *conn
	if len(p.idle) >= p.max {
		gone, p.idle = p.idle[0], slices.Delete(p.idle, 0, 1)
	}
	p.idle = append(p.idle, c)
	if p.timer == nil && p.keep > 0 {
		p.timer = time.AfterFunc(p.keep, p.sweep)
	}
	p.mu.Unlock()
	if gone != nil {
		gone.close()
	}
}

// sweep closes the oldest connections, and comes again as long as there are any.
func (p *pool) sweep() {
	p.mu.Lock()
	old, at := 0, now()-int64(p.keep)
	for old < min(len(p.idle), sweepAtOnce) && p.idle[old].since <= at {
		old++
	}
	gone := slices.Clone(p.idle[:old])
	p.idle = slices.Delete(p.idle, 0, old)
	p.timer = nil
	if len(p.idle) > 0 && !p.closed {
		p.timer = time.AfterFunc(max(time.Duration(p.idle[0].since-at), time.Millisecond), p.sweep)
	}
	p.mu.Unlock()
	for _, c := range gone {
		c.close()
	}
}

// close closes the idle connections, and from now on every one that comes back.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}
