package server

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2conn speaks HTTP/2 frame by frame.
type h2conn struct {
	t testing.TB
	net.Conn
	*http2.Framer
	block bytes.Buffer
	pack  *hpack.Encoder
}

func (s *stronghold) h2() *h2conn {
	c, err := net.Dial("tcp", s.http)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return newH2(s.t, c)
}

func newH2(t testing.TB, c net.Conn) *h2conn {
	h := &h2conn{t: t, Conn: c, Framer: http2.NewFramer(c, c)}
	h.pack = hpack.NewEncoder(&h.block)
	h.AllowIllegalWrites = true
	h.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, http2.ClientPreface)
	_ = h.WriteSettings() // a connection that was closed meanwhile is told by the first read
	return h
}

// fields packs "name: value" pairs.
func (h *h2conn) fields(pairs ...string) []byte {
	h.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		if err := h.pack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}); err != nil {
			h.t.Fatal(err)
		}
	}
	return bytes.Clone(h.block.Bytes())
}

// status reads up to the answer on a stream: its status, "reset" or "closed".
func (h *h2conn) status(stream uint32) string {
	for {
		frame, err := h.ReadFrame()
		if err != nil {
			return "closed"
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			if f.StreamID == stream {
				return f.PseudoValue("status")
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == stream {
				return "reset"
			}
		case *http2.GoAwayFrame:
			return "closed"
		}
	}
}

// TestDowngrade: no header of HTTP/2 becomes more than itself over HTTP/1.1.
func TestDowngrade(t *testing.T) {
	s := newStronghold(t, shortLimits())
	const inject = "x\r\nHost: other-e.test\r\n\r\nGET /admin HTTP/1.1\r\nHost: n.test\r\n\r\n"
	for _, c := range []struct {
		name  string
		pairs []string // besides the usual pseudo headers; one of them takes the usual one's place
		body  string
		want  string // a status; empty: any but 200
	}{
		{"plain", []string{"x", "y"}, "", "200"},
		{"body", []string{"content-length", "3"}, "abc", "200"},
		{"CR LF in a value", []string{"x", inject}, "", ""},
		{"LF in a value", []string{"x", "a\nb: c"}, "", ""},
		{"NUL in a value", []string{"x", "a\x00b"}, "", ""},
		{"CR LF in a name", []string{"x: y\r\nhost: other-e.test\r\nz", "a"}, "", ""},
		{"colon in a name", []string{"x: y", "a"}, "", ""},
		{"space in a name", []string{"x y", "a"}, "", ""},
		{"capitals", []string{"X", "a"}, "", ""},
		{"CR LF in the path", []string{":path", "/in HTTP/1.1\r\nHost: other-e.test\r\n\r\n"}, "", ""},
		{"space in the path", []string{":path", "/in /admin"}, "", ""},
		{"no slash in the path", []string{":path", "in"}, "", ""},
		{"empty path", []string{":path", ""}, "", ""},
		{"absolute path of the guarded", []string{":path", "http://other-e.test/admin"}, "", ""},
		{"guarded path", []string{":path", "/x/../admin"}, "", "403"},
		{"CR LF in the method", []string{":method", "GET /admin HTTP/1.1\r\nHost: n.test\r\n\r\nGET"}, "", ""},
		{"space in the method", []string{":method", "GET /admin"}, "", ""},
		{"CR LF in the authority", []string{":authority", "n.test\r\nX: y"}, "", ""},
		{"path in the authority", []string{":authority", "n.test/admin"}, "", ""},
		{"user in the authority", []string{":authority", "other-n.test@n.test"}, "", ""},
		{"CR LF in the scheme", []string{":scheme", "http\r\nX: y"}, "", ""},
		{"another host", []string{"host", "other-n.test"}, "", "200"},
		{"two paths", []string{":path", "/in", ":path", "/admin"}, "", ""},
		{"two authorities", []string{":authority", "n.test", ":authority", "other-n.test"}, "", ""},
		{"pseudo header behind others", []string{"x", "y", ":path", "/admin"}, "", ""},
		{"unknown pseudo header", []string{":evil", "y"}, "", ""},
		{"status", []string{":status", "200"}, "", ""},
		{"protocol", []string{":method", "CONNECT", ":protocol", "websocket"}, "", ""},
		{"transfer-encoding", []string{"transfer-encoding", "chunked"}, "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: n.test\r\n\r\n", ""},
		{"connection", []string{"connection", "x-forwarded-for"}, "", ""},
		{"upgrade", []string{"upgrade", "websocket"}, "", ""},
		{"keep-alive", []string{"keep-alive", "1"}, "", ""},
		{"te", []string{"te", "chunked"}, "", ""},
		{"too little body", []string{"content-length", "50"}, "abc", ""},
		{"too much body", []string{"content-length", "1"}, "abc" + evil, ""},
		{"no body promised", []string{"content-length", "0"}, evil, ""},
		{"two lengths", []string{"content-length", "3", "content-length", "45"}, "abc", ""},
		{"a length that is none", []string{"content-length", "+3"}, "abc", ""},
		{"CR LF in a length", []string{"content-length", "3\r\n\r\nGET /admin HTTP/1.1"}, "abc", ""},
	} {
		for _, plane := range planes {
			t.Run(c.name+"/"+plane, func(t *testing.T) {
				s.t = t
				h := s.h2()
				if err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.fields(usual(plane, c.pairs)...), EndStream: c.body == "", EndHeaders: true}); err != nil {
					t.Fatal(err)
				}
				if c.body != "" {
					_ = h.WriteData(1, true, []byte(c.body)) // the server may be gone
				}
				got := h.status(1)
				if c.want != "" && got != c.want {
					t.Errorf("status %s, want %s", got, c.want)
				}
				seen := s.saw()
				if len(seen) > 1 || c.want == "" && got == "200" && strings.Contains(c.name, "CR LF") {
					t.Errorf("status %s, upstreams saw %v", got, seen)
				}
				h.Close()
			})
		}
	}
}

