package front

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// maxLines bounds the header lines of a request, each of which costs memory beyond its bytes.
const maxLines = 256

// bad is a request that is answered before it gets to the handler.
type bad struct {
	status int
	reason string
}

func (b bad) Error() string { return b.reason }

// request reads the head of the next request.
func (c *conn) request() (*http.Request, error) {
	head, err := c.head()
	if err != nil {
		return nil, err
	}
	line, rest, _ := strings.Cut(head, "\n")
	r := new(http.Request)
	*r = *c.blank
	r.RemoteAddr, r.TLS = c.peer, c.tls
	if err := requestLine(r, strings.TrimSuffix(line, "\r")); err != nil {
		return nil, err
	}
	if r.Method == "PRI" && head == "PRI * HTTP/2.0\r\n\r\n" && c.speaksHTTP2() {
		return r, nil
	}
	if r.ProtoMajor != 1 {
		return nil, bad{http.StatusHTTPVersionNotSupported, "the version is none of HTTP/1"}
	}
	if err := c.fields4(r, rest); err != nil {
		return nil, err
	}
	return r, c.frame(r)
}

// head reads up to an empty line. Empty lines before the first one are ignored (RFC 9112,
// section 2.2).
func (c *conn) head() (string, error) {
	seen, timed := 0, false
	for {
		if seen <= 1 {
			c.skipEmpty()
		}
		n := h1.HeadLength(c.in.Bytes(), seen)
		seen = c.in.Len()
		switch {
		case n > c.server.HeaderBytes || n == 0 && seen >= c.server.HeaderBytes:
			return "", bad{http.StatusRequestHeaderFieldsTooLarge, "the head is too large"}
		case n > 0:
			head := string(c.in.Bytes()[:n])
			c.in.Skip(n)
			return head, nil
		}
		if !timed && !c.first { // a new connection has the limit already
			timed = true
			if err := c.nc.SetReadDeadline(time.Now().Add(c.server.HeaderTimeout)); err != nil {
				return "", err
			}
		}
		if err := c.in.Fill(c.nc); err != nil {
			return "", headError(err)
		}
	}
}

// skipEmpty drops empty lines.
func (c *conn) skipEmpty() {
	for {
		switch b := c.in.Bytes(); {
		case len(b) > 0 && b[0] == '\n':
			c.in.Skip(1)
		case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
			c.in.Skip(2)
		default:
			return
		}
	}
}

// headError is what a client is told whose head stops. One that left is told nothing.
func headError(err error) error {
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return bad{http.StatusRequestTimeout, "the head took too long"}
	}
	return err
}

// fields4 reads the header lines of a request.
func (c *conn) fields4(r *http.Request, text string) error {
	if strings.Count(text, "\n") > maxLines {
		return bad{http.StatusRequestHeaderFieldsTooLarge, "there are too many header lines"}
	}
	h, err := h1.ParseFields(text)
	if err != nil {
		return bad{http.StatusBadRequest, err.Error()}
	}
	for _, values := range h {
		for _, v := range values {
			if !h1.Clean(v) {
				return bad{http.StatusBadRequest, "a header value has a control character"}
			}
		}
	}
	r.Header = h
	hosts, minor := h["Host"], r.ProtoMinor
	switch {
	case len(hosts) > 1, len(hosts) == 0 && minor > 0 && r.Method != http.MethodConnect:
		return bad{http.StatusBadRequest, "there must be one Host header"}
	case len(hosts) == 1 && !httpguts.ValidHostHeader(hosts[0]):
		return bad{http.StatusBadRequest, "the Host header is malformed"}
	}
	if r.Host = r.URL.Host; r.Host == "" && len(hosts) == 1 {
		r.Host = hosts[0]
	}
	delete(h, "Host")
	return nil
}

// frame says how long the body is (RFC 9112, section 6.3), and whether the connection stays.
// Two lengths are refused, though the standard would let one of them win.
func (c *conn) frame(r *http.Request) error {
	h := r.Header
	c.keep = h1.Persists(r.ProtoMinor, h)
	r.Close = !c.keep
	length, err := h1.ContentLength(h)
	if err != nil {
		return bad{http.StatusBadRequest, err.Error()}
	}
	codings, coded := h["Transfer-Encoding"]
	switch {
	case coded && (length >= 0 || r.ProtoMinor == 0):
		return bad{http.StatusBadRequest, "Transfer-Encoding stands beside Content-Length, or in HTTP/1.0"}
	case coded && (len(codings) != 1 || !strings.EqualFold(codings[0], "chunked")):
		return bad{http.StatusNotImplemented, "the transfer coding is not chunked"}
	case coded:
		delete(h, "Transfer-Encoding")
		r.TransferEncoding, r.ContentLength, r.Trailer = []string{"chunked"}, -1, h1.Announced(h)
	case length > 0:
		r.ContentLength = length
	}
	if e := h["Expect"]; r.ProtoMinor > 0 && len(e) > 0 && (len(e) > 1 || !strings.EqualFold(textproto.TrimString(e[0]), "100-continue")) {
		return bad{http.StatusExpectationFailed, "the expectation is not 100-continue"}
	}
	return nil
}

// refuse answers a request that can not be read, and ends the connection: nobody knows where
// the next one would begin.
func (c *conn) refuse(err error) {
	var b bad
	if !errors.As(err, &b) {
		return // the client is gone
	}
	c.server.refused(b.status)
	if _, err := io.WriteString(c.nc, refusal(b.status, b.reason)); err == nil {
		c.linger = true
	}
}

func (s *Server) refused(status int) {
	if s.Refused != nil {
		s.Refused(status)
	}
}
