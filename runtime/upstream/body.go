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
	switch x.framing.kind {
	case byLength:
		n, err := x.data(p)
		if err == nil && x.left == 0 {
			x.end()
			return n, io.EOF
		}
		return n, unexpected(err)
	case byChunks:
		return x.readChunks(p)
	case byEnd:
		x.left = int64(len(p))
		n, err := x.data(p)
		if err == io.EOF {
			x.end()
		}
		return n, err
	}
	return 0, io.EOF
}

// end finishes the exchange unless the connection went back before.
func (x *exchange) end() {
	if x.conn != nil {
		x.finish(0)
	} else if x.in != nil {
		x.in.free()
		x.in = nil
	}
}

// data reads at most left bytes: from the buffer, else without a copy if p is large enough.
func (x *exchange) data(p []byte) (n int, err error) {
	p = p[:min(int64(len(p)), x.left)]
	switch {
	case x.in.len() > 0:
	case len(p) >= bufferSize:
		if n, err = x.conn.Read(p); n > 0 {
			err = nil
		}
		x.left -= int64(n)
		return n, err
	default:
		if err = x.in.fill(x.conn); err != nil {
			return 0, err
		}
	}
	n = copy(p, x.in.bytes())
	x.in.skip(n)
	x.left -= int64(n)
	return n, nil
}

// readChunks reads chunks as long as that needs no waiting, and looks for the end early.
func (x *exchange) readChunks(p []byte) (n int, err error) {
	for {
		if x.left == 0 {
			last, err := x.nextChunk(n == 0)
			if last {
				x.end()
				return n, io.EOF
			}
			if err != nil || x.left == 0 {
				return n, err
			}
		}
		if n == len(p) || n > 0 && x.in.len() == 0 {
			return n, nil
		}
		m, err := x.data(p[n:])
		if n += m; err != nil {
			return n, unexpected(err)
		}
	}
}

// nextChunk reads up to the data of the next chunk, which left counts then, or through the
// last one. Without wait it may do nothing.
func (x *exchange) nextChunk(wait bool) (last bool, err error) {
	for {
		b, err := parseBoundary(x.in.bytes(), !x.chunked)
		if err != nil {
			return false, err
		}
		if b.used > 0 {
			if b.trailer != nil {
				if x.Trailer, err = addTrailer(x.Trailer, b.trailer); err != nil {
					return false, err
				}
			}
			x.in.skip(b.used)
			x.chunked, x.left = true, b.size
			return b.size == 0, nil
		}
		if !wait {
			return false, nil
		}
		if err := x.in.fill(x.conn); err != nil {
			return false, unexpected(err)
		}
	}
}

// unexpected makes the end of a connection an error.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
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
