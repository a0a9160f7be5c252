package upstream

import (
	"bytes"
	"net/http"

	"golang.org/x/net/http/httpguts"
)

const (
	maxChunkLine = 4 << 10  // with its extensions
	maxTrailer   = 16 << 10 // of a response
)

const (
	errChunk   = malformed("the chunked coding is broken")
	errTrailer = malformed("the trailer section is broken or too large")
)

// boundary is what stands between two chunks.
type boundary struct {
	used    int    // bytes; 0: it is not whole yet
	size    int64  // of the chunk that follows; 0: it was the last one
	trailer []byte // after the last one, with its empty line
}

// parseBoundary reads the line of the next chunk, behind the end of the one before unless
// it is the first, and with the last chunk the trailer section. Lines of chunks end in
// CR LF only: with LF others would count other bytes as data (RFC 9112 7.1).
func parseBoundary(b []byte, first bool) (boundary, error) {
	at := 0
	if !first {
		if len(b) > 0 && b[0] != '\r' || len(b) > 1 && b[1] != '\n' {
			return boundary{}, errChunk
		}
		at = 2
	}
	if len(b) <= at {
		return boundary{}, nil
	}
	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 && len(b)-at < maxChunkLine {
		return boundary{}, nil
	}
	if end < 1 || end > maxChunkLine || b[at+end-1] != '\r' {
		return boundary{}, errChunk
	}
	size, err := chunkSize(b[at : at+end-1])
	at += end + 1
	if err != nil || size > 0 {
		return boundary{used: at, size: size}, err
	}
	return parseEnd(b, at)
}

// parseEnd reads the trailer section, which begins at a place in b.
func parseEnd(b []byte, at int) (boundary, error) {
	rest := b[at:]
	if bytes.HasPrefix(rest, []byte("\r\n")) {
		return boundary{used: at + 2}, nil
	}
	n := headLength(rest, 0)
	switch {
	case n > maxTrailer, n == 0 && len(rest) > maxTrailer, len(rest) > 0 && rest[0] == '\n':
		return boundary{}, errTrailer
	case n == 0:
		return boundary{}, nil
	}
	return boundary{used: at + n, trailer: rest[:n]}, nil
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

// addTrailer adds the fields of a trailer section to those that were announced; those that
// frame a message or direct it are left out (RFC 9110 6.5.1).
func addTrailer(trailer http.Header, section []byte) (http.Header, error) {
	fields, err := parseFields(string(section))
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
