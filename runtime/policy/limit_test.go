package policy

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

var someone = netip.MustParseAddr("192.0.2.1")

func mustLimit(t testing.TB, z *Zones, l intent.Limits) *Limit {
	t.Helper()
	out, err := z.Limit(&l)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// enter asks n times at once and says how many came in.
func enter(l *Limit, client netip.Addr, now time.Time, n int) (in int) {
	for range n {
		if leave, ok := comeIn(l, client, now); ok {
			leave()
			in++
		}
	}
	return in
}

// TestLimitRequests: the hosts rl.t and rl2.t of the recordings of ingress-nginx, and what
// comes back later.
func TestLimitRequests(t *testing.T) {
	start := time.UnixMilli(1_795_386_728_000)
	for _, c := range []struct {
		name   string
		l      intent.Limits
		steps  []time.Duration
		counts []int // of 30 requests at each step
	}{
		{"2 a second, burst 10", intent.Limits{PerSecond: 2, Burst: 10}, []time.Duration{0, 0, 500 * time.Millisecond, time.Minute}, []int{11, 0, 1, 11}},
		{"2 a minute, burst 2", intent.Limits{PerMinute: 2, BurstMinute: 2}, []time.Duration{0, 29 * time.Second, 31 * time.Second}, []int{3, 0, 1}},
		{"no burst", intent.Limits{PerSecond: 1}, []time.Duration{0, 999 * time.Millisecond, time.Second}, []int{1, 0, 1}},
		{"the clock goes back", intent.Limits{PerSecond: 1}, []time.Duration{0, -time.Second, -2 * time.Minute, -119 * time.Second}, []int{1, 0, 0, 1}},
		{
			"the minute is stricter", intent.Limits{PerSecond: 10, PerMinute: 6, Burst: 50, BurstMinute: 30},
			[]time.Duration{0, time.Second, 11 * time.Second}, []int{30, 1, 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := mustLimit(t, NewZones(), c.l)
			for i, step := range c.steps {
				if got := enter(l, someone, start.Add(step), 30); got != c.counts[i] {
					t.Errorf("after %v: %d came in, want %d", step, got, c.counts[i])
				}
			}
		})
	}
}

func TestLimitExempt(t *testing.T) {
	l := mustLimit(t, NewZones(), intent.Limits{PerSecond: 1, Connections: 1, Exempt: []string{"10.0.0.0/8"}})
	if got := enter(l, netip.MustParseAddr("::ffff:10.1.2.3"), time.UnixMilli(1000), 9); got != 9 {
		t.Errorf("%d of the exempt came in", got)
	}
	if _, err := NewZones().Limit(&intent.Limits{Exempt: []string{"x"}}); err == nil || !strings.HasPrefix(err.Error(), `limits: exempt: "x" is no network`) {
		t.Errorf("got %v", err)
	}
	var none *Limit
	if leave, ok := comeIn(none, someone, time.Time{}); !ok {
		t.Error("no limit refuses")
	} else {
		leave()
	}
	if l, err := NewZones().Limit(nil); l != nil || err != nil {
		t.Errorf("got %v, %v", l, err)
	}
}

// TestLimitConnections: the host rl3.t of the recordings, and that a place is free again.
func TestLimitConnections(t *testing.T) {
	l := mustLimit(t, NewZones(), intent.Limits{Connections: 2})
	now := time.UnixMilli(1000)
	one, ok1 := comeIn(l, someone, now)
	two, ok2 := comeIn(l, someone, now)
	if _, ok := comeIn(l, someone, now); !ok1 || !ok2 || ok {
		t.Fatalf("got %v, %v, %v", ok1, ok2, ok)
	}
	if _, ok := comeIn(l, netip.MustParseAddr("192.0.2.2"), now); !ok {
		t.Error("another client is refused")
	}
	one()
	three, ok := comeIn(l, someone, now)
	if !ok {
		t.Fatal("no place is free")
	}
	two()
	three()
	if got := enter(l, someone, now, 5); got != 5 {
		t.Errorf("%d came in one after the other", got)
	}
}

// TestConnectionsBounded: a shard that is full of connections refuses further clients, and
// takes them when one has left.
func TestConnectionsBounded(t *testing.T) {
	c := newConnections()
	s := c.clients.shard(address{})
	s.mu.Lock()
	for i := range perShard {
		slot := s.add(address{1, byte(i), byte(i >> 8)})
		s.slots[slot].value = open{count: 1, leave: func() { leaveSlot(s, slot) }}
	}
	s.mu.Unlock()
	if _, ok := c.enter(address{}, 1); ok {
		t.Fatal("a client came into a full shard")
	}
	s.slots[0].value.leave()
	leave, ok := c.enter(address{}, 1)
	if !ok || len(s.at) != perShard {
		t.Fatalf("got %v, %d clients", ok, len(s.at))
	}
	leave()
}

// TestRequestsBounded: the table does not grow beyond its bound, and forgets first who asked
// longest ago.
func TestRequestsBounded(t *testing.T) {
	l := mustLimit(t, NewZones(), intent.Limits{PerSecond: 1})
	for i := range 3 * shards * perShard {
		client := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		comeIn(l, client, time.UnixMilli(1000))
		comeIn(l, someone, time.UnixMilli(1000))
	}
	for i := range l.requests.clients.shards {
		s := &l.requests.clients.shards[i]
		if len(s.at) > perShard || len(s.slots) > perShard {
			t.Fatalf("%d clients in %d slots", len(s.at), len(s.slots))
		}
		if err := wellLinked(s, func(leaky) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
	if got := enter(l, someone, time.UnixMilli(1000), 1); got != 0 {
		t.Error("a client that asks all the time was forgotten")
	}
}

func TestZonesAreShared(t *testing.T) {
	z := NewZones()
	now := time.UnixMilli(1000)
	limits := intent.Limits{Zone: "a", PerSecond: 1, Connections: 1}
	first := mustLimit(t, z, limits)
	if got := enter(first, someone, now, 2); got != 1 {
		t.Fatalf("%d came in", got)
	}
	if again := mustLimit(t, z, limits); enter(again, someone, now, 1) != 0 {
		t.Error("a limit that is compiled again starts anew")
	}
	other := limits
	other.Zone = "b"
	if enter(mustLimit(t, z, other), someone, now, 1) != 1 {
		t.Error("another zone shares")
	}
	changed := limits
	changed.PerSecond = 2
	fast := mustLimit(t, z, changed)
	if enter(fast, someone, now, 1) != 1 {
		t.Error("a changed rate does not start anew")
	}
	if fast.open != first.open {
		t.Error("connections are counted anew with the rate")
	}
	nameless := intent.Limits{PerSecond: 1}
	if one, two := mustLimit(t, z, nameless), mustLimit(t, z, nameless); one.requests == two.requests {
		t.Error("limits without a zone share")
	}
	runtime.KeepAlive(first)
}

func TestUnusedZonesGo(t *testing.T) {
	z := NewZones()
	for i := range 10 {
		mustLimit(t, z, intent.Limits{Zone: fmt.Sprint(i), PerSecond: 1, Connections: 1})
	}
	kept := mustLimit(t, z, intent.Limits{Zone: "kept", PerSecond: 1, Connections: 1})
	for range 100 {
		if runtime.GC(); z.requests.Len() == 1 && z.open.Len() == 1 {
			runtime.KeepAlive(kept)
			return
		}
	}
	t.Errorf("%d and %d zones are left", z.requests.Len(), z.open.Len())
}

// TestLimitWindow: in no window more than its time times the rate and the burst and one.
func TestLimitWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := intent.Limits{PerSecond: rapid.IntRange(1, 20).Draw(t, "rate"), Burst: rapid.IntRange(0, 10).Draw(t, "burst")}
		limit, err := NewZones().Limit(&l)
		if err != nil {
			t.Fatal(err)
		}
		checkWindows(t, float64(l.PerSecond), float64(l.Burst+1), time.Millisecond, func(now time.Time) bool {
			_, ok := comeIn(limit, someone, now)
			return ok
		})
	})
}

