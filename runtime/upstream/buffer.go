package upstream

import (
	"io"
	"sync"
)

const (
	bufferSize = 4 << 10
	keepSize   = 16 << 10 // larger buffers are not kept
)

// buffer holds what was read and not used yet (data[r:w]), or what is to be written.
type buffer struct {
	data []byte
	r, w int
}

// buffers are used for the time of a request only: idle connections have none.
var buffers = sync.Pool{New: func() any { return &buffer{data: make([]byte, bufferSize)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) free() {
	if cap(b.data) <= keepSize {
		b.data, b.r, b.w = b.data[:cap(b.data)], 0, 0
		buffers.Put(b)
	}
}

func (b *buffer) bytes() []byte { return b.data[b.r:b.w] }
func (b *buffer) len() int      { return b.w - b.r }

// skip drops n bytes that were used.
func (b *buffer) skip(n int) {
	if b.r += n; b.r == b.w {
		b.r, b.w = 0, 0
	}
}

// fill reads once and gets at least one byte, or an error; a full buffer is doubled.
func (b *buffer) fill(from io.Reader) error {
	if b.r > 0 && b.w == len(b.data) {
		b.w = copy(b.data, b.bytes())
		b.r = 0
	}
	if b.w == len(b.data) {
		b.data = append(b.data, make([]byte, len(b.data))...)
	}
	n, err := from.Read(b.data[b.w:])
	if b.w += n; n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}
