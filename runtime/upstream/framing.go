package upstream

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// framing is where a response ends.
type framing struct {
	kind    h1.Kind
	length  int64 // for the caller; -1 is unknown
	persist bool  // the connection can serve another request afterwards
}

const (
	errBothLengths = h1.Malformed("the response has Content-Length and Transfer-Encoding")
	errCoding      = h1.Malformed("the response has a transfer coding other than chunked, or one in HTTP/1.0")
)

// frame tells by RFC 9112 6.3 where the response to a method ends, and refuses what one
// side could read as longer or shorter than another. It leaves one Content-Length.
func frame(method string, status, minor int, h http.Header) (framing, error) {
	length, err := h1.ContentLength(h)
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
	f := framing{kind: h1.ByEnd, length: length, persist: h1.Persists(minor, h)}
	switch {
	case status == http.StatusNoContent || status < 200:
		// A body, or the size of one, must not be here, and nobody knows whether it comes.
		f.persist = f.persist && !coded && length <= 0
		f.kind, f.length = h1.None, 0
		delete(h, "Content-Length")
	case method == http.MethodHead:
		f.kind = h1.None
	case status == http.StatusNotModified, length == 0:
		f.kind, f.length = h1.None, 0
	case coded:
		f.kind = h1.ByChunks
	case length > 0:
		f.kind = h1.ByLength
	default:
		f.persist = false
	}
	return f, nil
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
