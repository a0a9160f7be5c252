package upstream

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	// maxHeader bounds the bytes of a response's header, with all interim ones before it,
	// unless the request says otherwise.
	maxHeader = 64 << 10
	// MostHeader is the most that a request may say.
	MostHeader = 1 << 20
)

const (
	errStatusLine = malformed("the status line is none of HTTP/1.0 or HTTP/1.1")
	errHeaderLine = malformed("a header line has no colon, a name that is no token, or a continuation")
	errHeaderByte = malformed("a header value has a bare CR or a NUL")
)

// malformed is an error in what an upstream sent.
type malformed string

func (m malformed) Error() string { return string(m) }

// errTooLarge is a header beyond its limit.
var errTooLarge = errors.New("the response header is larger than it may be")

// headLength finds the end of a head: an empty line. It is 0 while there is none. The first
// seen bytes had none before.
func headLength(b []byte, seen int) int {
	for at := max(seen-3, 0); ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		rest := b[at:]
		if len(rest) > 0 && rest[0] == '\n' {
			return at + 1
		}
		if len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return at + 2
		}
	}
}

// parseHead reads a head up to and with its empty line. Lines end in CR LF or LF.
func parseHead(text string) (status, minor int, h http.Header, err error) {
	line, rest, _ := strings.Cut(text, "\n")
	if status, minor, err = parseStatusLine(strings.TrimSuffix(line, "\r")); err != nil {
		return 0, 0, nil, err
	}
	h, err = parseFields(rest)
	return status, minor, h, err
}

// parseStatusLine reads "HTTP/1.1 200 OK".
func parseStatusLine(line string) (status, minor int, err error) {
	version, rest, _ := strings.Cut(line, " ")
	if version != "HTTP/1.1" && version != "HTTP/1.0" || strings.ContainsAny(line, "\r\x00") {
		return 0, 0, errStatusLine
	}
	code, _, _ := strings.Cut(rest, " ")
	if len(code) != 3 || code[0] < '1' || code[0] > '9' {
		return 0, 0, errStatusLine
	}
	for i := range 3 {
		if code[i] < '0' || code[i] > '9' {
			return 0, 0, errStatusLine
		}
		status = status*10 + int(code[i]-'0')
	}
	return status, int(version[7] - '0'), nil
}

// parseFields reads header lines up to an empty one.
func parseFields(text string) (http.Header, error) {
	n := strings.Count(text, "\n")
	h, values := make(http.Header, n), make([]string, n)
	for line := ""; ; {
		line, text, _ = strings.Cut(text, "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return h, nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !httpguts.ValidHeaderFieldName(name) {
			return nil, errHeaderLine
		}
		if strings.IndexByte(value, '\r') >= 0 || strings.IndexByte(value, 0) >= 0 {
			return nil, errHeaderByte
		}
		name, value = textproto.CanonicalMIMEHeaderKey(name), strings.Trim(value, " \t")
		if old := h[name]; old != nil {
			h[name] = append(old, value)
			continue
		}
		values[0] = value
		h[name], values = values[:1:1], values[1:]
	}
}

// largestHeader is how many bytes the header of the response may have.
func (r *Request) largestHeader() int { return min(cmp.Or(r.MaxHeader, maxHeader), MostHeader) }
