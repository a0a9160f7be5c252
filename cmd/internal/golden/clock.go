package golden

import (
	"sync/atomic"
	"time"
)

// pace is how long a line takes by the clock of a lab.
const pace = 5 * time.Millisecond

// soon is how long after its prediction a request may arrive at somebody with another clock.
const soon = 20 * time.Millisecond

// clock is one that stands still while a line is played.
type clock struct {
	used   bool
	passed atomic.Int64 // nanoseconds
}

// Clock is the time for the limits of somebody who serves the lab: it goes on by the same
// from line to line, however long these take. Which requests are within a limit is then the
// same each time, and predicted without doubt. Without this call predictions go by the time of
// day.
func (l *Lab) Clock() func() time.Time {
	l.clock.used = true
	return l.clock.now
}

func (c *clock) now() time.Time { return time.Unix(1e9, c.passed.Load()) }

// tick lets the time of a line pass.
func (c *clock) tick() { c.passed.Add(int64(pace)) }

// arrival is the time of a prediction, and how much later the request may come.
func (c *clock) arrival() (now time.Time, later time.Duration) {
	if c.used {
		return c.now(), 0
	}
	return time.Now(), soon
}
