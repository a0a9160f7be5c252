package h1

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const errLength = Malformed("Content-Length is no number, or there are different ones")

// ContentLength is -1 without one. Equal ones count as one (RFC 9110 8.6).
func ContentLength(h http.Header) (int64, error) {
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

// Persists says whether the header lets the connection stay.
func Persists(minor int, h http.Header) bool {
	options := h["Connection"]
	if minor == 0 {
		return httpguts.HeaderValuesContainsToken(options, "keep-alive") && !httpguts.HeaderValuesContainsToken(options, "close")
	}
	return len(options) == 0 || !httpguts.HeaderValuesContainsToken(options, "close")
}

// Announced takes the names in Trailer as the keys of the trailers to come; nil: none.
func Announced(h http.Header) http.Header {
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
