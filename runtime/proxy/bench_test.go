package proxy

import (
	"io"
	"net"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// maxAllocs bounds what a small request costs from the client's bytes to the client's bytes.
const maxAllocs = 26

// canned answers whatever comes at once, without an allocation.
func canned(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nServer: test\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world\n")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := make([]byte, 4096)
				for {
					if _, err := c.Read(in); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// asker sends one small request again and again.
type asker struct {
	testing.TB
	net.Conn
	request, answer []byte
}

func newAsker(t testing.TB, plane intent.PathForm) *asker {
	l := newLab(t, Options{})
	l.proxy.Observer = nil
	l.endpoints(canned(t))
	l.serve(with(plane, func(r *intent.Route) {
		r.Forward.Timeouts = intent.Timeouts{Connect: 5000, Idle: 60000}
		r.Forward.Retry = &intent.Retry{Tries: 3, On: []string{"error", "timeout"}}
	}))
	c, err := net.Dial("tcp", l.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &asker{t, c, []byte("GET /a?b=c HTTP/1.1\r\nHost: a.t\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"), make([]byte, 4096)}
}

func (a *asker) ask() {
	if _, err := a.Write(a.request); err != nil {
		a.Fatal(err)
	}
	for n := 0; n < 12 || string(a.answer[n-12:n]) != "hello world\n"; {
		m, err := a.Read(a.answer[n:])
		if n += m; err != nil && (err != io.EOF || m == 0) {
			a.Fatal(err)
		}
	}
}

// BenchmarkForward is a small request over kept connections, with the client's part and the
// upstream's.
func BenchmarkForward(b *testing.B) {
	for name, plane := range map[string]intent.PathForm{"envoy": intent.Normalized, "nginx": intent.Decoded} {
		b.Run(name, func(b *testing.B) {
			a := newAsker(b, plane)
			b.ReportAllocs()
			for b.Loop() {
				a.ask()
			}
		})
	}
}

// TestAllocs holds the bound.
func TestAllocs(t *testing.T) {
	for _, plane := range []intent.PathForm{intent.Normalized, intent.Decoded} {
		if got := testing.AllocsPerRun(300, newAsker(t, plane).ask); got > maxAllocs {
			t.Errorf("%v: %v allocations a request, want %d at most", plane, got, maxAllocs)
		}
	}
}
