package upstream

import (
	"io"
	"net/http"
)

// Read reads the body. Its errors are *Error.
func (x *exchange) Read(p []byte) (int, error) {
	if x.err != nil || len(p) == 0 {
		return 0, x.err
	}
	n, err := x.read(p)
	if err != nil && err != io.EOF {
		err = x.broken(err)
	}
	x.err = err
	return n, err
}

// read gives io.EOF at the end of the body only, and the connection back with it.
func (x *exchange) read(p []byte) (int, error) {
	n, err := x.body.Read(p)
	if err == io.EOF {
		x.Trailer = x.body.Trailer
		x.end()
	}
	return n, err
}

// end finishes the exchange unless the connection went back before.
func (x *exchange) end() {
	if x.conn != nil {
		x.finish(0)
	} else if x.in != nil {
		x.in.Free()
		x.in = nil
	}
}

// Close ends the exchange. A response that was not read to its end costs the connection.
func (x *exchange) Close() error {
	if x.closed {
		return nil
	}
	x.closed, x.err = true, http.ErrBodyReadAfterClose
	x.drop()
	x.endpoint.active.Add(-1)
	return nil
}
