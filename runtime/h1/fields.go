// Package h1 is HTTP/1.1 (RFC 9112) as bytes: heads, fields, chunks and framing, read strictly
// and written so that nobody can read them in two ways. Both sides of the data plane use it.
package h1

import (
	"bytes"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	errHeaderLine = Malformed("a header line has no colon, a name that is no token, or a continuation")
	errHeaderByte = Malformed("a header value has a bare CR or a NUL")
)

// Malformed is an error in what the other side sent.
type Malformed string

func (m Malformed) Error() string { return string(m) }

// HeadLength finds the end of a head: an empty line. It is 0 while there is none. The first
// seen bytes had none before.
func HeadLength(b []byte, seen int) int {
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

// ParseFields reads header lines up to an empty one.
func ParseFields(text string) (http.Header, error) {
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
		name, value = textproto.CanonicalMIMEHeaderKey(name), textproto.TrimString(value)
		if old := h[name]; old != nil {
			h[name] = append(old, value)
			continue
		}
		values[0] = value
		h[name], values = values[:1:1], values[1:]
	}
}
