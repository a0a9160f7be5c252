package httpproxy

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestBucketsGrantNoMore: whatever nginx lets one client do, at once or over an hour, all
// buckets of its zone together let through no more, and at least half of what could be said.
func TestBucketsGrantNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLimits(t)
		n := rapid.IntRange(1, 40).Draw(t, "buckets")
		b, ok := bucket(l, n)
		if !ok {
			return
		}
		if b.Requests < 1 || b.Burst < 0 || units[b.Seconds] == "" || b.Status != 503 {
			t.Fatalf("%+v is no bucket", b)
		}
		if got := n * (b.Requests + b.Burst); got > atOnce(l) {
			t.Fatalf("%d at once, %d before: %+v", got, atOnce(l), b)
		}
		got := n * b.Requests * (3600 / b.Seconds)
		if got > anHour(l) || 2*got < anHour(l)-2*n {
			t.Fatalf("%d in an hour, %d before: %+v", got, anHour(l), b)
		}
	})
}

// TestQuotaGrantsNoMore: a service that counts from one full unit to the next lets twice its
// quota through at once, which must be no more than nginx lets through.
func TestQuotaGrantsNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLimits(t)
		for _, c := range []struct{ rate, burst int }{{l.PerSecond, l.Burst}, {l.PerMinute, l.BurstMinute}} {
			if c.rate == 0 {
				continue
			}
			if q := quota(c.rate, c.burst); q < 1 || q > c.rate || 2*q > 1+c.burst {
				t.Fatalf("%d of %+v", q, c)
			}
		}
		if g := descriptors(l); len(g.Descriptors) != len(granted(l)) || len(g.Descriptors) == 0 {
			t.Fatalf("%+v: %v", g, granted(l))
		}
	})
}

func genLimits(t *rapid.T) intent.Limits {
	by := rapid.IntRange(1, 8).Draw(t, "multiplier")
	l := intent.Limits{PerSecond: rapid.SampledFrom([]int{0, 1, 2, 3, 10, 1000}).Draw(t, "second"), Zone: "n/i"}
	l.PerMinute = rapid.SampledFrom([]int{0, 1, 7, 60, 100, 5000}).Draw(t, "minute")
	if l.PerSecond+l.PerMinute == 0 {
		l.PerSecond = 5
	}
	l.Burst, l.BurstMinute = by*l.PerSecond, by*l.PerMinute
	return l
}

// TestBucketExamples: one bucket alone grants what nginx grants one client.
func TestBucketExamples(t *testing.T) {
	ten := intent.Limits{PerSecond: 10, Burst: 50}
	for _, c := range []struct {
		limits   intent.Limits
		n        int
		requests int
		seconds  int
		burst    int
		ok       bool
	}{
		{ten, 1, 10, 1, 41, true},
		{ten, 3, 3, 1, 14, true},
		{ten, 11, 0, 0, 0, false}, // less than one a second
		{intent.Limits{PerMinute: 30, BurstMinute: 150}, 1, 30, 60, 121, true},
		{intent.Limits{PerMinute: 1, BurstMinute: 5}, 1, 1, 60, 5, true},
		{intent.Limits{PerSecond: 1, Burst: 5}, 2, 0, 0, 0, false},
		{intent.Limits{PerSecond: 10, Burst: 50, PerMinute: 300, BurstMinute: 1500}, 1, 5, 1, 46, true},
	} {
		b, ok := bucket(c.limits, c.n)
		if ok != c.ok || ok && (b.Requests != c.requests || b.Seconds != c.seconds || b.Burst != c.burst) {
			t.Errorf("%+v in %d: got %+v, %v", c.limits, c.n, b, ok)
		}
	}
}
