package server

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// drip sends a text byte by byte, until the server has had enough.
func (s *stronghold) drip(start, more string, pause time.Duration) (answer string, took time.Duration) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.http)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	began := time.Now()
	c.SetDeadline(began.Add(5 * time.Second))
	io.WriteString(c, start)
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for i := range len(more) {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if _, err := io.WriteString(c, more[i:i+1]); err != nil {
				return
			}
		}
	}()
	text, err := io.ReadAll(c)
	close(done)
	<-stopped
	if slow, ok := err.(net.Error); ok && slow.Timeout() {
		s.t.Errorf("the connection stays open behind %.100q", start)
	}
	return string(text), time.Since(began)
}

// TestSlowClients: heads have a time for the whole, bodies one for each pause, also where
// nobody wants the body; the end does not wait for the client.
func TestSlowClients(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		host := "Host: " + plane + ".test\r\n"
		if got, _ := s.drip("GET /in HTTP/1.1\r\n"+host, strings.Repeat("X: y\r\n", 200), 20*time.Millisecond); statuses(got) == "200" {
			t.Errorf("%s, a slow head: %q", plane, got)
		}
		if got, _ := s.drip("", strings.Repeat("G", 200), 20*time.Millisecond); statuses(got) == "200" {
			t.Errorf("a slow request line: %q", got)
		}
		for _, framing := range []string{"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"} {
			got, _ := s.drip("POST /in HTTP/1.1\r\n"+host+framing+"\r\n5\r\nab", "", time.Hour)
			if status := statuses(got); status != "408" {
				t.Errorf("%s, %s a body that stops: %q", plane, framing, got)
			}
			if got, _ := s.drip("POST /admin HTTP/1.1\r\n"+host+framing+"\r\n5\r\nab", "", time.Hour); statuses(got) != "403" {
				t.Errorf("%s, %s a body that nobody wants: %q", plane, framing, got)
			}
		}
	}
	if got := s.saw(); len(got) > 0 {
		t.Errorf("upstreams saw %v", got)
	}
}

// TestSlowUnwantedBody: a body that nobody reads does not hold a connection by dripping.
func TestSlowUnwantedBody(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		answer, took := s.drip("POST /admin HTTP/1.1\r\nHost: "+plane+".test\r\nContent-Length: 1000\r\n\r\n", strings.Repeat("x", 1000), 50*time.Millisecond)
		if statuses(answer) != "403" || took > 4*time.Second {
			t.Errorf("%s: %q after %s", plane, answer, took)
		}
	}
}

// TestUnknownExpectation: a body behind an expectation that nobody knows has a limit, too.
func TestUnknownExpectation(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		if got, _ := s.drip("POST /in HTTP/1.1\r\nHost: "+plane+".test\r\nExpect: evil\r\nContent-Length: 45\r\n\r\nabc", "", time.Hour); statuses(got) != "417" {
			t.Errorf("%s: %q", plane, got)
		}
	}
}

// TestLargeHeads: there are bounds on the bytes and on the number of headers.
func TestLargeHeads(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for name, lines := range map[string]string{
		"one long header":  "X: " + strings.Repeat("y", 64<<10) + "\r\n",
		"many headers":     strings.Repeat("X: y\r\n", 10<<10),
		"many small ones":  strings.Repeat("a:\r\n", 3<<10),
		"many names":       numbered(2000),
		"many cookies":     strings.Repeat("Cookie: a=b\r\n", 2000),
		"a long name":      strings.Repeat("x", 64<<10) + ": y\r\n",
		"a long fold":      "X: y\r\n" + strings.Repeat(" y\r\n", 20<<10),
		"a long attribute": "Connection: " + strings.Repeat("a,", 32<<10) + "\r\n",
	} {
		for _, plane := range planes {
			got := statuses(s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\n" + lines + "Connection: close\r\n\r\n"))
			if got != "431" {
				t.Errorf("%s, %s: status %q, want 431", plane, name, got)
			}
		}
	}
	for _, plane := range planes {
		if got := statuses(s.wire("GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: close\r\n\r\n")); got != "431" && got != "414" {
			t.Errorf("%s, a long target: status %q", plane, got)
		}
	}
	if got := s.saw(); len(got) > 0 {
		t.Errorf("upstreams saw %v", got)
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x%d:\r\n", i)
	}
	return b.String()
}
