package upstream

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// feed is the connection of an upstream that sends a text and closes.
type feed struct {
	net.Conn
	link *link
	rest string
	step int // bytes that come at once
}

func (f *feed) Read(p []byte) (int, error) {
	if f.link.dry {
		return 0, errDry
	}
	if f.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, f.rest[:min(f.step, len(f.rest))])
	f.rest = f.rest[n:]
	return n, nil
}

// FuzzResponse: whatever an upstream sends, nothing panics, pieces of any size are read
// alike, a body never has bytes of what follows, and where http.ReadResponse accepts the
// same bytes, both say the same.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\nrest",
		"HTTP/1.0 200 OK\nConnection: keep-alive\n\nuntil the end",
		"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, x\r\nUpgrade: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
		"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, isHead bool) {
		method := http.MethodGet
		if isHead {
			method = http.MethodHead
		}
		whole, body, _, err := outcome(method, text, len(text))
		_, body2, left, err2 := outcome(method, text, 1)
		if (err == nil) != (err2 == nil) || err == nil && body != body2 {
			t.Fatalf("in one piece: %q, %v; in many: %q, %v", body, err, body2, err2)
		}
		if err != nil {
			return
		}
		if left > 0 && idle(whole.endpoint) > 0 {
			t.Fatalf("the connection was kept with %d bytes left", left)
		}
		framed(t, whole, body, text, left)
		agree(t, method, whole, body, text, left)
	})
}

// outcome reads one response; left counts the bytes that were not read yet.
func outcome(method, text string, step int) (x *exchange, body string, left int, err error) {
	f := &feed{rest: text, step: step, link: &link{TCPConn: &net.TCPConn{}}}
	e := &Endpoint{options: &Options{}}
	e.idle.max = 1
	x = &exchange{endpoint: e, request: &Request{Method: method, Upgrade: "x"}, ctx: context.Background(), in: h1.NewBuffer(), conn: &conn{Conn: f, link: f.link}}
	if err := x.readHead(); err != nil {
		return nil, "", 0, x.broken(err)
	}
	x.settle()
	b, err := io.ReadAll(x.Body)
	return x, string(b), len(f.rest), err
}

// framed holds the body against the bytes that it was made of.
func framed(t *testing.T, x *exchange, body, text string, left int) {
	message := text[:len(text)-left]
	switch x.framing.kind {
	case h1.ByLength:
		if !strings.HasSuffix(message, "\n"+body) || int64(len(body)) != x.framing.length {
			t.Fatalf("%q is not the end of %q", body, message)
		}
	case h1.ByChunks:
		if !strings.HasSuffix(message, "\n\r\n") && !strings.HasSuffix(message, "\n\n") {
			t.Fatalf("%q does not end as chunks do", message)
		}
	case h1.ByEnd:
		if left != 0 || !strings.HasSuffix(text, "\n"+body) || x.framing.persist {
			t.Fatalf("%q is not all of %q", body, text)
		}
	}
}

// agree compares with net/http, which skips interim responses by its caller only.
func agree(t *testing.T, method string, x *exchange, body, text string, left int) {
	source := strings.NewReader(text)
	in := bufio.NewReader(source)
	theirs, err := http.ReadResponse(in, &http.Request{Method: method})
	for err == nil && theirs.StatusCode < 200 && theirs.StatusCode != http.StatusSwitchingProtocols {
		theirs, err = http.ReadResponse(in, &http.Request{Method: method})
	}
	if err != nil {
		return
	}
	if theirs.StatusCode != x.Status {
		t.Fatalf("status %d, net/http says %d", x.Status, theirs.StatusCode)
	}
	if x.Status == http.StatusSwitchingProtocols {
		return
	}
	b, err := io.ReadAll(theirs.Body)
	if err != nil {
		return
	}
	if theirLeft := in.Buffered() + source.Len(); string(b) != body || theirLeft != left {
		t.Fatalf("body %q and %d left, net/http says %q and %d", body, left, b, theirLeft)
	}
	for name, values := range x.Header {
		if name != "Content-Length" && strings.Join(values, ",") != strings.Join(theirs.Header[name], ",") {
			t.Fatalf("%s: %q, net/http says %q", name, values, theirs.Header[name])
		}
	}
}
