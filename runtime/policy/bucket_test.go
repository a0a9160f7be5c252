package policy

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestBucketLikeEnvoy: a bucket of 3 tokens of which 2 a second come back, asked every 50 ms
// for three seconds, as recorded of Envoy 1.38.3.
func TestBucketLikeEnvoy(t *testing.T) {
	b := NewBucket(&intent.LocalLimit{Requests: 2, Seconds: 1, Burst: 1})
	var got []int
	for ms := 0; ms <= 3000; ms += 50 {
		if b.Take(time.UnixMilli(int64(ms))) {
			got = append(got, ms)
		}
	}
	if want := []int{0, 50, 100, 500, 1000, 1500, 2000, 2500, 3000}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBucketEdges(t *testing.T) {
	now := time.UnixMilli(1_795_386_728_000)
	for _, c := range []struct {
		name string
		l    intent.LocalLimit
		want int // of 20 at once
	}{
		{"no requests", intent.LocalLimit{Seconds: 1, Burst: 5}, 0},
		{"negative burst", intent.LocalLimit{Requests: 3, Seconds: 1, Burst: -5}, 3},
		{"no unit is a second", intent.LocalLimit{Requests: 3}, 3},
		{"huge", intent.LocalLimit{Requests: 1, Seconds: 3600, Burst: 1 << 40}, 20},
		{"very many a second", intent.LocalLimit{Requests: 1 << 40, Seconds: 1}, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, got := NewBucket(&c.l), 0
			for range 20 {
				if b.Take(now) {
					got++
				}
			}
			if got != c.want {
				t.Errorf("%d tokens, want %d", got, c.want)
			}
		})
	}
	if b := NewBucket(nil); b != nil || !b.Take(now) {
		t.Error("no limit refuses")
	}
}

// TestBucketClock: a clock that is set back neither fills the bucket nor closes it for ever.
func TestBucketClock(t *testing.T) {
	b := NewBucket(&intent.LocalLimit{Requests: 1, Seconds: 1})
	late, early := time.UnixMilli(10_000_000), time.UnixMilli(1_000)
	if !b.Take(late) || b.Take(early) {
		t.Fatal("the bucket is filled by the clock")
	}
	if b.Take(early) || !b.Take(early.Add(time.Second)) || b.Take(early.Add(time.Second)) {
		t.Error("it stays closed, or opens too far")
	}
}

// TestBucketWindow: in no window more than its time times the rate and a full bucket.
func TestBucketWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := intent.LocalLimit{
			Requests: rapid.IntRange(1, 50).Draw(t, "requests"), Seconds: rapid.SampledFrom([]int{1, 60}).Draw(t, "unit"),
			Burst: rapid.IntRange(0, 10).Draw(t, "burst"),
		}
		b := NewBucket(&l)
		checkWindows(t, float64(l.Requests)/float64(l.Seconds), float64(l.Requests+l.Burst), time.Duration(l.Seconds)*time.Millisecond, b.Take)
	})
}

func TestBuckets(t *testing.T) {
	all := NewBuckets()
	l := &intent.LocalLimit{Requests: 1, Seconds: 1}
	one := all.Bucket("r", l)
	same := *l
	same.Status = 418
	if all.Bucket("r", &same) != one {
		t.Error("a bucket starts anew though its rate is the same")
	}
	if all.Bucket("other", l) == one {
		t.Error("two routes share")
	}
	same.Burst = 1
	if all.Bucket("r", &same) == one {
		t.Error("a changed bucket goes on")
	}
	if all.Bucket("r", nil) != nil {
		t.Error("a bucket without a limit")
	}
	for range 100 {
		if runtime.GC(); all.all.Len() == 1 {
			runtime.KeepAlive(one)
			return
		}
	}
	t.Errorf("%d buckets are left", all.all.Len())
}
