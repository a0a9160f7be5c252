package proxy

import (
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestInterruptBefore: a read of the body that begins as it is interrupted does not wait for
// the client with a new deadline.
func TestInterruptBefore(t *testing.T) {
	p := New(Options{BodyIdle: time.Hour})
	defer p.Close()
	x := newExchange(p)
	x.w = httptest.NewRecorder()
	b := &incoming{x: x, from: strings.NewReader("abc")}
	b.interrupt()
	if n, err := b.Read(make([]byte, 3)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v", n, err)
	}
}
