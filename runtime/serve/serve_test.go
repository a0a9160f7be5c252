package serve_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// proto answers with the protocol of the request.
func proto(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %v", r.Proto, r.TLS != nil) }

func TestProtocols(t *testing.T) {
	s := start(t, serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", H2C: true}, plane{proto, certificate(t)})
	for _, c := range []struct {
		name, url, want string
		protocols       func(*http.Protocols)
	}{
		{"HTTP/1.1", "http://" + s.HTTP, "HTTP/1.1 false", overHTTP1},
		{"h2c", "http://" + s.HTTP, "HTTP/2.0 false", overH2C},
		{"HTTP/1.1 over TLS", "https://" + s.HTTPS, "HTTP/1.1 true", overHTTP1},
		{"h2", "https://" + s.HTTPS, "HTTP/2.0 true", overHTTP2},
	} {
		if _, got := fetch(t, client(t, c.protocols), c.url); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNoH2CUnlessAskedFor(t *testing.T) {
	s := start(t, serve.Options{}, plane{HandlerFunc: proto})
	if r, err := client(t, overH2C).Get("http://" + s.HTTP); err == nil {
		r.Body.Close()
		t.Errorf("got status %d, want an error", r.StatusCode)
	}
}

// TestEverythingReachesTheDataPlane: nothing is answered before it.
func TestEverythingReachesTheDataPlane(t *testing.T) {
	s := start(t, serve.Options{}, plane{HandlerFunc: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
	}})
	c := dial(t, s.HTTP)
	fmt.Fprintf(c, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(answer), "OPTIONS *") {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestHeaderLimit(t *testing.T) {
	s := start(t, serve.Options{}, plane{HandlerFunc: proto})
	for _, c := range []struct{ size, want int }{{60 << 10, 200}, {72 << 10, 431}} {
		status, _ := fetch(t, client(t, overHTTP1), "http://"+s.HTTP, func(r *http.Request) {
			r.Header.Set("X-Long", strings.Repeat("x", c.size))
		})
		if status != c.want {
			t.Errorf("%d bytes: got %d, want %d", c.size, status, c.want)
		}
	}
}

func TestSlowHeaderIsCutOff(t *testing.T) {
	s := start(t, serve.Options{Limits: serve.Limits{HeaderTimeout: 50 * time.Millisecond}}, plane{HandlerFunc: proto})
	c := dial(t, s.HTTP)
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\n")
	if answer, err := io.ReadAll(c); err != nil || strings.Contains(string(answer), "200") {
		t.Errorf("got %q, %v; want the connection's end", answer, err)
	}
}

// TestConnectionBound: beyond the bound a connection takes the place of an idle one, and
// waits while there is none.
func TestConnectionBound(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{}, 3)
	s := start(t, serve.Options{Limits: serve.Limits{Connections: 2}}, plane{HandlerFunc: func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		if r.URL.Path == "/hold" {
			<-release
		}
	}})
	ask := func(c net.Conn, path string) { fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path) }
	idle, held, third := dial(t, s.HTTP), dial(t, s.HTTP), dial(t, s.HTTP)
	ask(held, "/hold")
	<-entered
	ask(idle, "/")
	<-entered
	if _, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil {
		t.Fatal(err)
	}
	ask(third, "/hold")
	<-entered // the idle connection made room
	if n, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the idle connection gave %d bytes, %v; want its end", n, err)
	}
	fourth := dial(t, s.HTTP)
	ask(fourth, "/")
	select {
	case <-entered:
		t.Error("a third connection was served while two were busy")
	case <-time.After(3 * 50 * time.Millisecond):
	}
	if got := metric(t, s.metrics, `connections{listener="http"}`); got != "2" {
		t.Errorf("connections %s, want 2", got)
	}
	close(release)
	<-entered
	if got := metric(t, s.metrics, `connections_reclaimed_total`); got != "1" && got != "2" {
		t.Errorf("reclaimed %s connections, want one for the third and maybe one for the fourth", got)
	}
}

// lockedBuffer may be written by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestErrorLog(t *testing.T) {
	var log lockedBuffer
	s := start(t, serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Log: textLog(&log)}, plane{func(http.ResponseWriter, *http.Request) {
		panic("oh no")
	}, certificate(t)})
	scanner := dial(t, s.HTTPS)
	fmt.Fprintf(scanner, "not TLS at all, and long enough to be seen as such\r\n\r\n")
	eventually(t, "the handshake's error is counted", func() bool { return metric(t, s.metrics, "tls_handshake_errors_total") == "1" })
	if r, err := client(t, overHTTP1).Get("http://" + s.HTTP); err == nil {
		r.Body.Close()
		t.Errorf("a panic is answered %d", r.StatusCode)
	}
	eventually(t, "the panic is counted", func() bool { return metric(t, s.metrics, "panics_total") == "1" })
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "TLS handshake error") && !strings.Contains(line, "level=DEBUG") {
			t.Errorf("noise of scanners: %s", line)
		}
		if strings.Contains(line, "panic serving") && !strings.Contains(line, "level=ERROR") {
			t.Errorf("a panic is an error: %s", line)
		}
	}
	if !strings.Contains(log.String(), "TLS handshake error") || !strings.Contains(log.String(), "oh no") {
		t.Errorf("not everything was logged: %s", log.String())
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, o := range []serve.Options{
		{HTTP: taken.Addr().String()}, {HTTPS: taken.Addr().String()}, {HTTP: "127.0.0.1:0", Admin: taken.Addr().String()},
	} {
		o.Metrics, o.View = serve.NewMetrics("v0", 0), &view{}
		_, err := serve.New(o, plane{HandlerFunc: proto})
		if err == nil || !strings.Contains(err.Error(), "another program listens there") || !strings.Contains(err.Error(), taken.Addr().String()) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func TestNothingToServeAt(t *testing.T) {
	if _, err := serve.New(serve.Options{Metrics: serve.NewMetrics("v0", 0)}, plane{HandlerFunc: proto}); err == nil {
		t.Error("want an error")
	}
}

// TestClientThatReadsNothing: a response that is not taken ends with its connection; one
// that is taken slowly, and one that begins late, do not.
func TestClientThatReadsNothing(t *testing.T) {
	const stall = 200 * time.Millisecond
	ended := make(chan error, 1)
	s := start(t, serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Limits: serve.Limits{WriteStall: stall}}, plane{func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			for range 4 {
				time.Sleep(stall * 2 / 3)
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
			}
			return
		}
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		ended <- err
	}, certificate(t)})
	for _, c := range []struct {
		url       string
		protocols func(*http.Protocols)
	}{{"http://" + s.HTTP, overHTTP1}, {"https://" + s.HTTPS, overHTTP1}, {"https://" + s.HTTPS, overHTTP2}} {
		if status, body := fetch(t, client(t, c.protocols), c.url+"/slow"); status != 200 || body != "xxxx" {
			t.Errorf("%s: slow: %d %q", c.url, status, body)
		}
	}
	c := dial(t, s.HTTP)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the response goes on for ever")
	}
}
