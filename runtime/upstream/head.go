package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

var (
	errMethod        = errors.New("the method is no token, or CONNECT")
	errTarget        = errors.New("the target is empty or has a space or a control character")
	errUnknownLength = errors.New("HTTP/1.0 has no body whose length is not known")
)

// appendHead writes the head of a request behind b. It refuses whatever an upstream could
// read as something else than was meant.
func appendHead(b []byte, r *Request) ([]byte, error) {
	if !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect {
		return b, errMethod
	}
	if r.URI == "" || !h1.Visible(r.URI) || !h1.Visible(r.Host) {
		return b, errTarget
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.URI...)
	b = append(b, version(r)...)
	b = append(b, r.Host...)
	b = append(b, "\r\n"...)
	b, err := h1.AppendFields(b, r.Header, ownField)
	if err != nil {
		return b, err
	}
	if b, err = appendConnection(b, r); err != nil {
		return b, err
	}
	b, err = appendFraming(b, r)
	return append(b, "\r\n"...), err
}

// version ends the first line, and begins the one of Host.
func version(r *Request) string {
	if r.HTTP10 {
		return " HTTP/1.0\r\nHost: "
	}
	return " HTTP/1.1\r\nHost: "
}

// appendConnection asks for another protocol, or says how long the connection is kept.
func appendConnection(b []byte, r *Request) ([]byte, error) {
	switch {
	case r.Upgrade != "":
		if !httpguts.ValidHeaderFieldValue(r.Upgrade) {
			return b, h1.ErrField
		}
		b = append(b, "Connection: upgrade\r\nUpgrade: "...)
		b = append(b, r.Upgrade...)
	case r.Connection == "":
		return b, nil
	case r.Connection == "close", r.Connection == "keep-alive":
		b = append(b, "Connection: "...)
		b = append(b, r.Connection...)
	default:
		return b, h1.ErrField
	}
	return append(b, "\r\n"...), nil
}

// appendFraming says how long the body is. Methods whose requests usually have one say so
// if there is none (RFC 9110 8.6).
func appendFraming(b []byte, r *Request) ([]byte, error) {
	switch {
	case r.Body == nil && r.ContentLength != 0:
		return b, fmt.Errorf("there is no body, but its length is %d", r.ContentLength)
	case r.ContentLength > 0 || r.ContentLength == 0 && slices.Contains([]string{"POST", "PUT", "PATCH"}, r.Method):
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, r.ContentLength, 10)
		return append(b, "\r\n"...), nil
	case r.ContentLength == 0:
		return b, nil
	case r.HTTP10:
		return b, errUnknownLength
	}
	b = append(b, "Transfer-Encoding: chunked\r\n"...)
	if len(r.Trailer) == 0 {
		return b, nil
	}
	names := make([]string, 0, len(r.Trailer))
	for name := range r.Trailer {
		if !httpguts.ValidHeaderFieldName(name) {
			return b, h1.ErrField
		}
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, "Trailer: "...)
	b = append(b, strings.Join(names, ", ")...)
	return append(b, "\r\n"...), nil
}

// ownField says whether this package alone writes a field (or nobody): a second one would
// let others read other limits of the message.
func ownField(name string) bool {
	switch len(name) {
	case 4:
		return strings.EqualFold(name, "Host")
	case 10:
		return strings.EqualFold(name, "Connection")
	case 14:
		return strings.EqualFold(name, "Content-Length")
	case 17:
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}
