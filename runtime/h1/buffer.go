package h1

import (
	"io"
	"sync"
)

// BufferSize is how large a buffer is at first, in bytes.
const BufferSize = 4 << 10

const keepSize = 16 << 10 // larger buffers are not kept

// Buffer holds what was read and not used yet (Data[r:w]), or what is to be written.
type Buffer struct {
	Data []byte
	r, w int
}

// buffers are used for the time of a request only: idle connections have none.
var buffers = sync.Pool{New: func() any { return &Buffer{Data: make([]byte, BufferSize)} }}

// NewBuffer gives an empty buffer, until Free.
func NewBuffer() *Buffer { return buffers.Get().(*Buffer) }

// Free gives the buffer back; nobody may hold its bytes any more.
func (b *Buffer) Free() {
	if cap(b.Data) <= keepSize {
		b.Data, b.r, b.w = b.Data[:cap(b.Data)], 0, 0
		buffers.Put(b)
	}
}

// Bytes are what was read and not used yet, Len how many.
func (b *Buffer) Bytes() []byte { return b.Data[b.r:b.w] }
func (b *Buffer) Len() int      { return b.w - b.r }

// Skip drops n bytes that were used.
func (b *Buffer) Skip(n int) {
	if b.r += n; b.r == b.w {
		b.r, b.w = 0, 0
	}
}

// Fill reads once and gets at least one byte, or an error; a full buffer is doubled.
func (b *Buffer) Fill(from io.Reader) error {
	if b.r > 0 && b.w == len(b.Data) {
		b.w = copy(b.Data, b.Bytes())
		b.r = 0
	}
	if b.w == len(b.Data) {
		b.Data = append(b.Data, make([]byte, len(b.Data))...)
	}
	n, err := from.Read(b.Data[b.w:])
	if b.w += n; n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}
