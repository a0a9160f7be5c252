package front_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/front"
)

// maxAllocs bounds what a small request costs the front: the request, its URL, its head as a
// string, its header with the values, and one in the client of the test.
const maxAllocs = 8

const small = "GET /a?b=c HTTP/1.1\r\nHost: example.test\r\nUser-Agent: bench\r\nAccept: */*\r\nX-Request-Id: 0123456789abcdef\r\n\r\n"

func hello(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h["Content-Type"], h["Content-Length"] = contentType, contentLength
	_, _ = w.Write(greeting)
}

var (
	contentType, contentLength = []string{"text/plain"}, []string{"12"}
	greeting                   = []byte("hello world\n")
)

func roundTrip(t testing.TB, c *client, answer []byte) {
	if _, err := io.WriteString(c.Conn, small); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 12 || string(answer[n-12:n]) != "hello world\n"; {
		m, err := c.Read(answer[n:])
		if n += m; err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkRequest is a small request and its answer over a connection that is kept, with
// the client's part.
func BenchmarkRequest(b *testing.B) {
	c, answer := dial(b, start(b, &front.Server{}, hello)), make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		roundTrip(b, c, answer)
	}
}

// TestAllocs holds the bound.
func TestAllocs(t *testing.T) {
	c, answer := dial(t, start(t, &front.Server{}, hello)), make([]byte, 4096)
	if got := testing.AllocsPerRun(500, func() { roundTrip(t, c, answer) }); got > maxAllocs {
		t.Errorf("%v allocations a request, want %d at most", got, maxAllocs)
	}
}
