package front_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/front"
)

const ask = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// TestResponses: what a handler does, and every byte that a client gets of it besides Date.
func TestResponses(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		handler http.HandlerFunc
		want    string
	}{
		"nothing": {ask, func(http.ResponseWriter, *http.Request) {}, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
		"no length": {ask, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ab")
			io.WriteString(w, "")
			io.WriteString(w, "c")
		},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"},
		"a length": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.Header().Set("X-B", "2")
			w.Header().Set("X-A", "1")
			io.WriteString(w, "abc")
		}, "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-B: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"},
		"more than the length": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "abc")
			if _, err := io.WriteString(w, "d"); err != http.ErrContentLength {
				t.Errorf("too long: %v", err)
			}
		}, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"},
		"HEAD": {strings.Replace(ask, "GET", "HEAD", 1), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "abc")
		}, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"},
		"HEAD without a length": {strings.Replace(ask, "GET", "HEAD", 1), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "abc") },
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
		"204": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); err != http.ErrBodyNotAllowed {
				t.Errorf("a body in a 204: %v", err)
			}
		}, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
		"304": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.WriteHeader(304)
		}, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"},
		"early hints": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.Header().Del("Link")
			w.WriteHeader(200)
			w.WriteHeader(500) // too late
		}, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"},
		"trailers": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "abc")
			w.Header().Set("X-Sum", "1")
			w.Header().Set(http.TrailerPrefix+"X-More", "2")
			w.Header().Set(http.TrailerPrefix+"Content-Length", "3")
		}, "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-More: 2\r\nX-Sum: 1\r\n\r\n"},
		"HTTP/1.0": {"GET / HTTP/1.0\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X")
			io.WriteString(w, "abc")
		}, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"},
		"a header that would end the head": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-A"] = []string{"b\r\nX-C: d\x00\te"}
			w.Header()["X: y\r\nZ"] = []string{"f"}
			w.Header()["Content-Length"] = []string{"0"}
		}, "HTTP/1.1 200 OK\r\nX-A: b  X-C: d \te\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
		"hop by hop": {ask, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "X-A")
			w.Header().Set("Transfer-Encoding", "gzip")
			w.Header().Set("Content-Length", "1, 2")
		}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "hop by hop" || name == "a header that would end the head" {
				inner := c.handler
				c.handler = func(w http.ResponseWriter, r *http.Request) { inner(w, r); w.WriteHeader(200) }
			}
			got := dial(t, start(t, &front.Server{}, c.handler)).send(c.request).rest()
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestLarge: bodies of any size arrive whole, by length and in chunks, in pieces of any size.
func TestLarge(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 20_000)
	address := start(t, &front.Server{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", "320000")
		}
		for rest, n := body, 1; rest != ""; n = n*3 + 1 {
			part := rest[:min(n, len(rest))]
			if _, err := io.WriteString(w, part); err != nil {
				t.Error(err)
			}
			rest = rest[len(part):]
		}
	})
	c := dial(t, address)
	for _, path := range []string{"/length", "/chunks", "/length"} {
		if _, got := c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").response("GET"); got != body {
			t.Errorf("%s: %d bytes, want %d", path, len(got), len(body))
		}
	}
}
