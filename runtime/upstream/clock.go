package upstream

import "time"

// epoch is where the clock of this package begins.
var epoch = time.Now()

// now is the time in nanoseconds; it never stands at 0, and never goes back.
func now() int64 { return int64(time.Since(epoch)) + 1 }

// instant is a time of now as others understand it; 0 is none.
func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(at - 1))
}
