package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// http2Server starts a server that speaks HTTP/2 in the clear or over TLS, and gives an
// endpoint that reaches it.
func http2Server(t *testing.T, p intent.Protocol, h http.HandlerFunc) *Endpoint {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.DisableGeneralOptionsHandler = true
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP2(p == intent.H2)
	s.Config.Protocols.SetUnencryptedHTTP2(p == intent.H2C)
	if p == intent.H2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return cluster(t, Options{Protocol: p, TLS: &tls.Config{InsecureSkipVerify: true}}, s.Listener.Addr().String()).Pick(0, nil)
}

func TestHTTP2(t *testing.T) {
	for _, p := range []intent.Protocol{intent.H2, intent.H2C} {
		t.Run(string(p), func(t *testing.T) {
			e := http2Server(t, p, func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Trailer", "X-T")
				fmt.Fprintf(w, "%s %s %s %s %d %s %s", r.Proto, r.Method, r.RequestURI, r.Host, r.ContentLength, b, r.UserAgent())
				w.Header().Set("X-T", r.Trailer.Get("X-S"))
			})
			for _, uri := range []string{"/a%2Fb//c?d=%20", "//a/b", "*"} {
				r := &Request{Method: "POST", URI: uri, Host: "example.test", Header: http.Header{"X-A": {"1"}},
					Body: strings.NewReader("body"), ContentLength: -1, Trailer: http.Header{"X-S": {"s"}}}
				if uri == "*" {
					r.Method = "OPTIONS"
				}
				response, body := do(t, e, r)
				if want := fmt.Sprintf("HTTP/2.0 %s %s example.test -1 body ", r.Method, uri); body != want {
					t.Errorf("got %q, want %q", body, want)
				}
				if response.Trailer.Get("X-T") != "s" || response.ProtoMajor != 2 {
					t.Errorf("got %+v", response)
				}
			}
		})
	}
}

// duplex is a body that its test writes.
func duplex() (*io.PipeWriter, *Request) {
	in, out := io.Pipe()
	return out, &Request{Method: "POST", URI: "/", Host: "example.test", Body: in, ContentLength: -1, Interrupt: func() { in.CloseWithError(errOver) }}
}

// echo answers each piece of the body at once.
func echo(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.EnableFullDuplex() != nil || c.Flush() != nil {
		return
	}
	buf := make([]byte, 100)
	for {
		n, err := r.Body.Read(buf)
		if _, werr := w.Write(buf[:n]); werr != nil || c.Flush() != nil || err != nil {
			return
		}
	}
}

func TestBothWaysAtOnce(t *testing.T) {
	for name, e := range map[string]*Endpoint{"1.1": endpoint(t, server(t, echo)), "2": http2Server(t, intent.H2C, echo)} {
		t.Run(name, func(t *testing.T) {
			client, r := duplex()
			response, err := e.Do(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			for i := range 10 {
				text := fmt.Sprint("piece ", i)
				if _, err := io.WriteString(client, text); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(response.Body, buf[:len(text)]); err != nil || string(buf[:len(text)]) != text {
					t.Fatalf("got %q, %v", buf[:len(text)], err)
				}
			}
			client.Close()
			if rest := read(t, response, nil); rest != "" {
				t.Errorf("%q is left", rest)
			}
		})
	}
}

func TestHTTP2Failures(t *testing.T) {
	reset := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "some")
			http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}
	e := http2Server(t, intent.H2C, reset)
	for _, uri := range []string{"/", "/late"} {
		r := get()
		r.URI = uri
		if err := fails(t, e, r); err.Kind != Reset || !err.Sent {
			t.Errorf("%s: got %v", uri, err)
		}
	}
	e = http2Server(t, intent.H2C, func(w http.ResponseWriter, r *http.Request) {
		for i := range 11 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("a", maxHeader/10))
		}
	})
	if err := fails(t, e, get()); err.Kind != TooLarge {
		t.Errorf("large header: got %v", err)
	}
	e = cluster(t, Options{Protocol: intent.H2C}, answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).Pick(0, nil)
	for range 20 {
		if err := fails(t, e, get()); err.Kind != Protocol && err.Kind != Reset {
			t.Errorf("HTTP/1.1: got %v", err)
		}
	}
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	e = cluster(t, Options{Protocol: intent.H2C}, web.Listener.Addr().String()).Pick(0, nil)
	for range 20 {
		if err := fails(t, e, get()); err.Kind != Protocol {
			t.Errorf("a server of HTTP/1.1: got %v", err)
		}
	}
	upgrade := get()
	upgrade.Upgrade = "websocket"
	if err := fails(t, e, upgrade); err.Kind != Protocol || err.Sent {
		t.Errorf("upgrade: got %v", err)
	}
}

func TestHTTP2Cancel(t *testing.T) {
	e := http2Server(t, intent.H2C, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	response, err := e.Do(ctx, get())
	if err != nil {
		t.Fatal(err)
	}
	cancel(errOver)
	_, err = io.ReadAll(response.Body)
	response.Body.Close()
	if failure, ok := err.(*Error); !ok || failure.Kind != Canceled || failure.Err != errOver {
		t.Errorf("got %v", err)
	}
}

// TestLateInformational: nobody is told of interim responses after the request was given up.
func TestLateInformational(t *testing.T) {
	gone := make(chan struct{})
	e := http2Server(t, intent.H2C, func(w http.ResponseWriter, _ *http.Request) {
		for range 2000 {
			w.WriteHeader(http.StatusEarlyHints)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	r := &Request{Method: "GET", URI: "/", Host: "example.test", Header: http.Header{}}
	r.Informational = func(int, http.Header) {
		cancel()
		select {
		case <-gone:
			t.Error("told after its time")
		case <-time.After(time.Millisecond):
		}
	}
	_, err := e.Do(ctx, r)
	close(gone)
	if err == nil {
		t.Error("it was not given up")
	}
	time.Sleep(10 * time.Millisecond)
}

// TestInterruptedBodyIsNoFault: where the exchange ends while the client's body is read, it is
// not the client who failed.
func TestInterruptedBodyIsNoFault(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	interrupted := errors.New("interrupted")
	b := &sentBody{request: &Request{Body: in, Interrupt: func() { in.CloseWithError(interrupted) }}, watch: &watch{}, rest: -1}
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = b.Read(make([]byte, 1)) }()
	for b.busy.TryLock() {
		b.busy.Unlock()
		runtime.Gosched()
	}
	_ = b.Close()
	<-ended
	if err := b.failed(); err != nil {
		t.Errorf("the client is said to have failed: %v", err)
	}
}
