package upstream

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestStorm: endpoints come and go under load, connections end at any time, and no
// idempotent request is lost or gets the answer of another one.
func TestStorm(t *testing.T) {
	serve := func(n int, c net.Conn, in *bufio.Reader) {
		for i := 0; i < 5; i++ {
			text, ok := head(in)
			if !ok {
				return
			}
			_, rest, _ := strings.Cut(text, " ")
			uri, _, _ := strings.Cut(rest, " ")
			answer := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + uri[1:]
			if n%2 == 0 {
				answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" + uri[1:] + "\r\n0\r\n\r\n"
			}
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
	all := []string{listen(t, serve), listen(t, serve), listen(t, serve)}
	set := NewSet(all...)
	c := New(set, Options{MaxIdle: 3})
	defer c.Close()
	var workers sync.WaitGroup
	var stop atomic.Bool
	changes := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			set.Store(all[n%2 : 2+n%2])
			time.Sleep(100 * time.Microsecond)
		}
		changes <- n
	}()
	for w := range 4 {
		workers.Go(func() {
			for i := range 200 {
				text := string([]byte{'a' + byte(w), '0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
				r := get()
				r.URI, r.Idle = "/"+text, 5*time.Second
				response, err := c.Pick(0, nil).Do(context.Background(), r)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(response.Body)
				response.Body.Close()
				if string(b) != text || err != nil {
					t.Errorf("got %q, %v, want %q", b, err, text)
				}
			}
		})
	}
	workers.Wait()
	stop.Store(true)
	t.Logf("%d changes", <-changes)
}

func TestDoAllocations(t *testing.T) {
	e := endpoint(t, listen(t, func(_ int, c net.Conn, _ *bufio.Reader) { replay(c) }))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, buf := get(), make([]byte, 100)
	r.Header, r.Idle, r.FirstByte = http.Header{"Accept": {"*/*"}}, time.Minute, time.Minute
	n := testing.AllocsPerRun(100, func() {
		response, err := e.Do(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := response.Body.Read(buf); n != 12 || err != io.EOF {
			t.Fatal(n, err)
		}
		response.Body.Close()
	})
	if n > 15 {
		t.Errorf("%v allocations, want 15 at most", n)
	}
}

func TestFailuresCountAsSlow(t *testing.T) {
	e := cluster(t, Options{Strategy: "ewma"}, answer(t, "no HTTP")).Pick(0, nil)
	before := e.score.at(now())
	fails(t, e, get())
	if after := e.score.at(now()); after <= before {
		t.Errorf("a failure changed the score from %v to %v", before, after)
	}
}

func TestHTTP2Timeouts(t *testing.T) {
	const pause = 30 * time.Millisecond
	e := http2Server(t, intent.H2C, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/late" {
			http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
	for name, r := range map[string]*Request{
		"first byte": {FirstByte: pause},
		"idle":       {Idle: pause},
		"late":       {Idle: pause, FirstByte: time.Hour},
		"body":       {FirstByte: pause, Idle: time.Hour, Body: strings.NewReader("x"), ContentLength: -1},
	} {
		r.Method, r.URI, r.Host = "POST", "/"+name[:4], "example.test"
		start := time.Now()
		if err := fails(t, e, r); err.Kind != Timeout || time.Since(start) < pause {
			t.Errorf("%s: got %v after %v", name, err, time.Since(start))
		}
	}
}

// TestSlowClient: a client that pauses while it sends is no fault of the upstream.
func TestSlowClient(t *testing.T) {
	back := func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Write(b)
	}
	for name, e := range map[string]*Endpoint{"1.1": endpoint(t, server(t, back)), "2": http2Server(t, intent.H2C, back)} {
		client, r := duplex()
		r.Idle, r.FirstByte = 20*time.Millisecond, 20*time.Millisecond
		go func() {
			time.Sleep(60 * time.Millisecond)
			io.WriteString(client, "late")
			client.Close()
		}()
		if _, body := do(t, e, r); body != "late" {
			t.Errorf("HTTP/%s: got %q", name, body)
		}
	}
}

// TestWhole: a response that goes on for too long is ended, however steady it is.
func TestWhole(t *testing.T) {
	steady := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "x"); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	const whole = 30 * time.Millisecond
	for name, e := range map[string]*Endpoint{"1.1": endpoint(t, server(t, steady)), "2": http2Server(t, intent.H2C, steady)} {
		r, start := get(), time.Now()
		r.Whole, r.Idle = whole, time.Hour
		if err := fails(t, e, r); err.Kind != Timeout || time.Since(start) < whole {
			t.Errorf("HTTP/%s: got %v after %v", name, err, time.Since(start))
		}
	}
}