// checkWindows asks at growing times and compares every window with what may come in.
func checkWindows(t *rapid.T, perSecond, once float64, tick time.Duration, ask func(time.Time) bool) {
	now := time.UnixMilli(1_000_000)
	var in []time.Time
	for _, step := range rapid.SliceOfN(rapid.IntRange(0, 300), 1, 200).Draw(t, "steps") {
		now = now.Add(time.Duration(step) * tick)
		if ask(now) {
			in = append(in, now)
		}
	}
	if len(in) == 0 {
		t.Fatal("not even the first came in")
	}
	for i := range in {
		for j := i; j < len(in); j++ {
			if most := in[j].Sub(in[i]).Seconds()*perSecond + once + 0.01; float64(j-i+1) > most {
				t.Fatalf("%d in %v, at most %v", j-i+1, in[j].Sub(in[i]), most)
			}
		}
	}
}

func TestLimitsAtOnce(t *testing.T) {
	l := mustLimit(t, NewZones(), intent.Limits{PerSecond: 1, Burst: 999, Connections: 4})
	b := NewBucket(&intent.LocalLimit{Requests: 100, Seconds: 1})
	var wait sync.WaitGroup
	in, taken := make([]int, 8), make([]int, 8)
	for w := range in {
		wait.Go(func() {
			for range 500 {
				if b.Take(time.UnixMilli(1000)) {
					taken[w]++
				}
				if leave, ok := comeIn(l, someone, time.UnixMilli(1000)); ok {
					in[w]++
					leave()
				}
			}
		})
	}
	wait.Wait()
	sum := func(list []int) (n int) {
		for _, i := range list {
			n += i
		}
		return n
	}
	if got := sum(in); got > 1000 || got == 0 {
		t.Errorf("%d came in, at most 1000", got)
	}
	if got := sum(taken); got != 100 {
		t.Errorf("%d tokens, want 100", got)
	}
}

// comeIn is Enter for those who do not ask for the status.
func comeIn(l *Limit, client netip.Addr, now time.Time) (leave func(), ok bool) {
	leave, status := l.Enter(client, now)
	return leave, status == 0
}

func TestLimitStatuses(t *testing.T) {
	l := mustLimit(t, NewZones(), intent.Limits{PerSecond: 1, Connections: 1, Status: 429, BusyStatus: 420})
	plain := mustLimit(t, NewZones(), intent.Limits{PerMinute: 1})
	now := time.UnixMilli(1000)
	for _, want := range []int{0, 429} {
		if _, status := l.Enter(someone, now); status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
	if _, status := l.Enter(someone, now.Add(time.Minute)); status != 420 {
		t.Errorf("one more connection: status %d", status)
	}
	plain.Enter(someone, now)
	if _, status := plain.Enter(someone, now); status != 503 {
		t.Errorf("by default: status %d", status)
	}
}
