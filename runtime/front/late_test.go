package front_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/front"
)

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// TestAbortedReader: what still reads the body of a request that was broken off does not get
// to the connection's buffer, which others have by then.
func TestAbortedReader(t *testing.T) {
	ended, body := make(chan error, 1), make(chan io.Reader, 1)
	address := start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		body <- r.Body
		go func() {
			_, err := io.ReadAll(r.Body)
			ended <- err
		}()
		time.Sleep(10 * time.Millisecond)
		panic(http.ErrAbortHandler)
	})
	c := dial(t, address).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	_ = c.rest()
	if err := <-ended; err == nil {
		t.Error("the body looks whole")
	}
	if _, err := (<-body).Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("reading afterwards: %v", err)
	}
}

// TestLateHandler: who still has the ResponseWriter after the handler gets nowhere with it.
func TestLateHandler(t *testing.T) {
	old := make(chan http.ResponseWriter, 2)
	c := dial(t, start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		select {
		case late := <-old:
			touch(t, late)
		default:
		}
		old <- w
		echo(w, r)
	}))
	for range 3 {
		if _, got := c.send(get).response("GET"); got != "/ " {
			t.Errorf("got %q", got)
		}
		late := <-old
		time.Sleep(5 * time.Millisecond) // the connection waits
		touch(t, late)
		old <- late
	}
}

func touch(t *testing.T, w http.ResponseWriter) {
	control := http.NewResponseController(w)
	w.WriteHeader(103)
	if _, err := io.WriteString(w, "late"); err == nil {
		t.Error("written afterwards")
	}
	_, _, hijacked := control.Hijack()
	for what, err := range map[string]error{
		"flushed": control.Flush(), "a read deadline": control.SetReadDeadline(time.Unix(1, 0)),
		"a write deadline": control.SetWriteDeadline(time.Unix(1, 0)), "hijacked": hijacked,
	} {
		if err == nil {
			t.Errorf("%s afterwards", what)
		}
	}
}

// TestDeadlinesEnd: a deadline of a body does not strike once it is read, nor one of a
// response at the next one.
func TestDeadlinesEnd(t *testing.T) {
	c := dial(t, start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Method == "POST" {
			_, _ = io.ReadAll(r.Body)
			for range 3 { // before and while somebody looks for the client
				if err := control.SetReadDeadline(time.Now().Add(30 * time.Millisecond)); err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Millisecond)
			}
			if err := r.Context().Err(); err != nil {
				t.Errorf("the client is still there: %v", err)
			}
			if err := control.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
				t.Error(err)
			}
		}
		echo(w, r)
	}))
	for range 2 {
		c.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").response("POST")
		time.Sleep(40 * time.Millisecond)
		if _, got := c.send(get).response("GET"); got != "/ " {
			t.Errorf("got %q", got)
		}
	}
}

// TestPipelinedBehindClose: a client that sends more than one request gets the answer to the
// one that ends the connection.
func TestPipelinedBehindClose(t *testing.T) {
	address := start(t, &front.Server{}, hello)
	for range 5 {
		c := dial(t, address).send(ask + strings.Repeat(get, 500))
		time.Sleep(10 * time.Millisecond)
		if got := c.rest(); !strings.HasSuffix(got, "\r\n\r\nhello world\n") || strings.Count(got, "HTTP/1.1") != 1 {
			t.Errorf("got %q", got)
		}
	}
}

// TestEmptyLines: empty lines behind a request are no beginning of the next one.
func TestEmptyLines(t *testing.T) {
	c := dial(t, start(t, &front.Server{HeaderTimeout: 50 * time.Millisecond}, echo))
	for _, pause := range []time.Duration{0, 5 * time.Millisecond} {
		c.send(get)
		time.Sleep(pause)
		c.send("\r\n").response("GET")
		time.Sleep(100 * time.Millisecond)
	}
	if _, got := c.send(get).response("GET"); got != "/ " {
		t.Errorf("got %q", got)
	}
}

// TestHalfClosed: a client that ends its side gets a quick answer, and is gone otherwise, as
// with nginx (499), Envoy and net/http: nobody can tell it from one that left.
func TestHalfClosed(t *testing.T) {
	ended := make(chan error, 1)
	address := start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-r.Context().Done():
			case <-time.After(soon):
			}
			ended <- r.Context().Err()
		}
		echo(w, r)
	})
	for path, slow := range map[string]bool{"/quick": false, "/slow": true} {
		c := dial(t, address).send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := c.rest(); !strings.HasSuffix(got, path+" ") {
			t.Errorf("%s: got %q", path, got)
		}
		if slow && <-ended == nil {
			t.Error("the client is not gone")
		}
	}
}

// TestHTTP10Interim: clients of HTTP/1.0 know no 1xx (RFC 9110, section 15.2).
func TestHTTP10Interim(t *testing.T) {
	address := start(t, &front.Server{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(103)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(200)
	})
	if got := dial(t, address).send("GET / HTTP/1.0\r\n\r\n").rest(); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("got %q", got)
	}
}

// counted counts the bytes that a client gets.
type counted struct {
	net.Conn
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// secured is a client over TLS, which trusts anybody.
func secured(t *testing.T, address string) (*client, *counted) {
	t.Helper()
	below := &counted{Conn: dial(t, address).Conn}
	c := tls.Client(below, &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return &client{t, c, newReader(c)}, below
}

func certificate(t *testing.T) *tls.Config {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Clone()
}

// TestTLSEnds: an idle connection ends with a word, a broken response without one.
func TestTLSEnds(t *testing.T) {
	s := &front.Server{TLS: certificate(t)}
	s.TLS.NextProtos = []string{"http/1.1"}
	address := start(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		echo(w, r)
	})
	c, _ := secured(t, address)
	if text, err := io.ReadAll(c.send("GET /broken HTTP/1.0\r\n\r\n").in); err == nil {
		t.Errorf("%q looks whole", text)
	}
	c, below := secured(t, address)
	c.send(get).response("GET")
	before := below.n.Load()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if got := c.rest(); got != "" || below.n.Load() == before {
		t.Errorf("got %q, no close_notify", got)
	}
}

// TestPanicBeforeRequests: whatever panics costs its connection only.
func TestPanicBeforeRequests(t *testing.T) {
	s := &front.Server{TLS: certificate(t)}
	s.TLS.NextProtos = []string{"http/1.1"}
	s.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == "panic.test" {
			panic("a fault")
		}
		return nil, nil
	}
	address := start(t, s, echo)
	if err := tls.Client(dial(t, address).Conn, &tls.Config{ServerName: "panic.test"}).Handshake(); err == nil {
		t.Error("there is a handshake")
	}
	c, _ := secured(t, address)
	if _, got := c.send(get).response("GET"); got != "/ " {
		t.Errorf("got %q", got)
	}
}

// TestCloseWhileLingering: Close ends connections that wait for the rest of a body.
func TestCloseWhileLingering(t *testing.T) {
	closed := make(chan struct{})
	s := &front.Server{ConnState: func(_ net.Conn, to http.ConnState) {
		if to == http.StateClosed {
			close(closed)
		}
	}}
	c := dial(t, start(t, s, hello))
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx").response("POST")
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-closed:
	case <-time.After(200 * time.Millisecond):
		t.Error("the connection lingers on")
	}
}