// usual puts the pseudo headers that are not given in front.
func usual(plane string, pairs []string) []string {
	var all []string
	for _, p := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", plane + ".test"}, {":path", "/in"}} {
		given := false
		for i := 0; i < len(pairs) && strings.HasPrefix(pairs[i], ":"); i += 2 {
			given = given || pairs[i] == p[0]
		}
		if !given {
			all = append(all, p[0], p[1])
		}
	}
	return append(all, pairs...)
}

// TestFloods: a client that floods its connection costs itself that connection at most; the
// server answers others, and keeps no memory of it.
func TestFloods(t *testing.T) {
	s := newStronghold(t, shortLimits())
	const frames = 3000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for name, frame := range map[string]func(h *h2conn, i uint32) error{
		"rapid reset": func(h *h2conn, i uint32) error {
			err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: h.fields(usual("n", nil)...), EndStream: true, EndHeaders: true})
			return errors.Join(err, h.WriteRSTStream(2*i+1, http2.ErrCodeCancel))
		},
		"continuation": func(h *h2conn, i uint32) error {
			if i == 0 {
				return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.fields(usual("n", nil)...)})
			}
			return h.WriteContinuation(1, false, h.fields("x", strings.Repeat("y", 100)))
		},
		"empty continuation": func(h *h2conn, i uint32) error {
			if i == 0 {
				return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.fields(usual("n", nil)...)})
			}
			return h.WriteContinuation(1, false, nil)
		},
		"settings": func(h *h2conn, i uint32) error {
			return h.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: i})
		},
		"ping":     func(h *h2conn, i uint32) error { return h.WritePing(false, [8]byte{byte(i)}) },
		"window":   func(h *h2conn, i uint32) error { return h.WriteWindowUpdate(0, 1) },
		"priority": func(h *h2conn, i uint32) error { return h.WritePriority(2*i+1, http2.PriorityParam{Weight: 1}) },
		"empty data": func(h *h2conn, i uint32) error {
			if i == 0 {
				return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.fields(usual("n", []string{":method", "POST"})...), EndHeaders: true})
			}
			return h.WriteData(1, false, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			h := s.h2()
			for i := range uint32(frames) {
				if frame(h, i) != nil {
					break // the server has had enough
				}
			}
			if got := statuses(s.wire("GET /in HTTP/1.1\r\nHost: n.test\r\nConnection: close\r\n\r\n")); got != "200" {
				t.Errorf("another client got %q", got)
			}
			h.Close()
			s.saw()
		})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("%d MiB are held after the floods", grown>>20)
	}
}

