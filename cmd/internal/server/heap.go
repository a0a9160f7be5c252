package server

import (
	"os"
	"runtime"
	"runtime/debug"
)

// heapFloor is never used: it makes the heap, which is a few MB on a small edge, large enough
// that garbage is not collected many times a second. No memory stands behind it.
const heapFloor = 32 << 20

// growth is by how many percent the heap may grow before garbage is collected, unless the
// environment variable GOGC says so. The tables of many hosts are large and live long: to look
// at them as often as Go's 100 % has it, costs a tenth of the processor with 10,000 hosts.
const growth = 200

// easeGC sees to both until the function that it gives is called.
func easeGC() (end func()) {
	floor, before := make([]byte, heapFloor), growth
	if os.Getenv("GOGC") == "" {
		before = debug.SetGCPercent(growth)
	}
	return func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(before)
		}
		runtime.KeepAlive(floor)
	}
}
