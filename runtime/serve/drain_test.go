package serve_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// holding is a data plane that keeps requests to /hold, and upgrades those to /upgrade: it
// sends back each line.
type holding struct {
	entered chan struct{}
	release chan struct{}
}

func newHolding() holding { return holding{make(chan struct{}, 8), make(chan struct{})} }

func (h holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/hold":
		h.entered <- struct{}{}
		<-h.release
		fmt.Fprint(w, "whole")
	case "/upgrade":
		c, both, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
		h.entered <- struct{}{}
		for {
			line, err := both.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(c, line)
		}
	}
}

// upgraded is an upgraded connection.
func upgraded(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c := dial(t, address)
	fmt.Fprint(c, "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			return c, in
		}
	}
}

func echoes(c net.Conn, in *bufio.Reader) error {
	fmt.Fprint(c, "hello\n")
	line, err := in.ReadString('\n')
	if err == nil && line != "hello\n" {
		err = fmt.Errorf("got %q", line)
	}
	return err
}

// TestDrain: a request under way ends whole, with its connection; an upgraded connection
// goes on until it ends itself; nobody new is let in.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name      string
		protocols func(*http.Protocols)
		https     bool
	}{{"HTTP/1.1", overHTTP1, false}, {"h2c", overH2C, false}, {"h2", overHTTP2, true}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHolding()
			s := start(t, serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", H2C: true}, plane{h.ServeHTTP, certificate(t)})
			url := "http://" + s.HTTP + "/hold"
			if c.https {
				url = "https://" + s.HTTPS + "/hold"
			}
			websocket, in := upgraded(t, s.HTTP)
			<-h.entered
			answer := make(chan string, 1)
			go func() {
				r, err := client(t, c.protocols).Get(url)
				if err != nil {
					answer <- err.Error()
					return
				}
				body, err := io.ReadAll(r.Body)
				r.Body.Close()
				answer <- fmt.Sprintf("%s %v HTTP/%d, closes %v", body, err, r.ProtoMajor, r.Close)
			}()
			<-h.entered
			if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/readyz"); status != 200 {
				t.Errorf("ready before: %d", status)
			}
			s.stop()
			eventually(t, "not ready", func() bool {
				status, text := fetch(t, client(t, overHTTP1), "http://"+s.Admin+"/readyz")
				return status == 503 && text == "draining\n"
			})
			eventually(t, "nobody is let in", func() bool {
				n, err := net.Dial("tcp", s.HTTP)
				if err == nil {
					n.Close()
				}
				return err != nil
			})
			if err := echoes(websocket, in); err != nil {
				t.Errorf("the upgraded connection: %v", err)
			}
			close(h.release)
			want := "whole <nil> HTTP/1, closes true"
			if c.name != "HTTP/1.1" {
				want = "whole <nil> HTTP/2, closes false"
			}
			if got := <-answer; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if err := echoes(websocket, in); err != nil {
				t.Errorf("the upgraded connection: %v", err)
			}
			select {
			case err := <-s.ended:
				t.Errorf("ended (%v) before the upgraded connection did", err)
			default:
			}
			websocket.Close()
			if err := s.wait(t); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDrainIsBounded: what has not ended in time is closed, and that is no error.
func TestDrainIsBounded(t *testing.T) {
	h := newHolding()
	defer close(h.release)
	s := start(t, serve.Options{DrainTimeout: 100 * time.Millisecond}, plane{HandlerFunc: h.ServeHTTP})
	_, in := upgraded(t, s.HTTP)
	held := dial(t, s.HTTP)
	fmt.Fprint(held, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
	<-h.entered
	<-h.entered
	s.stop()
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("the upgraded connection is still open")
	}
	if _, err := held.Read(make([]byte, 1)); err == nil {
		t.Error("the held request's connection is still open")
	}
}

func TestDrainDelay(t *testing.T) {
	s := start(t, serve.Options{DrainDelay: 300 * time.Millisecond}, plane{HandlerFunc: proto})
	s.stop()
	eventually(t, "not ready", s.Draining)
	if status, _ := fetch(t, client(t, overHTTP1), "http://"+s.HTTP); status != 200 {
		t.Errorf("got %d from a server that still accepts", status)
	}
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", s.HTTP); err == nil {
		c.Close()
		t.Error("it still accepts")
	}
}

// TestCut: Close ends a drain at once.
func TestCut(t *testing.T) {
	h := newHolding()
	defer close(h.release)
	s := start(t, serve.Options{DrainDelay: time.Minute, DrainTimeout: time.Minute}, plane{HandlerFunc: h.ServeHTTP})
	upgraded(t, s.HTTP)
	s.stop()
	eventually(t, "draining", s.Draining)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.wait(t); !errors.Is(err, serve.ErrCut) {
		t.Errorf("got %v, want ErrCut", err)
	}
}

// TestIdleConnectionsEndAtOnce: a keep-alive connection does not hold the drain up.
func TestIdleConnectionsEndAtOnce(t *testing.T) {
	s := start(t, serve.Options{DrainTimeout: time.Minute}, plane{HandlerFunc: proto})
	c := dial(t, s.HTTP)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	in := bufio.NewReader(c)
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r.Body); err != nil || !strings.HasPrefix(string(body), "HTTP/1.1") {
		t.Fatalf("got %q, %v", body, err)
	}
	s.stop()
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("got %v, want the connection's end", err)
	}
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
}
