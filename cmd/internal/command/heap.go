package command

import (
	"os"
	"runtime"
	"runtime/debug"
)

// EaseGC makes the heap grow by a percentage of what is in use, and of floor bytes more, before
// garbage is collected, until the function that it gives is called. The floor is never used: no
// memory stands behind it, and it only keeps a small heap, of a few MB, from being looked at many
// times a second. The percentage is that of the environment variable GOGC, if it is set.
func EaseGC(floor, growth int) (end func()) {
	unused, before := make([]byte, floor), growth
	if os.Getenv("GOGC") == "" {
		before = debug.SetGCPercent(growth)
	}
	return func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(before)
		}
		runtime.KeepAlive(unused)
	}
}
