package upstream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// wire sends a request and gives what the upstream saw of it.
func wire(t *testing.T, r *Request, lines int) string {
	t.Helper()
	got := make(chan string, 1)
	e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		var all strings.Builder
		for range lines {
			line, err := in.ReadString('\n')
			if all.WriteString(line); err != nil {
				break
			}
		}
		got <- all.String()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}))
	do(t, e, r)
	return <-got
}

func TestWire(t *testing.T) {
	for name, c := range map[string]struct {
		r     Request
		lines int
		want  string
	}{
		"GET":            {Request{Method: "GET", Header: http.Header{"X-A": {"1", "2"}}}, 5, "X-A: 1\r\nX-A: 2\r\n\r\n"},
		"POST without":   {Request{Method: "POST"}, 4, "Content-Length: 0\r\n\r\n"},
		"DELETE without": {Request{Method: "DELETE"}, 3, "\r\n"},
		"last":           {Request{Method: "GET", Connection: "close"}, 4, "Connection: close\r\n\r\n"},
		"upgrade":        {Request{Method: "GET", Upgrade: "websocket"}, 5, "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"},
		"small":          {Request{Method: "PUT", Body: strings.NewReader("ab\n"), ContentLength: 3}, 5, "Content-Length: 3\r\n\r\nab\n"},
		"in pieces":      {Request{Method: "PUT", Body: io.MultiReader(strings.NewReader("a"), strings.NewReader("b\n")), ContentLength: 3}, 5, "Content-Length: 3\r\n\r\nab\n"},
		"longer":         {Request{Method: "PUT", Body: strings.NewReader("ab\nGET"), ContentLength: 3}, 5, "Content-Length: 3\r\n\r\nab\n"},
		"chunks":         {Request{Method: "PUT", Body: strings.NewReader("abc"), ContentLength: -1}, 8, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
		"no chunk":       {Request{Method: "PUT", Body: strings.NewReader(""), ContentLength: -1}, 6, "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		"trailers": {Request{Method: "PUT", Body: strings.NewReader("abc"), ContentLength: -1, Trailer: http.Header{"X-B": {"b"}}}, 10,
			"Transfer-Encoding: chunked\r\nTrailer: X-B\r\n\r\n3\r\nabc\r\n0\r\nX-B: b\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c.r.URI, c.r.Host = "/a?b", "example.test"
			want := c.r.Method + " /a?b HTTP/1.1\r\nHost: example.test\r\n" + c.want
			if diff := cmp.Diff(want, wire(t, &c.r, c.lines)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalidRequests(t *testing.T) {
	e := endpoint(t, requests(t, nil))
	field := func(name, value string) func(*Request) {
		return func(r *Request) { r.Header = http.Header{name: {value}} }
	}
	for name, spoil := range map[string]func(*Request){
		"method":            func(r *Request) { r.Method = "GET /x" },
		"empty method":      func(r *Request) { r.Method = "" },
		"CONNECT":           func(r *Request) { r.Method = "CONNECT" },
		"empty target":      func(r *Request) { r.URI = "" },
		"space in target":   func(r *Request) { r.URI = "/ HTTP/1.1" },
		"CRLF in target":    func(r *Request) { r.URI = "/\r\nX: y" },
		"CRLF in host":      func(r *Request) { r.Host = "a\r\nX: y" },
		"CRLF in value":     field("X-A", "a long value\r\nX: y"),
		"LF at the end":     field("X-A", "a\n"),
		"NUL":               field("X-A", "\x00"),
		"CR in name":        field("X\r", "a"),
		"colon in name":     field("X:", "a"),
		"Host":              field("host", "a"),
		"Connection":        field("Connection", "a"),
		"Content-Length":    field("Content-Length", "1"),
		"Transfer-Encoding": field("transfer-encoding", "chunked"),
		"upgrade":           func(r *Request) { r.Upgrade = "a\r\nX: y" },
		"length, no body":   func(r *Request) { r.ContentLength = 3 },
		"trailer name":      func(r *Request) { r.Body, r.ContentLength, r.Trailer = http.NoBody, -1, http.Header{"X\n": nil} },
	} {
		r := get()
		spoil(r)
		if err := fails(t, e, r); err.Kind != Invalid || err.Sent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	r := get()
	r.Body, r.ContentLength, r.Trailer = http.NoBody, -1, http.Header{"X-A": {"a\r\nb"}}
	if err := fails(t, endpoint(t, server(t, drain)), r); err.Kind != RequestBody {
		t.Errorf("trailer: got %v", err)
	}
}

// TestEarlyAnswer: the upstream refuses a body that the client goes on sending, or never
// sends.
func TestEarlyAnswer(t *testing.T) {
	refuse := listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if _, ok := head(in); ok {
			io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
			io.Copy(io.Discard, io.LimitReader(in, 100<<10))
		}
	})
	hanging, hang := duplex()
	defer hanging.Close()
	for name, r := range map[string]*Request{
		"endless":       {Method: "POST", URI: "/", Host: "a", Body: zeros{}, ContentLength: 1 << 40},
		"endless chunk": {Method: "POST", URI: "/", Host: "a", Body: zeros{}, ContentLength: -1},
		"hanging":       hang,
	} {
		e := endpoint(t, refuse)
		response, body := do(t, e, r)
		if response.Status != 413 || body != "no" || idle(e) != 0 || e.Active() != 0 {
			t.Errorf("%s: got %d %q, %d idle", name, response.Status, body, idle(e))
		}
	}
}

// TestNothingReadsLater: with Interrupt, the body is left alone when the exchange is over,
// be it by Close or by an error.
func TestNothingReadsLater(t *testing.T) {
	begin := func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		http.NewResponseController(w).Flush()
		io.Copy(io.Discard, r.Body)
	}
	for name, e := range map[string]*Endpoint{"1.1": endpoint(t, server(t, begin)), "2": http2Server(t, intent.H2C, begin)} {
		_, r := duplex()
		body := &watched{Reader: r.Body}
		r.Body = body
		response, err := e.Do(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the body is read", func() bool { return body.reading.Load() == 1 })
		response.Body.Close()
		if body.reading.Load() != 0 {
			t.Errorf("HTTP/%s: the body is still being read", name)
		}
	}
}

// watched is a body that counts the reads under way.
type watched struct {
	io.Reader
	reading atomic.Int64
}

func (w *watched) Read(p []byte) (int, error) {
	w.reading.Add(1)
	defer w.reading.Add(-1)
	return w.Reader.Read(p)
}

func TestClientFails(t *testing.T) {
	bad := errors.New("client went away")
	for name, r := range map[string]*Request{
		"at once":     {Body: failing{"", bad}, ContentLength: 10},
		"small":       {Body: failing{"abc", bad}, ContentLength: 10},
		"large":       {Body: failing{"abc", bad}, ContentLength: 10000},
		"chunks":      {Body: failing{"abc", bad}, ContentLength: -1},
		"small short": {Body: failing{"abc", io.EOF}, ContentLength: 10},
		"large short": {Body: failing{"abc", io.EOF}, ContentLength: 10000},
	} {
		for version, e := range map[string]*Endpoint{"1.1": endpoint(t, server(t, drain)), "2": http2Server(t, intent.H2C, drain)} {
			r.Method, r.URI, r.Host = "POST", "/", "example.test"
			if err := fails(t, e, r); err.Kind != RequestBody || !err.Sent || !errors.Is(err, bad) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("HTTP/%s, %s: got %v", version, name, err)
			}
		}
	}
}

func drain(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }

// failing is a body that ends with an error.
type failing struct {
	text string
	err  error
}

func (f failing) Read(p []byte) (int, error) { return copy(p, f.text), f.err }

// TestSlowSmallBody: an idle connection that ends while the client is still sending a small
// body is not used.
func TestSlowSmallBody(t *testing.T) {
	e := endpoint(t, listen(t, func(n int, c net.Conn, in *bufio.Reader) {
		if _, ok := head(in); ok {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d", n)
			time.Sleep(10 * time.Millisecond)
		}
	}))
	do(t, e, get())
	in, out := io.Pipe()
	go func() {
		time.Sleep(30 * time.Millisecond)
		io.WriteString(out, "body")
	}()
	r := post("")
	r.Body, r.ContentLength = in, 4
	if _, body := do(t, e, r); body != "01" {
		t.Errorf("got %q", body)
	}
}

func TestUpgrade(t *testing.T) {
	e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		text, _ := head(in)
		if !strings.Contains(text, "\r\nConnection: upgrade\r\nUpgrade: echo\r\n") {
			t.Errorf("got %q", text)
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwelcome ")
		io.Copy(c, in)
		io.WriteString(c, " bye")
	}))
	r := get()
	r.Upgrade = "echo"
	response, err := e.Do(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != 101 || response.Header.Get("Upgrade") != "echo" || response.Conn == nil || e.Active() != 1 {
		t.Fatalf("got %+v, %d active", response, e.Active())
	}
	if _, err := io.WriteString(response.Conn, "hello"); err != nil {
		t.Error(err)
	}
	if err := response.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Error(err)
	}
	if b, err := io.ReadAll(response.Conn); string(b) != "welcome hello bye" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	response.Body.Close()
	response.Conn.Close()
	response.Conn.Close()
	if e.Active() != 0 || idle(e) != 0 {
		t.Errorf("%d active, %d idle", e.Active(), idle(e))
	}
}
