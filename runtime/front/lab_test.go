package front_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/split-ingress/split-ingress/runtime/front"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is longer than anything takes here that is not stuck.
const soon = 10 * time.Second

// start serves a handler on loopback until the test ends, and gives the address.
func start(t testing.TB, s *front.Server, h http.HandlerFunc) string {
	t.Helper()
	s.Handler = h
	for _, d := range []*time.Duration{&s.HeaderTimeout, &s.IdleTimeout} {
		if *d == 0 {
			*d = time.Minute
		}
	}
	if s.HeaderBytes == 0 {
		s.HeaderBytes = 16 << 10
	}
	if s.ErrorLog == nil {
		s.ErrorLog = log.New(io.Discard, "", 0)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("a connection does not end: %v", err)
		}
	})
	return l.Addr().String()
}

// client is a connection whose reads end soon.
type client struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func dial(t testing.TB, address string) *client {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(text string) *client {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
	return c
}

// rest is everything until the connection ends, without dates.
func (c *client) rest() string {
	c.t.Helper()
	text, err := io.ReadAll(c.in)
	if err != nil {
		c.t.Errorf("behind %q: %v", text, err)
	}
	return undated(string(text))
}

func undated(text string) string {
	var kept []string
	for l := range strings.SplitAfterSeq(text, "\n") {
		if !strings.HasPrefix(l, "Date: ") {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "")
}

// response reads a response with its body.
func (c *client) response(method string) (*http.Response, string) {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(body)
}
