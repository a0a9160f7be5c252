package h1

import (
	"bytes"
	"net/http"

	"golang.org/x/net/http/httpguts"
)

// Bounds, in bytes, on the line of a chunk with its extensions, and on a trailer section.
const (
	MaxChunkLine = 4 << 10
	MaxTrailer   = 16 << 10
)

const (
	errChunk   = Malformed("the chunked coding is broken")
	errTrailer = Malformed("the trailer section is broken or too large")
)

// Boundary is what stands between two chunks.
type Boundary struct {
	Used    int    // bytes; 0: it is not whole yet
	Size    int64  // of the chunk that follows; 0: it was the last one
	Trailer []byte // after the last one, with its empty line
}

// ParseBoundary reads the line of the next chunk, behind the end of the one before unless
// it is the first, and with the last chunk the trailer section. Lines of chunks end in
// CR LF only: with LF others would count other bytes as data (RFC 9112 7.1).
func ParseBoundary(b []byte, first bool) (Boundary, error) {
	at := 0
	if !first {
		if len(b) > 0 && b[0] != '\r' || len(b) > 1 && b[1] != '\n' {
			return Boundary{}, errChunk
		}
		at = 2
	}
	if len(b) <= at {
		return Boundary{}, nil
	}
	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 && len(b)-at < MaxChunkLine {
		return Boundary{}, nil
	}
	if end < 1 || end > MaxChunkLine || b[at+end-1] != '\r' {
		return Boundary{}, errChunk
	}
	size, err := chunkSize(b[at : at+end-1])
	at += end + 1
	if err != nil || size > 0 {
		return Boundary{Used: at, Size: size}, err
	}
	return parseEnd(b, at)
}

// parseEnd reads the trailer section, which begins at a place in b.
func parseEnd(b []byte, at int) (Boundary, error) {
	rest := b[at:]
	if bytes.HasPrefix(rest, []byte("\r\n")) {
		return Boundary{Used: at + 2}, nil
	}
	n := HeadLength(rest, 0)
	switch {
	case n > MaxTrailer, n == 0 && len(rest) > MaxTrailer, len(rest) > 0 && rest[0] == '\n':
		return Boundary{}, errTrailer
	case n == 0:
		return Boundary{}, nil
	}
	return Boundary{Used: at + n, Trailer: rest[:n]}, nil
}

// chunkSize reads hexadecimal digits, behind which there may be extensions.
func chunkSize(line []byte) (int64, error) {
	size, digits := int64(0), 0
	for digits < len(line) {
		d, ok := hexDigit(line[digits])
		if !ok {
			break
		}
		if digits++; digits > 15 {
			return 0, errChunk
		}
		size = size<<4 | int64(d)
	}
	extension := bytes.TrimLeft(line[digits:], " \t")
	if digits == 0 || len(extension) > 0 && extension[0] != ';' || bytes.IndexByte(extension, '\r') >= 0 {
		return 0, errChunk
	}
	return size, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// AddTrailer adds the fields of a trailer section to those that were announced; those that
// frame a message or direct it are left out (RFC 9110 6.5.1).
func AddTrailer(trailer http.Header, section []byte) (http.Header, error) {
	fields, err := ParseFields(string(section))
	if err != nil {
		return trailer, errTrailer
	}
	for name, values := range fields {
		if !httpguts.ValidTrailerHeader(name) {
			continue
		}
		if trailer == nil {
			trailer = http.Header{}
		}
		trailer[name] = values
	}
	return trailer, nil
}
