package upstream

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var strategies = []string{"round_robin", "random", "least_request", "ewma", "hash"}

// addresses makes n of them.
func addresses(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("10.0.%d.%d:8080", i/250, i%250+1)
	}
	slices.Sort(all)
	return all
}

func TestPickAvoidsTried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9).Draw(t, "n")
		c := New(NewSet(addresses(n)...), Options{Strategy: rapid.SampledFrom(strategies).Draw(t, "strategy"), SubsetSize: rapid.IntRange(0, 4).Draw(t, "subset")})
		defer c.Close()
		var tried []*Endpoint
		for i := range 2 * n {
			e := c.Pick(rapid.Uint64().Draw(t, "hash"), tried)
			if e == nil || i < n && slices.Contains(tried, e) {
				t.Fatalf("pick %d of %d gave %v again, or none", i, n, e)
			}
			tried = append(tried, e)
		}
		if e := c.Pick(0, nil); n == 0 && e != nil {
			t.Fatalf("got %v of none", e)
		}
	})
}

func TestPickDoesNotAllocate(t *testing.T) {
	for _, strategy := range strategies {
		c := cluster(t, Options{Strategy: strategy, SubsetSize: 3}, addresses(20)...)
		tried := c.Endpoints()[:2]
		if n := testing.AllocsPerRun(100, func() { c.Pick(7, nil); c.Pick(8, tried) }); n != 0 {
			t.Errorf("%s: %v allocations", strategy, n)
		}
	}
}

// counts picks many times.
func counts(c *Cluster, n int) map[string]int {
	got := map[string]int{}
	for i := range n {
		got[c.Pick(uint64(i), nil).Address()]++
	}
	return got
}

func TestPickIsFair(t *testing.T) {
	for _, strategy := range strategies {
		c := cluster(t, Options{Strategy: strategy}, addresses(10)...)
		for a, n := range counts(c, 10000) {
			low, high := 700, 1300
			if strategy == "round_robin" {
				low, high = 1000, 1000
			}
			if n < low || n > high {
				t.Errorf("%s: %s got %d of 10000", strategy, a, n)
			}
		}
	}
}

func TestRoundRobinStartsAnywhere(t *testing.T) {
	first := map[string]bool{}
	for range 100 {
		c := New(NewSet(addresses(10)...), Options{})
		first[c.Pick(0, nil).Address()] = true
		c.Close()
	}
	if len(first) < 5 {
		t.Errorf("100 clusters began with %v only", first)
	}
}

func TestLeastRequestTakesTheIdler(t *testing.T) {
	c := cluster(t, Options{Strategy: "least_request"}, addresses(2)...)
	busy := c.Endpoints()[0]
	busy.active.Add(3)
	if n := counts(c, 100)[busy.Address()]; n != 0 {
		t.Errorf("the busy one of two was taken %d times", n)
	}
}

func TestEWMATakesTheFaster(t *testing.T) {
	c := cluster(t, Options{Strategy: "ewma"}, addresses(2)...)
	slow, fast := c.Endpoints()[0], c.Endpoints()[1]
	at := now() + int64(time.Second)
	slow.score.add(time.Second, at)
	fast.score.add(time.Millisecond, at)
	if n := counts(c, 100)[slow.Address()]; n != 0 {
		t.Errorf("the slow one of two was taken %d times", n)
	}
	if was, is := slow.score.at(at), slow.score.at(at+int64(scoreDecay)); math.Abs(is-was/math.E) > 1e-9 {
		t.Errorf("a score of %v decayed to %v in %v", was, is, scoreDecay)
	}
	c.set.Store(addresses(3))
	fresh := c.ByAddress(addresses(3)[2])
	if s := fresh.score.at(now()); s <= 0 || s > slow.score.at(now()) {
		t.Errorf("a new endpoint begins at %v", s)
	}
}

func TestHashStays(t *testing.T) {
	c := cluster(t, Options{Strategy: "hash"}, addresses(10)...)
	before := map[uint64]string{}
	for key := range uint64(5000) {
		before[key] = c.Pick(key, nil).Address()
	}
	gone := addresses(10)[3]
	c.set.Store(slices.Delete(addresses(10), 3, 4))
	for key, was := range before {
		if is := c.Pick(key, nil).Address(); is != was && was != gone {
			t.Fatalf("key %d moved from %s to %s, though %s went", key, was, is, gone)
		}
	}
	c.set.Store(addresses(10))
	for key, was := range before {
		if is := c.Pick(key, nil).Address(); is != was {
			t.Fatalf("key %d is on %s instead of %s", key, is, was)
		}
	}
}

func TestHashSubset(t *testing.T) {
	c := cluster(t, Options{Strategy: "hash", SubsetSize: 3}, addresses(10)...)
	for key := range uint64(20) {
		got := map[string]bool{}
		for range 200 {
			got[c.Pick(key, nil).Address()] = true
		}
		if len(got) != 3 {
			t.Errorf("key %d went to %d endpoints, want 3", key, len(got))
		}
	}
}
