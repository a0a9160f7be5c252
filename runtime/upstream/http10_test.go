package upstream

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// TestHTTP10: a request of HTTP/1.0 has no chunks and leaves no connection behind.
func TestHTTP10(t *testing.T) {
	heads := make(chan string, 4)
	e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		text, ok := head(in)
		if !ok {
			return
		}
		heads <- text
		io.CopyN(io.Discard, in, 5)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
	}))
	for range 2 {
		r := get()
		r.Method, r.HTTP10, r.Body, r.ContentLength = "POST", true, strings.NewReader("hello"), 5
		if _, body := do(t, e, r); body != "ok" {
			t.Errorf("body %q", body)
		}
		if text := <-heads; !strings.HasPrefix(text, "POST / HTTP/1.0\r\n") || strings.Contains(text, "Connection:") || strings.Contains(text, "chunked") {
			t.Errorf("sent %q", text)
		}
		if idle(e) != 0 {
			t.Error("a connection is kept")
		}
	}
	r := get()
	r.HTTP10, r.Body, r.ContentLength = true, strings.NewReader("hello"), -1
	if err := fails(t, e, r); err.Kind != Invalid {
		t.Errorf("unknown length: %v", err)
	}
}

// TestMaxHeader: a header is refused from the first byte beyond its limit on.
func TestMaxHeader(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Long: "
	sized := func(n int) string {
		return text + strings.Repeat("x", n-len(text)-4) + "\r\n\r\n"
	}
	for _, c := range []struct {
		size, limit int
		ok          bool
	}{
		{4096, 4096, true}, {4097, 4096, false}, {4097, 8192, true}, {maxHeader, 0, true}, {maxHeader + 1, 0, false},
		{maxHeader + 1, 128 << 10, true}, {MostHeader + 1, 8 << 20, false},
	} {
		r := get()
		r.MaxHeader = c.limit
		e := endpoint(t, answer(t, sized(c.size)+"ok"))
		if c.ok {
			do(t, e, r)
		} else if err := fails(t, e, r); err.Kind != TooLarge {
			t.Errorf("%d bytes of %d: %v", c.size, c.limit, err)
		}
	}
}
