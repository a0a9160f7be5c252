package upstream

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

const (
	errInterim = h1.Malformed("there are too many interim responses")
	errUpgrade = h1.Malformed("the response switches protocols, which was not asked for or comes too early")
)

// readHead reads the header of the response, and those of interim ones before it.
func (x *exchange) readHead() error {
	seen, total := 0, 0
	for interim := 0; interim <= maxInterim; {
		n := h1.HeadLength(x.in.Bytes(), seen)
		if seen = x.in.Len(); total+cmp.Or(n, seen) > x.request.largestHeader() {
			return errTooLarge
		}
		if n == 0 {
			if err := x.more(); err != nil {
				return err
			}
			continue
		}
		status, minor, h, err := parseHead(string(x.in.Bytes()[:n]))
		if err != nil {
			return err
		}
		x.in.Skip(n)
		seen, total = 0, total+n
		if status >= 200 || status == http.StatusSwitchingProtocols {
			return x.answer(status, minor, h)
		}
		interim++
		x.inform(status, h)
	}
	return errInterim
}

// more reads more of a header, and refuses at once what cannot be one.
func (x *exchange) more() error {
	if err := x.in.Fill(x.conn); err != nil {
		return err
	}
	x.began = true
	const start = "HTTP/1."
	b := x.in.Bytes()
	if b = b[:min(len(b), len(start))]; !bytes.Equal(b, []byte(start)[:len(b)]) {
		return errStatusLine
	}
	return nil
}

// inform hands an interim response on.
func (x *exchange) inform(status int, h http.Header) {
	if status == http.StatusContinue || x.request.Informational == nil {
		return
	}
	removeHops(h, false)
	delete(h, "Content-Length")
	delete(h, "Transfer-Encoding")
	x.request.Informational(status, h)
}

// answer makes the response of a final header.
func (x *exchange) answer(status, minor int, h http.Header) error {
	x.Status, x.Header, x.ProtoMajor = status, h, 1
	if status == http.StatusSwitchingProtocols {
		if x.request.Upgrade == "" || x.sender != nil && !x.sender.whole() {
			return errUpgrade
		}
		removeHops(h, true)
		return nil
	}
	f, err := frame(x.request.Method, status, minor, h)
	if err != nil {
		return err
	}
	f.persist = f.persist && !x.request.last()
	removeHops(h, false)
	trailer := h1.Announced(h)
	if f.kind == h1.ByChunks {
		x.Trailer = trailer
	}
	x.framing, x.ContentLength, x.Body = f, f.length, x
	x.body = h1.Body{In: x.in, From: x.conn, Kind: f.kind, Left: max(f.length, 0), Trailer: x.Trailer}
	return nil
}

// settle lets the connection go as early as possible: if the whole response is there, the
// client may take its time.
func (x *exchange) settle() {
	switch {
	case x.Status == http.StatusSwitchingProtocols:
		x.upgrade()
	case x.framing.kind == h1.None:
		x.finish(0)
	case x.framing.kind == h1.ByLength:
		if int64(x.in.Len()) >= x.body.Left {
			x.finish(int(x.body.Left))
		}
	}
	x.Pending = x.conn != nil && x.in != nil && x.in.Len() == 0
}

// finish gives the connection back after a whole response, of which wanted bytes are still
// in the buffer. If anything is in doubt, the connection is closed.
func (x *exchange) finish(wanted int) {
	c := x.conn
	x.conn = nil
	again := x.framing.persist && x.in.Len() == wanted
	if x.stop != nil && !x.stop() {
		again = false // it was closed, or is just being closed
	}
	if x.sender != nil && !x.sender.whole() {
		again = false
		c.close()
		x.sender.end()
	}
	if again && !c.leftover() {
		x.endpoint.idle.put(c)
	} else {
		c.close()
	}
	if wanted == 0 {
		x.in.Free()
		x.in = nil
	}
}
