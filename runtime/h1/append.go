package h1

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ErrField refuses a field that would end the head, or that no reader takes.
var ErrField = errors.New("a header field has a name that is no token, or a control character in its value")

// AppendFields writes fields in any order; one that is refused is an error.
func AppendFields(b []byte, h http.Header, refused func(string) bool) ([]byte, error) {
	for name, values := range h {
		if refused(name) {
			return b, fmt.Errorf("the header field %q is not for the caller to set", name)
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return b, ErrField
		}
		for _, v := range values {
			b = append(b, name...)
			b = append(b, ": "...)
			start := len(b)
			b = append(b, v...)
			if control(b[start:]) {
				return b, ErrField
			}
			b = append(b, "\r\n"...)
		}
	}
	return b, nil
}

// Visible says that a text has no space, control character or DEL.
func Visible(s string) bool {
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

// Clean says whether a field value has no control character besides tabs, and no DEL.
func Clean(value string) bool {
	return !control([]byte(value)) && strings.IndexByte(value, 0x7f) < 0
}

// AppendValue writes a field value. Control characters become spaces.
func AppendValue(b []byte, value string) []byte {
	start := len(b)
	b = append(b, value...)
	if control(b[start:]) {
		for i := start; i < len(b); i++ {
			if b[i] < ' ' && b[i] != '\t' {
				b[i] = ' '
			}
		}
	}
	return b
}