// TestMisdirected: whose certificate a connection was made for decides what it may ask for.
func TestMisdirected(t *testing.T) {
	s := newStronghold(t, shortLimits())
	certified := []tls.Certificate{s.authority.client("client")}
	for _, c := range []struct {
		sni, host string
		certs     []tls.Certificate
		want      string // a status; "none": no handshake
	}{
		{"secure-e.test", "secure-e.test", nil, "200"},
		{"secure-n.test", "secure-n.test", nil, "200"},
		{"SECURE-E.test", "Secure-e.Test:443", nil, "200"},
		{"secure-e.test", "secure-n.test", nil, "421"},
		{"secure-n.test", "secure-e.test", nil, "421"},
		{"secure-e.test", "secret-e.test", certified, "421"},
		{"secure-e.test", "secret-n.test", certified, "421"},
		{"secure-n.test", "secret-e.test", certified, "421"},
		{"secure-n.test", "secret-n.test", certified, "421"},
		{"secret-n.test", "secret-e.test", certified, "421"},
		{"secret-e.test", "secret-n.test", certified, "421"},
		{"secret-e.test", "secret-e.test", certified, "200"},
		{"secret-n.test", "secret-n.test", certified, "200"},
		{"secret-e.test", "secret-e.test", nil, "none"},
		{"secret-n.test", "secret-n.test", nil, "400"},
		{"", "secret-n.test", certified, "400"}, // nobody has asked for the certificate
		{"", "secret-e.test", certified, "421"},
		{"", "secure-e.test", nil, "421"},
		{"none.test", "secure-e.test", nil, "421"},
		{"none.test", "secret-n.test", nil, "400"},
		{"secure-n.test", "none.test", nil, "404"},
	} {
		for _, protocol := range []string{"http/1.1", "h2"} {
			raw, err := net.Dial("tcp", s.https)
			if err != nil {
				t.Fatal(err)
			}
			raw.SetDeadline(time.Now().Add(5 * time.Second))
			secure := tls.Client(raw, &tls.Config{ServerName: c.sni, InsecureSkipVerify: true, Certificates: c.certs, NextProtos: []string{protocol}})
			got := "none"
			if err := secure.Handshake(); err == nil {
				got = s.ask(secure, c.host, protocol)
			}
			raw.Close()
			if got != c.want {
				t.Errorf("SNI %q, Host %s, %s, %d certificates: %s, want %s", c.sni, c.host, protocol, len(c.certs), got, c.want)
			}
			for _, r := range s.saw() {
				verified := r.header("Ssl-Client-Verify")
				if strings.Contains(strings.Join(r.lines, "\n"), "evil") || len(verified) > 0 && r.backend != "n-secret" {
					t.Errorf("SNI %q, Host %s: the upstream believes %q", c.sni, c.host, r.lines)
				}
			}
		}
	}
}

// ask asks for / and lies about the client's certificate meanwhile.
func (s *stronghold) ask(c net.Conn, host, protocol string) string {
	if protocol == "h2" {
		h := newH2(s.t, c)
		err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndStream: true, EndHeaders: true, BlockFragment: h.fields(
			":method", "GET", ":scheme", "https", ":authority", host, ":path", "/", "ssl-client-verify", "SUCCESS", "x-forwarded-client-cert", "Subject=evil")})
		if err != nil {
			return "none"
		}
		if got := h.status(1); got != "closed" {
			return got
		}
		return "none"
	}
	got := statuses(converse(s.t, c, "GET / HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nSsl-Client-Verify: SUCCESS\r\nX-Forwarded-Client-Cert: Subject=evil\r\n\r\n"))
	if got == "" {
		return "none"
	}
	return got
}
