package policy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// hands is a clock that goes on when somebody sleeps.
type hands struct {
	now   time.Time
	slept time.Duration
	end   context.CancelCauseFunc // ends the context at the second sleep
}

func (c *hands) clock() Clock {
	return Clock{Now: func() time.Time { return c.now }, Sleep: func(ctx context.Context, d time.Duration) error {
		if c.end != nil && c.slept > 0 {
			c.end(errGone)
		}
		c.now, c.slept = c.now.Add(d), c.slept+d
		return context.Cause(ctx)
	}}
}

var errGone = errors.New("the client is gone")

// flushed counts how often it is flushed.
type flushed struct {
	bytes.Buffer
	flushes int
}

func (f *flushed) Flush() { f.flushes++ }

func TestThrottle(t *testing.T) {
	start := time.UnixMilli(1_000_000)
	body := bytes.Repeat([]byte("0123456789"), 100)
	for _, c := range []struct {
		name        string
		rate, after int
		slept       time.Duration
	}{
		{"no rate", 0, 10, 0},
		{"within the first second", 1000, 0, 0},
		{"four seconds", 200, 0, 4 * time.Second},
		{"behind the first bytes", 100, 700, 2 * time.Second},
		{"all of them free", 1, 2000, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := mustLimit(t, NewZones(), intent.Limits{Rate: c.rate, RateAfter: c.after})
			clock, out := &hands{now: start}, &flushed{}
			w := l.Throttle(start).Writer(context.Background(), out, clock.clock())
			n, err := w.Write(body)
			if err != nil || n != len(body) || !bytes.Equal(out.Bytes(), body) {
				t.Fatalf("wrote %d: %v", n, err)
			}
			if clock.slept != c.slept || out.flushes != int(c.slept/time.Second) {
				t.Errorf("slept %v and flushed %d times, want %v", clock.slept, out.flushes, c.slept)
			}
		})
	}
}

func TestThrottleEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	clock := &hands{now: time.UnixMilli(1000), end: cancel}
	w := NewThrottle(10, 0, clock.now).Writer(ctx, io.Discard, clock.clock())
	if n, err := w.Write(make([]byte, 100)); n != 20 || !errors.Is(err, errGone) {
		t.Errorf("wrote %d: %v", n, err)
	}
	broken := errors.New("broken pipe")
	w = NewThrottle(10, 0, clock.now).Writer(context.Background(), failing{broken}, clock.clock())
	if n, err := w.Write(make([]byte, 100)); n != 3 || !errors.Is(err, broken) {
		t.Errorf("wrote %d: %v", n, err)
	}
	var none *Limit
	if none.Throttle(clock.now) != nil || (*Throttle)(nil).Writer(ctx, io.Discard, Clock{}) != io.Discard {
		t.Error("no limit paces")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 3, f.err }

// TestSystemClock: a sleep ends with its context.
func TestSystemClock(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errGone)
	clock := SystemClock()
	if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, errGone) {
		t.Errorf("got %v", err)
	}
	if err := clock.Sleep(context.Background(), time.Nanosecond); err != nil || clock.Now().IsZero() {
		t.Errorf("got %v", err)
	}
}

// TestThrottlePace: at no time more is granted than the free bytes and the rate for each
// second that has begun, and one who waits as told always gets on.
func TestThrottlePace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, free := rapid.Int64Range(1, 1000).Draw(t, "rate"), rapid.Int64Range(0, 5000).Draw(t, "free")
		start := time.UnixMilli(5_000_000)
		th, now, sent := NewThrottle(rate, free, start), start, int64(0)
		for range 50 {
			now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "pause")) * time.Millisecond)
			n, wait := th.Grant(rapid.IntRange(1, 3000).Draw(t, "bytes"), now)
			if sent += int64(n); sent > free+rate*int64(now.Sub(start)/time.Second+1) {
				t.Fatalf("%d bytes after %v", sent, now.Sub(start))
			}
			if n > 0 {
				continue
			}
			now = now.Add(wait)
			one, _ := th.Grant(1, now)
			if sent += int64(one); one != 1 {
				t.Fatalf("nothing granted after a wait of %v", wait)
			}
		}
	})
}
