package h1

import (
	"io"
	"net/http"
)

// Kind says where a body ends (RFC 9112 6.3).
type Kind uint8

// The kinds of bodies.
const (
	None Kind = iota
	ByLength
	ByChunks
	ByEnd // of the connection
)

// Body reads the body of a message, of which In may have a part already. It is not for more
// than one goroutine at a time.
type Body struct {
	In      *Buffer
	From    io.Reader
	Kind    Kind
	Left    int64       // bytes still to come of a body by length, or of a chunk
	Trailer http.Header // of a body by chunks, complete with io.EOF
	chunked bool        // a chunk was read
}

// Read gives io.EOF at the end of the body only, if it can with the last bytes. A connection
// that ends earlier is io.ErrUnexpectedEOF, broken chunks are Malformed.
func (b *Body) Read(p []byte) (int, error) {
	switch b.Kind {
	case ByLength:
		n, err := b.data(p)
		if err == nil && b.Left == 0 {
			return n, io.EOF
		}
		return n, unexpected(err)
	case ByChunks:
		return b.readChunks(p)
	case ByEnd:
		b.Left = int64(len(p))
		return b.data(p)
	}
	return 0, io.EOF
}

// data reads at most Left bytes: from the buffer, else without a copy if p is large enough.
func (b *Body) data(p []byte) (n int, err error) {
	p = p[:min(int64(len(p)), b.Left)]
	switch {
	case b.In.Len() > 0 || len(p) == 0:
	case len(p) >= BufferSize:
		if n, err = b.From.Read(p); n > 0 {
			err = nil
		}
		b.Left -= int64(n)
		return n, err
	default:
		if err = b.In.Fill(b.From); err != nil {
			return 0, err
		}
	}
	n = copy(p, b.In.Bytes())
	b.In.Skip(n)
	b.Left -= int64(n)
	return n, nil
}

// readChunks reads chunks as long as that needs no waiting, and looks for the end early.
func (b *Body) readChunks(p []byte) (n int, err error) {
	for {
		if b.Left == 0 {
			last, err := b.nextChunk(n == 0)
			if last {
				return n, io.EOF
			}
			if err != nil || b.Left == 0 {
				return n, err
			}
		}
		if n == len(p) || n > 0 && b.In.Len() == 0 {
			return n, nil
		}
		m, err := b.data(p[n:])
		if n += m; err != nil {
			return n, unexpected(err)
		}
	}
}

// nextChunk reads up to the data of the next chunk, which Left counts then, or through the
// last one. Without wait it may do nothing.
func (b *Body) nextChunk(wait bool) (last bool, err error) {
	for {
		at, err := ParseBoundary(b.In.Bytes(), !b.chunked)
		if err != nil {
			return false, err
		}
		if at.Used > 0 {
			if at.Trailer != nil {
				if b.Trailer, err = AddTrailer(b.Trailer, at.Trailer); err != nil {
					return false, err
				}
			}
			b.In.Skip(at.Used)
			b.chunked, b.Left = true, at.Size
			return at.Size == 0, nil
		}
		if !wait {
			return false, nil
		}
		if err := b.In.Fill(b.From); err != nil {
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
