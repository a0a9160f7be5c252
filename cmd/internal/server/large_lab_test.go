package server

import (
	"io"
	"runtime"
	"sync/atomic"
)

// wholeBytes is the size of a large body: more than anybody on the way may hold.
const wholeBytes = 1 << 30

// lookEvery is after how many bytes the heap is looked at.
const lookEvery = 32 << 20

// pattern is a large body, whose bytes are known: read, it gives them; written, it counts
// those that are missing and those that are wrong. It notes the largest heap on the way.
type pattern struct {
	at, left, wrong int64
	most            *atomic.Uint64
}

func (p *pattern) byteAt(at int64) byte { return byte(at >> 10) }

func (p *pattern) Read(to []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	to = to[:min(int64(len(to)), p.left)]
	for i := range to {
		to[i] = p.byteAt(p.at + int64(i))
	}
	p.pass(len(to))
	return len(to), nil
}

func (p *pattern) Write(b []byte) (int, error) {
	for i := range b {
		if b[i] != p.byteAt(p.at+int64(i)) {
			p.wrong++
		}
	}
	p.pass(len(b))
	return len(b), nil
}

func (p *pattern) pass(n int) {
	before := p.at / lookEvery
	p.at, p.left = p.at+int64(n), p.left-int64(n)
	if p.at/lookEvery == before {
		return
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	for old := p.most.Load(); now.HeapInuse > old && !p.most.CompareAndSwap(old, now.HeapInuse); old = p.most.Load() {
	}
}
