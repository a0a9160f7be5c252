package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// TestCrowd: many more clients than there is room for, which keep their connections, leave,
// upgrade or are silent: each answer is the right one, each first request gets one, and at the
// end no connection is left. Run it with -race.
func TestCrowd(t *testing.T) {
	var hijacked atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/tunnel" {
			nc, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			hijacked.Add(1)
			go func() {
				defer nc.Close()
				_ = nc.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
				_, _ = nc.Read(make([]byte, 1))
			}()
			return
		}
		time.Sleep(time.Duration(rand.IntN(2)) * 60 * time.Millisecond)
		fmt.Fprint(w, r.URL.Path)
	}
	limits := serve.Limits{Connections: 8, HeaderTimeout: 200 * time.Millisecond, IdleTimeout: 50 * time.Millisecond}
	r := start(t, serve.Options{HTTP: "127.0.0.1:0", Limits: limits, DrainTimeout: 10 * time.Second}, plane{HandlerFunc: h})
	var crowd sync.WaitGroup
	var answers atomic.Int64
	for i := range 32 {
		crowd.Go(func() {
			for k := range 6 {
				if err := visit(r.HTTP, i*100+k*10, &answers); err != nil {
					t.Error(err)
				}
			}
		})
	}
	crowd.Wait()
	if answers.Load() < 100 || hijacked.Load() == 0 {
		t.Errorf("%d answers, %d tunnels", answers.Load(), hijacked.Load())
	}
	r.stop()
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

// visit asks a few times on one connection, which the server may close between requests.
func visit(address string, id int, answers *atomic.Int64) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	in := bufio.NewReader(c)
	for n := range 1 + rand.IntN(4) {
		path := fmt.Sprintf("/%d", id+n)
		switch rand.IntN(10) {
		case 0:
			return nil // silent
		case 1:
			path = "/tunnel"
		}
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path)
		if path == "/tunnel" {
			_, _ = io.Copy(io.Discard, in)
			return nil
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			if slow, ok := err.(net.Error); ok && slow.Timeout() || n == 0 {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		}
		text, err := io.ReadAll(response.Body)
		if err != nil || string(text) != path {
			return fmt.Errorf("asked for %s, got %q, %v", path, text, err)
		}
		answers.Add(1)
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
	}
	return nil
}
