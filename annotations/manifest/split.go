package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// chunk is the text of one YAML document, its "---" and "..." lines included.
type chunk struct {
	text    []byte // valid until the next call of next; nil if oversize
	line    int    // line of the first byte of text, from 1
	content int    // line of the first byte that is no comment, directive or marker
	size    int64  // bytes, also of an oversize document
}

func (c chunk) oversize() bool { return c.text == nil }

// splitter cuts a stream into documents without parsing it. As YAML has it, a line that
// starts with "---" or "..." and then ends or has a blank is a marker wherever it stands,
// in block scalars too. At most one document of at most max bytes is held.
type splitter struct {
	r    *bufio.Reader
	max  int64
	line int    // of the piece that comes next, from 1
	mid  bool   // the piece that comes next continues a line
	held []byte // first piece of the next document, read already
	hold bool
	cur  chunk
	buf  []byte
	open bool // the current document has its "---"
	eof  bool
}

// buffer is how many bytes are read at a time.
const buffer = 1 << 16

func newSplitter(r io.Reader, max int64) *splitter {
	buffered, ok := r.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReaderSize(r, buffer)
	}
	return &splitter{r: buffered, max: max, line: 1}
}

// next is the next document that has content; io.EOF follows the last one.
func (s *splitter) next() (chunk, error) {
	s.cur, s.buf, s.open = chunk{}, s.buf[:0], false
	for {
		piece, first, err := s.piece()
		if err != nil {
			return chunk{}, err
		}
		if len(piece) == 0 && s.eof {
			if s.cur.content == 0 {
				return chunk{}, io.EOF
			}
			return s.finish(), nil
		}
		if s.take(piece, first) {
			if s.cur.content > 0 {
				return s.finish(), nil
			}
			s.cur, s.buf, s.open = chunk{}, s.buf[:0], false
		}
	}
}

// take adds a piece to the current document, or holds it for the next one; true ends
// the current document.
func (s *splitter) take(piece []byte, first bool) bool {
	if !first {
		s.keep(piece)
		return false
	}
	if !s.open && s.cur.content == 0 && bytes.HasPrefix(piece, []byte("%YAML")) {
		piece[0] = '#' // the version: the parser knows 1.1 alone by name, and reads 1.2
	}
	switch kind, rest := marker(piece); kind {
	case '-':
		if s.open || s.cur.content > 0 {
			s.held, s.hold = piece, true
			s.line = s.lineOf(piece)
			return true
		}
		s.open = true
		s.keep(piece)
		s.notice(rest, piece)
	case '.':
		s.keep(piece)
		return true
	default:
		s.notice(piece, piece)
		if s.cur.content > 0 || s.open || (len(piece) > 0 && piece[0] == '%') {
			s.keep(piece)
		}
	}
	return false
}

// notice records where the document's content begins.
func (s *splitter) notice(text, piece []byte) {
	text = bytes.TrimLeft(text, " \t\r\n")
	if s.cur.content > 0 || len(text) == 0 || text[0] == '#' || (!s.open && piece[0] == '%') {
		return
	}
	s.cur.content = s.lineOf(piece)
}

func (s *splitter) keep(piece []byte) {
	if s.cur.size == 0 {
		s.cur.line = s.lineOf(piece)
	}
	s.cur.size += int64(len(piece))
	if s.cur.size <= s.max {
		s.buf = append(s.buf, piece...)
	}
}

func (s *splitter) finish() chunk {
	c := s.cur
	if c.size <= s.max {
		c.text = s.buf
		return c
	}
	s.buf = nil
	return c
}

// lineOf is the line of the piece that was just read.
func (s *splitter) lineOf(piece []byte) int {
	if bytes.HasSuffix(piece, []byte("\n")) {
		return s.line - 1
	}
	return s.line
}

// piece reads a line, or a part of a line that is longer than the buffer. An empty piece
// with s.eof set is the end. A byte order mark at the start of a line is dropped.
func (s *splitter) piece() (piece []byte, first bool, err error) {
	if s.hold {
		s.hold = false
		if bytes.HasSuffix(s.held, []byte("\n")) {
			s.line++
		}
		return s.held, true, nil
	}
	if s.eof {
		return nil, true, nil
	}
	first = !s.mid
	piece, err = s.r.ReadSlice('\n')
	s.mid = errors.Is(err, bufio.ErrBufferFull)
	s.eof = errors.Is(err, io.EOF)
	if err != nil && !s.mid && !s.eof {
		return nil, false, err
	}
	if err == nil {
		s.line++
	}
	if first {
		piece = bytes.TrimPrefix(piece, []byte("\ufeff"))
	}
	return piece, first, nil
}

// marker says whether a line is a document marker, '-' or '.', and what follows it.
func marker(line []byte) (kind byte, rest []byte) {
	if len(line) < 3 || (line[0] != '-' && line[0] != '.') || line[1] != line[0] || line[2] != line[0] {
		return 0, nil
	}
	if len(line) > 3 && bytes.IndexByte([]byte(" \t\r\n"), line[3]) < 0 {
		return 0, nil
	}
	return line[0], line[3:]
}
