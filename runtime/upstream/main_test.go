package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server starts an HTTP/1.1 server and gives its address.
func server(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// listen starts a server that gives each connection, with its number from 0 on, to a
// function and closes it afterwards.
func listen(t testing.TB, serve func(n int, c net.Conn, in *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Error(err)
				}
				serve(n, c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return l.Addr().String()
}

// head reads the head of a request.
func head(in *bufio.Reader) (string, bool) {
	var all strings.Builder
	for {
		line, err := in.ReadString('\n')
		all.WriteString(line)
		if err != nil || line == "\r\n" {
			return all.String(), err == nil
		}
	}
}

// answer starts a server that gives every request on every connection the same answer.
func answer(t testing.TB, text string) string {
	return listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			if _, ok := head(in); !ok {
				return
			}
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	})
}

// cluster makes a cluster of one address.
func cluster(t testing.TB, o Options, addresses ...string) *Cluster {
	t.Helper()
	c := New(NewSet(addresses...), o)
	t.Cleanup(c.Close)
	return c
}

// endpoint is the endpoint of a cluster of one address.
func endpoint(t testing.TB, address string) *Endpoint {
	t.Helper()
	return cluster(t, Options{}, address).Pick(0, nil)
}

// get is a request without a body.
func get() *Request { return &Request{Method: "GET", URI: "/", Host: "example.test"} }

// read reads a response to its end and closes it.
func read(t testing.TB, r *Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// do sends a request and reads its whole response.
func do(t testing.TB, e *Endpoint, r *Request) (*Response, string) {
	t.Helper()
	response, err := e.Do(context.Background(), r)
	return response, read(t, response, err)
}

// fails sends a request and gives its error, be it that of Do or of the body.
func fails(t testing.TB, e *Endpoint, r *Request) *Error {
	t.Helper()
	response, err := e.Do(context.Background(), r)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("got error %v, want *Error", err)
	}
	if n := e.Active(); n != 0 {
		t.Errorf("%d requests active after the failure %v", n, err)
	}
	return failure
}

// idle counts the idle connections of an endpoint.
func idle(e *Endpoint) int {
	e.idle.mu.Lock()
	defer e.idle.mu.Unlock()
	return len(e.idle.idle)
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for range 2000 {
		if f() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
