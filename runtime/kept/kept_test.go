package kept

import (
	"runtime"
	"testing"
)

// TestThings: a thing is the same as long as somebody refers to it, and goes with the last.
func TestThings(t *testing.T) {
	all := New[string, [64]byte]()
	fresh := func() *[64]byte { return new([64]byte) }
	a := all.Get("a", fresh)
	if all.Get("a", fresh) != a || all.Get("b", fresh) == a {
		t.Error("things are mixed up")
	}
	runtime.KeepAlive(a)
	for range 1000 {
		if runtime.GC(); all.Len() == 0 {
			break
		}
	}
	if n := all.Len(); n != 0 {
		t.Errorf("%d things are left", n)
	}
}
