package front_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/front"
)

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(r.URL.Path)+1+len(body)))
	fmt.Fprintf(w, "%s %s", r.URL.Path, body)
}

// TestKeepAlive: requests follow each other on a connection, also those that were sent before
// the answer to the first.
func TestKeepAlive(t *testing.T) {
	c := dial(t, start(t, &front.Server{}, echo))
	for range 3 {
		c.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
		for _, want := range []string{"/a abc", "/b "} {
			if r, got := c.response("POST"); got != want || r.Close {
				t.Errorf("got %q, close %v, want %q", got, r.Close, want)
			}
		}
	}
}

// TestClientGoes: the context of a request ends with its client, also where the request had a
// body, and where another request was sent behind it before.
func TestClientGoes(t *testing.T) {
	ended := make(chan error, 1)
	address := start(t, &front.Server{}, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
			ended <- nil
		case <-time.After(soon):
			ended <- errors.New("the context does not end")
		}
	})
	for _, request := range []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"} {
		c := dial(t, address).send(request)
		time.Sleep(5 * time.Millisecond)
		c.Close()
		if err := <-ended; err != nil {
			t.Errorf("%q: %v", request, err)
		}
	}
}

// TestLongRequest: the look for the client takes nothing away from what comes next.
func TestLongRequest(t *testing.T) {
	proceed := make(chan struct{})
	c := dial(t, start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		<-proceed
		if r.Context().Err() != nil {
			t.Error("the client is still there")
		}
		echo(w, r)
	}))
	for _, early := range []bool{false, true, true, false} {
		c.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
		time.Sleep(70 * time.Millisecond)
		if early {
			c.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
			time.Sleep(5 * time.Millisecond)
		}
		proceed <- struct{}{}
		if _, got := c.response("GET"); got != "/a " {
			t.Errorf("got %q", got)
		}
		if early {
			proceed <- struct{}{}
			if _, got := c.response("POST"); got != "/b x" {
				t.Errorf("got %q", got)
			}
		}
	}
}

// TestHijack: the connection is the handler's, with what the client sent behind the request.
func TestHijack(t *testing.T) {
	for _, wait := range []time.Duration{0, 70 * time.Millisecond} {
		address := start(t, &front.Server{}, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(wait)
			nc, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			if _, err := w.Write(nil); !errors.Is(err, http.ErrHijacked) {
				t.Errorf("writing afterwards: %v", err)
			}
			line, err := rw.ReadString('\n')
			fmt.Fprintf(rw, "%q %v", line, err)
			rw.Flush()
		})
		if got := dial(t, address).send("GET / HTTP/1.1\r\nHost: a\r\n\r\nhello\n").rest(); got != `"hello\n" <nil>` {
			t.Errorf("got %q", got)
		}
	}
}

// TestPanics: the connection ends, and what was sent does not look whole.
func TestPanics(t *testing.T) {
	var out bytes.Buffer
	s := &front.Server{ErrorLog: log.New(&out, "", 0)}
	address := start(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
		}
		if r.Method == "POST" {
			panic("a fault")
		}
		panic(http.ErrAbortHandler)
	})
	if got := dial(t, address).send(ask).rest(); got != "" {
		t.Errorf("got %q", got)
	}
	if got := dial(t, address).send("POST /late HTTP/1.1\r\nHost: a\r\n\r\n").rest(); strings.HasSuffix(got, "0\r\n\r\n") || !strings.HasSuffix(got, "half\r\n") {
		t.Errorf("got %q", got)
	}
	c := dial(t, address).send("GET /late HTTP/1.0\r\n\r\n")
	if text, err := io.ReadAll(c.in); err == nil {
		t.Errorf("HTTP/1.0: %q looks whole", text)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(out.String(), "panic serving"); n != 1 || !strings.Contains(out.String(), "a fault") {
		t.Errorf("logged: %s", out.String())
	}
}

// TestShutdown: idle connections end, requests under way get their answer, and nobody new is
// met.
func TestShutdown(t *testing.T) {
	begun, proceed := make(chan struct{}), make(chan struct{})
	s := &front.Server{}
	address := start(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-proceed
		}
		echo(w, r)
	})
	idle, busy := dial(t, address), dial(t, address)
	idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").response("GET")
	busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(context.Background()) }()
	if got := idle.rest(); got != "" {
		t.Errorf("the idle one: %q", got)
	}
	select {
	case err := <-ended:
		t.Errorf("ended before its requests: %v", err)
	default:
	}
	close(proceed)
	if r, got := busy.response("GET"); got != "/slow " || !r.Close {
		t.Errorf("got %q, close %v", got, r.Close)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestTimes: heads and idle connections have their time.
func TestTimes(t *testing.T) {
	address := start(t, &front.Server{HeaderTimeout: 50 * time.Millisecond, IdleTimeout: 50 * time.Millisecond}, echo)
	const slow = "HTTP/1.1 408 Request Timeout"
	for text, want := range map[string]string{"": "", "GET / HTTP/1.1\r\n": slow, "\r\n\r\n": slow} {
		if got := dial(t, address).send(text).rest(); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: got %q", text, got)
		}
	}
	c := dial(t, address)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").response("GET")
	if got := c.rest(); got != "" {
		t.Errorf("idle: %q", got)
	}
	c = dial(t, address)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").response("GET")
	if got := c.send("GET / ").rest(); !strings.HasPrefix(got, slow) {
		t.Errorf("a second head: %q", got)
	}
}
