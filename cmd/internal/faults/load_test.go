package faults_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what one group of visitors does until it is stopped.
type load struct {
	url     string
	method  string // empty: GET
	body    string
	h2      bool
	clients int           // 0: 1
	every   time.Duration // a request of each client; 0: 10 ms
	fresh   bool          // each request over a new connection
	// begin is called with each request, and what it gives with its answer: it says what is
	// wrong, or nothing.
	begin func() func(answer) string
}

// crowd is all groups of visitors of a test.
type crowd struct {
	edge   *edge
	stop   chan struct{}
	all    sync.WaitGroup
	groups []*group
}

// group is a load with what came of it.
type group struct {
	load
	asked, dialled atomic.Int64
	worst          atomic.Int64 // nanoseconds
	said           sync.Map     // what was wrong, with how often
}

// visited starts loads and ends them with the test, where they were not stopped before.
func (e *edge) visited(loads ...load) *crowd {
	c := &crowd{edge: e, stop: make(chan struct{})}
	for _, l := range loads {
		g := &group{load: l}
		c.groups = append(c.groups, g)
		for range max(l.clients, 1) {
			c.all.Go(func() { c.visit(g) })
		}
	}
	e.t.Cleanup(c.leave)
	return c
}

// leave stops all visitors.
func (c *crowd) leave() {
	select {
	case <-c.stop:
	default:
		close(c.stop)
	}
	c.all.Wait()
}

func (c *crowd) visit(g *group) {
	v := c.edge.visitorOver(g.h2)
	defer func() {
		v.leave()
		g.dialled.Add(v.dialled.Load())
	}()
	every := g.every
	if every == 0 {
		every = 10 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		g.once(v)
		if g.fresh {
			v.leave()
		}
	}
}

// once sends one request and judges its answer.
func (g *group) once(v *visitor) {
	method := g.method
	if method == "" {
		method = http.MethodGet
	}
	judge := g.begin()
	start := time.Now()
	a := v.send(method, g.url, g.body)
	took := int64(time.Since(start))
	for before := g.worst.Load(); took > before && !g.worst.CompareAndSwap(before, took); before = g.worst.Load() {
	}
	g.asked.Add(1)
	if what := judge(a); what != "" {
		n, _ := g.said.LoadOrStore(what, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}
}

// more waits until every group has had some more answers.
func (c *crowd) more() {
	c.edge.t.Helper()
	for _, g := range c.groups {
		most := g.asked.Load() + 10
		c.edge.await(g.url+" is asked", func() bool { return g.asked.Load() >= most })
	}
}

// right stops all visitors, and holds what they saw against what must be: some answers, none
// of them wrong, and no connection closed.
func (c *crowd) right() {
	c.edge.t.Helper()
	c.leave()
	for _, g := range c.groups {
		g.report(c.edge.t)
	}
	if c.edge.t.Failed() {
		c.edge.t.Logf("findings:\n%s\nlog:\n%s", c.edge.findings(), c.edge.log)
	}
}

func (g *group) report(t testing.TB) {
	t.Helper()
	t.Logf("%s: %d requests, the slowest took %v", g.url, g.asked.Load(), time.Duration(g.worst.Load()).Round(time.Millisecond))
	if g.asked.Load() < 5 {
		t.Errorf("%s: only %d requests", g.url, g.asked.Load())
	}
	g.said.Range(func(what, n any) bool {
		t.Errorf("%s: %d of %d: %s", g.url, n.(*atomic.Int64).Load(), g.asked.Load(), what)
		return true
	})
	if n := g.dialled.Load(); !g.fresh && n != int64(max(g.clients, 1)) {
		t.Errorf("%s: %d connections for %d clients: the program closed some", g.url, n, max(g.clients, 1))
	}
}

// always is the judge of answers of which only one, or one of several, is right, as
// answer.String gives it.
func always(want ...string) func() func(answer) string {
	return func() func(answer) string {
		return func(a answer) string {
			got := a.String()
			for _, w := range want {
				if got == w {
					return ""
				}
			}
			return fmt.Sprintf("got %s, want one of %q", got, want)
		}
	}
}
