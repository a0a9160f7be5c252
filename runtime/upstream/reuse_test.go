package upstream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// requests is a server that says for each request the number of its connection; act may do
// something else after an answer.
func requests(t *testing.T, act func(n, request int, c net.Conn) (stop bool)) string {
	return listen(t, func(n int, c net.Conn, in *bufio.Reader) {
		for i := 0; ; i++ {
			text, ok := head(in)
			if !ok || act != nil && act(n, i, c) {
				return
			}
			var length int
			if _, after, ok := strings.Cut(text, "Content-Length: "); ok {
				if _, err := fmt.Sscanf(after, "%d", &length); err != nil {
					t.Error(err)
				}
			}
			if _, err := in.Discard(length); err != nil {
				return
			}
			if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d", n); err != nil {
				return
			}
		}
	})
}

// post is a request that must not be sent twice, with a body.
func post(body string) *Request {
	return &Request{Method: "POST", URI: "/", Host: "example.test", Body: strings.NewReader(body), ContentLength: int64(len(body))}
}

func TestConnectionIsReused(t *testing.T) {
	e := endpoint(t, requests(t, nil))
	for range 3 {
		for _, r := range []*Request{get(), post("small"), post(strings.Repeat("large", 10000))} {
			if _, body := do(t, e, r); body != "00" {
				t.Errorf("connection %s was used", body)
			}
		}
	}
	if idle(e) != 1 {
		t.Errorf("%d idle connections", idle(e))
	}
}

// TestStale: the upstream closes, or says something unasked, after each answer; nothing
// must fail or be answered wrongly.
func TestStale(t *testing.T) {
	for name, farewell := range map[string]string{"closed": "", "talks": "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			e := endpoint(t, listen(t, func(n int, c net.Conn, in *bufio.Reader) {
				if _, ok := head(in); ok {
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d", n)
					time.Sleep(2 * time.Millisecond)
					io.WriteString(c, farewell)
					if farewell != "" {
						io.Copy(io.Discard, in)
					}
				}
			}))
			for i := range 5 {
				r := get()
				if i%2 == 1 {
					r.Method = "POST"
				}
				if response, body := do(t, e, r); body != fmt.Sprintf("%02d", i) || response.Status != 200 {
					t.Errorf("got %d %q from the connection, want %d", response.Status, body, i)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

// TestFailsUnderTheRequest: a connection that was used before ends when the next request
// is there.
func TestFailsUnderTheRequest(t *testing.T) {
	second := func(n, request int, c net.Conn) bool { return n == 0 && request == 1 }
	for name, r := range map[string]*Request{"GET": get(), "PUT": post("body"), "DELETE": get()} {
		e := endpoint(t, requests(t, second))
		do(t, e, get())
		r.Method = name
		if _, body := do(t, e, r); body != "01" {
			t.Errorf("%s: got %q", name, body)
		}
	}
	for name, r := range map[string]*Request{"small": post("body"), "none": post(""), "large": post(strings.Repeat("x", 10000))} {
		e := endpoint(t, requests(t, second))
		do(t, e, get())
		if err := fails(t, e, r); err.Kind != Reset || !err.Reused || !err.Sent {
			t.Errorf("POST with %s body: got %+v", name, err)
		}
	}
	partly := func(n, request int, c net.Conn) bool {
		if request == 1 {
			io.WriteString(c, "HTTP/1.1 ")
		}
		return request == 1
	}
	e := endpoint(t, requests(t, partly))
	do(t, e, get())
	if err := fails(t, e, get()); err.Kind != Reset || !err.Reused || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after a first byte: got %+v", err)
	}
}

func TestIdleTimeout(t *testing.T) {
	e := cluster(t, Options{IdleTimeout: 20 * time.Millisecond}, requests(t, nil)).Pick(0, nil)
	do(t, e, get())
	if idle(e) != 1 {
		t.Fatal("not kept")
	}
	eventually(t, "swept", func() bool { return idle(e) == 0 })
	if _, body := do(t, e, get()); body != "01" {
		t.Errorf("got connection %q", body)
	}
}

func TestMaxIdle(t *testing.T) {
	e := cluster(t, Options{MaxIdle: 2, IdleTimeout: -1}, requests(t, nil)).Pick(0, nil)
	var all []*Response
	for range 4 {
		// The first byte is read only, so that the connection stays in use.
		r, err := e.Do(t.Context(), get())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if n := e.Active(); n != 4 {
		t.Errorf("%d active, want 4", n)
	}
	for _, r := range all {
		read(t, r, nil)
	}
	if idle(e) > 2 || e.Active() != 0 {
		t.Errorf("%d idle, %d active", idle(e), e.Active())
	}
}

func TestSetChanges(t *testing.T) {
	var gone atomic.Int64
	serve := func(n int, c net.Conn, in *bufio.Reader) {
		for {
			if _, ok := head(in); !ok {
				gone.Add(1)
				return
			}
			if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
			if _, err := io.WriteString(c, "0\r\n\r\n"); err != nil {
				return
			}
		}
	}
	first, second := listen(t, serve), listen(t, serve)
	set := NewSet(first, second, first)
	c := New(set, Options{})
	defer c.Close()
	a, b := c.ByAddress(first), c.ByAddress(second)
	if len(c.Endpoints()) != 2 || a == nil || b == nil || len(set.Load()) != 2 || !slices.IsSorted(set.Load()) {
		t.Fatalf("endpoints %v of %v", c.Endpoints(), set.Load())
	}
	do(t, a, get())
	do(t, b, get())
	busy, err := b.Do(t.Context(), get())
	if err != nil {
		t.Fatal(err)
	}
	set.Store([]string{first})
	if c.ByAddress(first) != a || c.ByAddress(second) != nil || len(c.Endpoints()) != 1 || idle(a) != 1 {
		t.Errorf("after the change: %v", c.Endpoints())
	}
	if body := read(t, busy, nil); body != "a" {
		t.Errorf("the request under way got %q", body)
	}
	eventually(t, "closed", func() bool { return gone.Load() == 1 && idle(b) == 0 })
	set.Store(nil)
	if c.Pick(0, nil) != nil {
		t.Error("an endpoint is left")
	}
	eventually(t, "all closed", func() bool { return gone.Load() == 2 })
}

func TestCloseFollowsNoLonger(t *testing.T) {
	set := NewSet("192.0.2.1:80")
	c := New(set, Options{})
	c.Close()
	set.Store([]string{"192.0.2.2:80"})
	if e := c.Pick(0, nil); e == nil || e.Address() != "192.0.2.1:80" || len(set.clusters) != 0 {
		t.Errorf("the cluster follows, or forgot what it had: %v", e)
	}
}
