package upstream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

var (
	errMethod = errors.New("the method is no token, or CONNECT")
	errTarget = errors.New("the target is empty or has a space or a control character")
	errField  = errors.New("a header field has a name that is no token, or a control character in its value")
)

// appendHead writes the head of a request behind b. It refuses whatever an upstream could
// read as something else than was meant.
func appendHead(b []byte, r *Request) ([]byte, error) {
	if !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect {
		return b, errMethod
	}
	if r.URI == "" || !visible(r.URI) || !visible(r.Host) {
		return b, errTarget
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.URI...)
	if r.HTTP10 && r.ContentLength >= 0 {
		b = append(b, " HTTP/1.0\r\nHost: "...)
	} else {
		b = append(b, " HTTP/1.1\r\nHost: "...)
	}
	b = append(b, r.Host...)
	b = append(b, "\r\n"...)
	b, err := appendFields(b, r.Header, ownField)
	if err != nil {
		return b, err
	}
	if b, err = appendConnection(b, r); err != nil {
		return b, err
	}
	b, err = appendFraming(b, r)
	return append(b, "\r\n"...), err
}

// appendConnection asks for another protocol, or says how long the connection is kept.
func appendConnection(b []byte, r *Request) ([]byte, error) {
	switch {
	case r.Upgrade != "":
		if !httpguts.ValidHeaderFieldValue(r.Upgrade) {
			return b, errField
		}
		b = append(b, "Connection: upgrade\r\nUpgrade: "...)
		b = append(b, r.Upgrade...)
	case r.Connection == "":
		return b, nil
	case r.Connection == "close", r.Connection == "keep-alive":
		b = append(b, "Connection: "...)
		b = append(b, r.Connection...)
	default:
		return b, errField
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
	}
	b = append(b, "Transfer-Encoding: chunked\r\n"...)
	if len(r.Trailer) == 0 {
		return b, nil
	}
	names := make([]string, 0, len(r.Trailer))
	for name := range r.Trailer {
		if !httpguts.ValidHeaderFieldName(name) {
			return b, errField
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

// appendFields writes fields in any order; one that is refused is an error.
func appendFields(b []byte, h http.Header, refused func(string) bool) ([]byte, error) {
	for name, values := range h {
		if refused(name) {
			return b, fmt.Errorf("the header field %q is not for the caller to set", name)
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return b, errField
		}
		for _, v := range values {
			b = append(b, name...)
			b = append(b, ": "...)
			start := len(b)
			b = append(b, v...)
			if control(b[start:]) {
				return b, errField
			}
			b = append(b, "\r\n"...)
		}
	}
	return b, nil
}

// visible says that a text has no space, control character or DEL.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// control says whether a field value has NUL, CR, LF or another control character that is
// no tab. It looks at eight bytes at once, since it sees every byte of every head.
func control(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		if (w-ones*0x20)&^w&tops != 0 && controlByte(b[:8]) {
			return true
		}
	}
	return controlByte(b)
}

func controlByte(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' {
			return true
		}
	}
	return false
}
