package h1

import (
	"io"
	"sync"
)

// BufferSize is how large a buffer is at first, in bytes, and LargeSize one that is large from
// the start. Others are not kept.
const (
	BufferSize = 4 << 10
	LargeSize  = 16 << 10
)

// Buffer holds what was read and not used yet (Data[r:w]), or what is to be written.
type Buffer struct {
	Data []byte
	r, w int
}

var (
	buffers = sync.Pool{New: func() any { return &Buffer{Data: make([]byte, BufferSize)} }}
	larges  = sync.Pool{New: func() any { return &Buffer{Data: make([]byte, LargeSize)} }}
)

// NewBuffer gives an empty buffer, until Free.
func NewBuffer() *Buffer { return buffers.Get().(*Buffer) }

// NewLargeBuffer gives an empty buffer for a message that often has a body.
func NewLargeBuffer() *Buffer { return larges.Get().(*Buffer) }

// Free gives the buffer back; nobody may hold its bytes any more. One that has grown is not
// kept: whoever sends large heads would have all others hold as much.
func (b *Buffer) Free() {
	b.Data, b.r, b.w = b.Data[:cap(b.Data)], 0, 0
	switch cap(b.Data) {
	case BufferSize:
		buffers.Put(b)
	case LargeSize:
		larges.Put(b)
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
