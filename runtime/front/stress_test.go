package front_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/front"
)

// disorder does what a handler may do at the worst time: it reads the body in another
// goroutine, moves deadlines, hijacks, panics, waits long enough to be looked at, and returns
// whenever it likes. A whole answer names the request.
func disorder(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // the client may be gone
	started := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		close(started)
		_, _ = io.Copy(io.Discard, r.Body)
		_ = control.SetReadDeadline(time.Now().Add(time.Millisecond)) // it may be over
	})
	<-started
	nap(60)
	switch what := r.URL.Query().Get("do"); what {
	case "wait":
		reading.Wait()
	case "interrupt":
		_ = control.SetReadDeadline(time.Unix(1, 0)) // the body may be read already
		reading.Wait()
	case "abort":
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	case "hijack":
		nc, rw, err := control.Hijack()
		if err != nil {
			panic(err)
		}
		defer nc.Close()
		fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nX-Path: %s\r\nConnection: close\r\n\r\n", r.URL.Path)
		_ = rw.Flush()
		return
	}
	w.Header().Set("X-Path", r.URL.Path)
	w.WriteHeader(http.StatusEarlyHints)
	_, _ = io.WriteString(w, "whole")
}

func nap(most int) {
	if n := rand.IntN(2 * most); n < most {
		time.Sleep(time.Duration(n) * time.Millisecond)
	}
}

// TestDisorder: whatever handlers and clients do at the same time, an answer that is whole is
// the one to its request, and all connections end. Run it with -race.
func TestDisorder(t *testing.T) {
	s := &front.Server{HeaderTimeout: 300 * time.Millisecond, IdleTimeout: 40 * time.Millisecond}
	address := start(t, s, disorder)
	var clients sync.WaitGroup
	for i := range 24 {
		clients.Go(func() {
			for k := range 12 {
				if err := disorderly(address, i*1000+k*100); err != nil {
					t.Error(err)
				}
			}
		})
	}
	time.Sleep(time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("connections do not end: %v", err)
	}
	clients.Wait()
}

// bodies are headers that frame a body, and the body.
var bodies = map[string]string{
	"": "", "Content-Length: 3\r\n": "abc", "Expect: 100-continue\r\nContent-Length: 3\r\n": "abc",
	"Transfer-Encoding: chunked\r\n": "3\r\nabc\r\n0\r\n\r\n",
}

// disorderly sends some requests on a connection, in pieces, and leaves at some time.
func disorderly(address string, id int) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil // it is the end
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(soon))
	in := bufio.NewReader(c)
	for n := range 1 + rand.IntN(4) {
		path := "/" + strconv.Itoa(id+n)
		body := slices.Sorted(maps.Keys(bodies))[rand.IntN(len(bodies))]
		do := []string{"", "wait", "interrupt", "abort", "hijack", "", "wait"}[rand.IntN(7)]
		fmt.Fprintf(c, "POST %s?do=%s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, do, body)
		nap(30)
		switch rand.IntN(8) {
		case 0:
			return nil // it leaves
		case 1: // it keeps the body back
		default:
			_, _ = io.WriteString(c, bodies[body])
		}
		r, err := http.ReadResponse(in, nil)
		for err == nil && r.StatusCode < 200 {
			r, err = http.ReadResponse(in, nil)
		}
		if err != nil {
			if slow, ok := err.(net.Error); ok && slow.Timeout() {
				return fmt.Errorf("%s %s %q: %w", path, do, body, err)
			}
			return nil
		}
		text, err := io.ReadAll(r.Body)
		if got := r.Header.Get("X-Path"); err == nil && string(text) == "whole" && got != path {
			return fmt.Errorf("asked for %s, got %s", path, got)
		}
		if err != nil || r.Close {
			return nil
		}
		nap(50)
	}
	return nil
}
