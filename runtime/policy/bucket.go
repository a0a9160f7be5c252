package policy

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/kept"
)

// Bucket is Envoy's local rate limit: one bucket of tokens for all requests. It is full in
// the beginning, holds Requests and Burst, and each request takes a token; Requests of them
// come back in Seconds, evenly, as recorded of Envoy 1.38.3 (not all at the end of each
// interval, as older ones did). A nil Bucket lets everything through.
type Bucket struct {
	token int64        // nanoseconds until a token comes back, rounded up
	full  int64        // nanoseconds until all have
	empty atomic.Int64 // when the bucket would have been empty, in nanoseconds since 1970
}

// most keeps sums of times within 64 bits: 73 years.
const most = math.MaxInt64 / 4

// NewBucket makes a full bucket. A nil limit gives a nil Bucket; without Requests the
// Bucket lets nothing through.
func NewBucket(l *intent.LocalLimit) *Bucket {
	if l == nil {
		return nil
	}
	b := &Bucket{token: most}
	b.empty.Store(math.MinInt64 / 2)
	if l.Requests <= 0 {
		return b
	}
	interval := int64(min(max(l.Seconds, 1), 1e9)) * 1e9
	b.token = (interval-1)/int64(l.Requests) + 1
	b.full = min(int64(l.Requests)+int64(max(l.Burst, 0)), most/b.token) * b.token
	return b
}

// Take takes a token, if there is one at that time.
func (b *Bucket) Take(now time.Time) bool {
	if b == nil {
		return true
	}
	t := now.UnixNano()
	for {
		was := b.empty.Load()
		if was > t { // the clock was set back: the bucket fills from now on
			b.empty.CompareAndSwap(was, t)
			continue
		}
		from := max(was, t-b.full)
		if t-from < b.token {
			return false
		}
		if b.empty.CompareAndSwap(was, from+b.token) {
			return true
		}
	}
}

// Buckets keep the buckets of routes when these are compiled again. One that no route refers
// to any more goes away with the next garbage collection.
type Buckets struct {
	all kept.Things[bucketKey, Bucket]
}

// bucketKey is a route and what its bucket is made of.
type bucketKey struct {
	route                    string
	requests, seconds, burst int
}

// NewBuckets is without any bucket.
func NewBuckets() *Buckets { return &Buckets{kept.New[bucketKey, Bucket]()} }

// Bucket is that of a route, which may have any name that does not change; with other
// settings it is a new one. A nil limit gives a nil Bucket.
func (b *Buckets) Bucket(route string, l *intent.LocalLimit) *Bucket {
	if l == nil {
		return nil
	}
	key := bucketKey{route, l.Requests, l.Seconds, l.Burst}
	return b.all.Get(key, func() *Bucket { return NewBucket(l) })
}
