package policy

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// wellLinked says what is wrong with a shard: the list must hold each slot of a client that
// may be forgotten once, in both directions, and the index every slot by its key.
func wellLinked[V any](s *shard[V], idle func(V) bool) error {
	listed := map[int32]bool{}
	last := none
	for i := s.newest; i != none; i = s.slots[i].older {
		if listed[i] || s.slots[i].newer != last {
			return fmt.Errorf("slot %d stands twice in the list, or has the wrong neighbour", i)
		}
		listed[i], last = true, i
	}
	if s.oldest != last {
		return fmt.Errorf("the list ends with %d, not %d", last, s.oldest)
	}
	for i := range s.slots {
		if slot := &s.slots[i]; s.at[slot.key] != int32(i) || idle(slot.value) != listed[int32(i)] {
			return fmt.Errorf("slot %d: index %d, idle %v, listed %v", i, s.at[slot.key], idle(slot.value), listed[int32(i)])
		}
	}
	if len(s.at) != len(s.slots) {
		return fmt.Errorf("%d clients in %d slots", len(s.at), len(s.slots))
	}
	return nil
}

// TestConnectionsCount: whoever comes and goes, each client has as many connections as were
// let in and have not left, and is refused beyond the limit or where its shard is full.
func TestConnectionsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newConnections()
		s := c.clients.shard(address{})
		for i := range perShard - 3 { // clients that stay
			slot := s.add(address{1, byte(i), byte(i >> 8)})
			s.slots[slot].value.count = 1
		}
		var keys []address // others of this shard
		for i := 0; len(keys) < 6; i++ {
			if key := (address{2, byte(i), byte(i >> 8)}); c.clients.shard(key) == s {
				keys = append(keys, key)
			}
		}
		left := map[address][]func(){}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := keys[rapid.IntRange(0, len(keys)-1).Draw(t, "client")]
			mine := left[key]
			if len(mine) > 0 && rapid.Bool().Draw(t, "leaves") {
				mine[0]()
				if left[key] = mine[1:]; len(mine) == 1 {
					delete(left, key)
				}
			} else {
				want := len(mine) < 2 && (len(mine) > 0 || len(left) < 3)
				leave, ok := c.enter(key, 2)
				if ok != want {
					t.Fatalf("came in: %v, want %v", ok, want)
				}
				if ok {
					left[key] = append(mine, leave)
				}
			}
			if err := wellLinked(s, func(o open) bool { return o.count == 0 }); err != nil {
				t.Fatal(err)
			}
		}
	})
}
