package front

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// WriteHeader makes the head of the response. Those of 1xx besides 101 are sent at once, and
// another one follows.
func (w *response) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.status != 0 || w.conn.gone:
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		w.interim(status)
	default:
		w.begin(status)
	}
}

func (w *response) interim(status int) {
	if status == http.StatusContinue && w.body != nil && !w.body.asked.CompareAndSwap(false, true) {
		return // it was sent
	}
	*w.out = appendStatus(*w.out, status)
	*w.out = appendFields(*w.out, &w.conn.fields, w.conn.header, func(name string) bool {
		return name == "Content-Length" || name == "Transfer-Encoding" || name == "Connection"
	})
	*w.out = append(*w.out, "\r\n"...)
	w.send()
}

// begin makes the head, of which the framing and the connection are ours: a body that has no
// length goes in chunks, to clients of HTTP/1.0 until the connection ends.
func (w *response) begin(status int) {
	c, h := w.conn, w.conn.header
	w.status = status
	length, err := h1.ContentLength(h)
	if err != nil {
		length = -1 // nobody could rely on it
	}
	w.none = w.r.Method == http.MethodHead
	w.kind, w.left = h1.ByChunks, 0
	switch {
	case status < 200 || status == http.StatusNoContent:
		w.kind, length = h1.None, -1
	case status == http.StatusNotModified:
		w.kind = h1.None
	case length >= 0:
		w.kind, w.left = h1.ByLength, length
	case w.r.ProtoMinor == 0:
		w.kind, c.keep = h1.ByEnd, false
	}
	waiting := w.body != nil && !w.body.asked.Load() // for a 100: whether the body comes, nobody knows
	if waiting || c.server.draining.Load() || httpguts.HeaderValuesContainsToken(h["Connection"], "close") {
		c.keep = false
	}
	*w.out = appendStatus(*w.out, status)
	*w.out = appendFields(*w.out, &c.fields, h, w.framing)
	*w.out = w.appendFraming(*w.out, length)
}

// framing says whether a field is not copied into the head.
func (w *response) framing(name string) bool {
	switch name {
	case "Content-Length", "Transfer-Encoding", "Connection":
		return true
	case "Trailer":
		return w.kind != h1.ByChunks
	}
	return strings.HasPrefix(name, http.TrailerPrefix)
}

func (w *response) appendFraming(b []byte, length int64) []byte {
	if _, has := w.conn.header["Date"]; !has {
		b = w.conn.server.appendDate(b)
	}
	switch {
	case length >= 0:
		b = append(b, "Content-Length: "...)
		b = append(strconv.AppendInt(b, length, 10), "\r\n"...)
	case w.kind == h1.ByChunks && !w.none:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	switch {
	case !w.conn.keep:
		b = append(b, "Connection: close\r\n"...)
	case w.r.ProtoMinor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return append(b, "\r\n"...)
}

func appendStatus(b []byte, status int) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	return append(b, "\r\n"...)
}

// fields is a head in its order.
type fields []field

type field struct {
	name   string
	values []string
}

// appendFields writes fields by their names' order. One with a name that is no token is left
// out, and control characters in values become spaces: they can not end the head.
func appendFields(b []byte, into *fields, h http.Header, without func(string) bool) []byte {
	all := (*into)[:0]
	for name, values := range h {
		if !without(name) && httpguts.ValidHeaderFieldName(name) {
			all = append(all, field{name, values})
		}
	}
	slices.SortFunc(all, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for _, f := range all {
		for _, v := range f.values {
			b = append(b, f.name...)
			b = append(b, ": "...)
			b = h1.AppendValue(b, v)
			b = append(b, "\r\n"...)
		}
	}
	clear(all)
	*into = all
	return b
}

// appendData writes a part of a body.
func appendData(b, p []byte, chunk bool) []byte {
	if !chunk {
		return append(b, p...)
	}
	b = strconv.AppendInt(b, int64(len(p)), 16)
	b = append(b, "\r\n"...)
	b = append(b, p...)
	return append(b, "\r\n"...)
}

// appendEnd ends a body in chunks, with the trailers that the header has by now: those that
// were announced in Trailer, and those with http.TrailerPrefix.
func appendEnd(b []byte, into *fields, h http.Header) []byte {
	b = append(b, "0\r\n"...)
	var trailer http.Header
	for name, values := range h {
		after, prefixed := strings.CutPrefix(name, http.TrailerPrefix)
		if !prefixed && !httpguts.HeaderValuesContainsToken(h["Trailer"], name) || !httpguts.ValidTrailerHeader(after) {
			continue
		}
		if trailer == nil {
			trailer = http.Header{}
		}
		trailer[after] = values
	}
	if trailer != nil {
		b = appendFields(b, into, trailer, func(string) bool { return false })
	}
	return append(b, "\r\n"...)
}

// date is the Date of one second.
type date struct {
	second int64
	line   string
}

func (s *Server) appendDate(b []byte) []byte {
	now := time.Now()
	d := s.date.Load()
	if d == nil || d.second != now.Unix() {
		d = &date{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
		s.date.Store(d)
	}
	return append(b, d.line...)
}
