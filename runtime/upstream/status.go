package upstream

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

const (
	// maxHeader bounds the bytes of a response's header, with all interim ones before it,
	// unless the request says otherwise.
	maxHeader = 64 << 10
	// MostHeader is the most that a request may say.
	MostHeader = 1 << 20
)

const errStatusLine = h1.Malformed("the status line is none of HTTP/1.0 or HTTP/1.1")

// errTooLarge is a header beyond its limit.
var errTooLarge = errors.New("the response header is larger than it may be")

// largestHeader is how many bytes the header of the response may have.
func (r *Request) largestHeader() int { return min(cmp.Or(r.MaxHeader, maxHeader), MostHeader) }

// parseHead reads a head up to and with its empty line. Lines end in CR LF or LF.
func parseHead(text string) (status, minor int, h http.Header, err error) {
	line, rest, _ := strings.Cut(text, "\n")
	if status, minor, err = parseStatusLine(strings.TrimSuffix(line, "\r")); err != nil {
		return 0, 0, nil, err
	}
	h, err = h1.ParseFields(rest)
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
