package upstream

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

func TestNotConnected(t *testing.T) {
	refused := endpoint(t, upstreamtest.Refusing(t))
	if err := fails(t, refused, post("body")); err.Kind != Connect || err.Sent {
		t.Errorf("refused: %+v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := refused.Do(ctx, get()); err.(*Error).Kind != Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	silent := listen(t, func(_ int, c net.Conn, in *bufio.Reader) { io.Copy(io.Discard, in) })
	o := Options{Protocol: intent.HTTPS, ConnectTimeout: 20 * time.Millisecond}
	if err := fails(t, cluster(t, o, silent).Pick(0, nil), get()); err.Kind != ConnectTimeout {
		t.Errorf("no handshake: %v", err)
	}
	plain := listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if _, err := in.ReadByte(); err == nil {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}
	})
	if err := fails(t, cluster(t, Options{Protocol: intent.HTTPS}, plain).Pick(0, nil), get()); err.Kind != Connect {
		t.Errorf("no TLS: %v", err)
	}
	if err := fails(t, cluster(t, Options{Protocol: intent.FastCGI}, silent).Pick(0, nil), get()); err.Kind != Invalid {
		t.Errorf("FastCGI: %v", err)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.TLS.NegotiatedProtocol, strings.Repeat("x", 50000))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	address := s.Listener.Addr().String()
	if err := fails(t, cluster(t, Options{Protocol: intent.HTTPS}, address).Pick(0, nil), get()); err.Kind != Connect {
		t.Errorf("unknown authority: %v", err)
	}
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, config := range []*tls.Config{{InsecureSkipVerify: true}, {RootCAs: pool}, {RootCAs: pool, ServerName: "example.com"}} {
		e := cluster(t, Options{Protocol: intent.HTTPS, TLS: config}, address).Pick(0, nil)
		for range 3 {
			if _, body := do(t, e, get()); !strings.HasPrefix(body, "HTTP/1.1 http/1.1xxx") || len(body) != 50017 {
				t.Errorf("got %.30q", body)
			}
		}
		if idle(e) != 1 {
			t.Errorf("%d idle", idle(e))
		}
	}
	if err := fails(t, cluster(t, Options{Protocol: intent.H2, TLS: &tls.Config{InsecureSkipVerify: true}}, address).Pick(0, nil), get()); err.Kind != Connect {
		t.Errorf("no h2: %v", err)
	}
}

// TestTLSLeftover: bytes that TLS has decrypted already, but nobody asked for, cost the
// connection.
func TestTLSLeftover(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n"+strings.Repeat("x", 12000)+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
		io.Copy(io.Discard, c)
	}))
	s.TLS = &tls.Config{DynamicRecordSizingDisabled: true} // all in one record
	s.StartTLS()
	t.Cleanup(s.Close)
	e := cluster(t, Options{Protocol: intent.HTTPS, TLS: &tls.Config{InsecureSkipVerify: true}}, s.Listener.Addr().String()).Pick(0, nil)
	response, err := e.Do(t.Context(), get())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	// A buffer of the whole body makes the client ask for exactly what it may have.
	if n, err := io.ReadFull(response.Body, make([]byte, 12000)); n != 12000 || err != nil {
		t.Fatal(n, err)
	}
	if idle(e) != 0 {
		t.Error("the connection was kept")
	}
}

func TestTimeouts(t *testing.T) {
	const pause = 30 * time.Millisecond
	wait := func(text string) *Endpoint {
		return endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
			if _, ok := head(in); ok {
				io.WriteString(c, text)
				io.Copy(io.Discard, in)
			}
		}))
	}
	for name, c := range map[string]struct {
		sent string
		r    Request
	}{
		"no header, first byte": {"", Request{FirstByte: pause}},
		"no header, idle":       {"", Request{Idle: pause}},
		"half a header":         {"HTTP/1.1 200 OK\r\n", Request{FirstByte: pause}},
		"half a body":           {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Request{Idle: pause}},
		"half a chunk":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Request{Idle: pause, FirstByte: time.Hour}},
		"with a body":           {"", Request{Idle: pause, Body: strings.NewReader(strings.Repeat("x", 5000)), ContentLength: 5000}},
		"chunks, first byte":    {"", Request{FirstByte: pause, Body: strings.NewReader("x"), ContentLength: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			c.r.Method, c.r.URI, c.r.Host = "GET", "/", "example.test"
			start := time.Now()
			err := fails(t, wait(c.sent), &c.r)
			if err.Kind != Timeout || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) < pause {
				t.Errorf("got %v after %v", err, time.Since(start))
			}
		})
	}
}

// TestSlowButSteady: limits end pauses, not responses, and a deadline of one request does
// not strike in the next one.
func TestSlowButSteady(t *testing.T) {
	const pause = 40 * time.Millisecond
	e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			if _, ok := head(in); !ok {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			for range 5 {
				time.Sleep(pause / 3)
				io.WriteString(c, "x")
			}
		}
	}))
	for range 2 {
		r := get()
		r.Idle, r.FirstByte = pause, pause
		if _, body := do(t, e, r); body != "xxxxx" {
			t.Errorf("got %q", body)
		}
	}
	r := get()
	if _, body := do(t, e, r); body != "xxxxx" || idle(e) != 1 {
		t.Errorf("without a limit: got %q, %d idle", body, idle(e))
	}
}

// TestStuckWrite: an upstream that reads nothing ends the request after a pause, which may be
// another one than that for reads.
func TestStuckWrite(t *testing.T) {
	for name, limits := range map[string]Request{"idle": {Idle: 30 * time.Millisecond}, "send": {Idle: time.Hour, Send: 30 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) { stuckWrite(t, limits) })
	}
}

func stuckWrite(t *testing.T, limits Request) {
	e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
		head(in)
		time.Sleep(200 * time.Millisecond)
	}))
	r := &Request{Method: "POST", URI: "/", Host: "a", Body: io.LimitReader(zeros{}, 1<<30), ContentLength: 1 << 30, Idle: limits.Idle, Send: limits.Send}
	if err := fails(t, e, r); err.Kind != Timeout {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestCancel(t *testing.T) {
	for name, sent := range map[string]string{"header": "", "body": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := make(chan struct{})
			e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
				head(in)
				io.WriteString(c, sent)
				cancel(errOver)
				io.Copy(io.Discard, in)
				close(gone)
			}))
			response, err := e.Do(ctx, get())
			if err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			if failure, ok := err.(*Error); !ok || failure.Kind != Canceled || failure.Err != errOver {
				t.Errorf("got %v", err)
			}
			<-gone
		})
	}
}
