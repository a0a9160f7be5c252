package upstream

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// framing is where a response ends.
type framing struct {
	kind    framingKind
	length  int64 // for the caller; -1 is unknown
	persist bool  // the connection can serve another request afterwards
}

type framingKind uint8

const (
	noBody framingKind = iota
	byLength
	byChunks
	byEnd // of the connection
)

const (
	errBothLengths = malformed("the response has Content-Length and Transfer-Encoding")
	errCoding      = malformed("the response has a transfer coding other than chunked, or one in HTTP/1.0")
	errLength      = malformed("Content-Length is no number, or there are different ones")
)

// frame tells by RFC 9112 6.3 where the response to a method ends, and refuses what one
// side could read as longer or shorter than another. It leaves one Content-Length.
func frame(method string, status, minor int, h http.Header) (framing, error) {
	length, err := contentLength(h)
	if err != nil {
		return framing{}, err
	}
	codings, coded := h["Transfer-Encoding"]
	if coded {
		delete(h, "Transfer-Encoding")
		if length >= 0 {
			return framing{}, errBothLengths
		}
		if minor == 0 || len(codings) != 1 || !strings.EqualFold(codings[0], "chunked") {
			return framing{}, errCoding
		}
	}
	f := framing{kind: byEnd, length: length, persist: persists(minor, h)}
	switch {
	case status == http.StatusNoContent || status < 200:
		// A body, or the size of one, must not be here, and nobody knows whether it comes.
		f.persist = f.persist && !coded && length <= 0
		f.kind, f.length = noBody, 0
		delete(h, "Content-Length")
	case method == http.MethodHead:
		f.kind = noBody
	case status == http.StatusNotModified, length == 0:
		f.kind, f.length = noBody, 0
	case coded:
		f.kind = byChunks
	case length > 0:
		f.kind = byLength
	default:
		f.persist = false
	}
	return f, nil
}

// contentLength is -1 without one. Equal ones count as one (RFC 9110 8.6).
func contentLength(h http.Header) (int64, error) {
	values := h["Content-Length"]
	if len(values) == 0 {
		return -1, nil
	}
	for _, v := range values {
		if v != values[0] {
			return 0, errLength
		}
	}
	for i := range len(values[0]) {
		if c := values[0][i]; c < '0' || c > '9' {
			return 0, errLength
		}
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errLength, err)
	}
	if len(values) > 1 {
		h["Content-Length"] = values[:1]
	}
	return n, nil
}

// persists says whether the header lets the connection stay.
func persists(minor int, h http.Header) bool {
	options := h["Connection"]
	if minor == 0 {
		return httpguts.HeaderValuesContainsToken(options, "keep-alive") && !httpguts.HeaderValuesContainsToken(options, "close")
	}
	return len(options) == 0 || !httpguts.HeaderValuesContainsToken(options, "close")
}

// removeHops takes away what was said to this side of the connection only (RFC 9110 7.6.1).
func removeHops(h http.Header, upgraded bool) {
	for _, option := range h["Connection"] {
		for name := range strings.SplitSeq(option, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !upgraded || name != "Upgrade" {
				delete(h, name)
			}
		}
	}
	delete(h, "Connection")
	delete(h, "Keep-Alive")
	delete(h, "Proxy-Connection")
	if !upgraded {
		delete(h, "Upgrade")
	}
}

// announced takes the names in Trailer as the keys of the trailers to come; nil: none.
func announced(h http.Header) http.Header {
	var trailer http.Header
	for _, v := range h["Trailer"] {
		for name := range strings.SplitSeq(v, ",") {
			name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
			if !httpguts.ValidTrailerHeader(name) || !httpguts.ValidHeaderFieldName(name) {
				continue
			}
			if trailer == nil {
				trailer = http.Header{}
			}
			trailer[name] = nil
		}
	}
	delete(h, "Trailer")
	return trailer
}
