package faults_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// echo starts an upstream that says its name, the path and the body that it got, and below
// /stream or what ends so goes on for as long as somebody listens; it gives its address.
func echo(t testing.TB, name string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "%s %s", name, r.URL.Path)
		if len(body) > 0 {
			fmt.Fprintf(w, " %s", body)
		}
		for strings.HasSuffix(r.URL.Path, "/stream") && r.Context().Err() == nil {
			if fmt.Fprintln(w); http.NewResponseController(w).Flush() != nil {
				return
			}
			time.Sleep(pace)
		}
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// moody is an upstream that behaves as it is told, connection by connection.
type moody struct {
	address string
	mood    atomic.Value // func(*net.TCPConn, head string): what becomes of a request
	got     atomic.Int64 // requests
	running sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
}

// behaviour is what an upstream does with a request whose head it has read; false closes
// the connection.
type behaviour func(c *net.TCPConn, head string) bool

func newMoody(t testing.TB, first behaviour) *moody {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &moody{address: l.Addr().String(), open: map[net.Conn]bool{}}
	m.mood.Store(first)
	m.running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.note(c, true)
			m.running.Go(func() {
				defer m.note(c, false)
				m.serve(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		m.mu.Lock()
		for c := range m.open {
			c.Close()
		}
		m.mu.Unlock()
		m.running.Wait()
	})
	return m
}

func (m *moody) note(c net.Conn, open bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if open {
		m.open[c] = true
	} else {
		delete(m.open, c)
		c.Close()
	}
}

func (m *moody) serve(c *net.TCPConn) {
	in := bufio.NewReader(c)
	for {
		var head strings.Builder
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if head.WriteString(line); line == "\r\n" {
				break
			}
		}
		m.got.Add(1)
		if !m.mood.Load().(behaviour)(c, head.String()) {
			return
		}
	}
}

// says answers every request with a text, and goes on or closes the connection.
func says(text string, on bool) behaviour {
	return func(c *net.TCPConn, _ string) bool {
		_, err := io.WriteString(c, text)
		return err == nil && on
	}
}

// resets breaks the connection off (RST) behind a text.
func resets(text string) behaviour {
	return func(c *net.TCPConn, _ string) bool {
		_, _ = io.WriteString(c, text) // it is broken off in any case
		time.Sleep(5 * time.Millisecond)
		_ = c.SetLinger(0) // likewise
		return false
	}
}

// hangs answers nothing more behind a text, for as long as the other side waits.
func hangs(text string) behaviour {
	return func(c *net.TCPConn, _ string) bool {
		_, _ = io.WriteString(c, text) // what counts is that nothing else comes
		_, _ = io.Copy(io.Discard, c)
		return false
	}
}

// well answers with a name, as echo does but without the body.
func well(name string) behaviour {
	return func(c *net.TCPConn, head string) bool {
		path := strings.Fields(head)[1]
		text := name + " " + path
		_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
		return err == nil
	}
}
