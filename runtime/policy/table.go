package policy

import (
	"hash/maphash"
	"sync"
)

// A table holds at most shards*perShard clients: about as many as a zone of 10 MB, the size
// that ingress-nginx gives its zones, holds in nginx.
const (
	shards   = 64
	perShard = 1280
)

// table keeps a value for each of many clients in bounded memory. Its shards are locked on
// their own, so that clients seldom wait for each other.
type table[V any] struct {
	seed   maphash.Seed // clients can't choose their shard
	shards [shards]shard[V]
}

func newTable[V any]() *table[V] {
	t := &table[V]{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].at = map[address]int32{}
		t.shards[i].newest, t.shards[i].oldest = none, none
	}
	return t
}

// shard is that of a client.
func (t *table[V]) shard(key address) *shard[V] {
	return &t.shards[maphash.Comparable(t.seed, key)%shards]
}

// shard is a part of a table; mu guards everything.
type shard[V any] struct {
	mu             sync.Mutex
	at             map[address]int32
	slots          []slot[V]
	newest, oldest int32 // ends of the list of slots that may be taken for another client
}

// none is no slot.
const none int32 = -1

// slot is one client's; newer and older are its neighbours in the list.
type slot[V any] struct {
	key          address
	newer, older int32
	value        V
}

// find is the slot of a client, or none.
func (s *shard[V]) find(key address) int32 {
	if i, ok := s.at[key]; ok {
		return i
	}
	return none
}

// add is a slot for a client that has none, not in the list; where the shard is full it is
// the one that was let go first, or none if all are held. A slot that was another client's
// still has its value.
func (s *shard[V]) add(key address) int32 {
	i := int32(len(s.slots))
	if i < perShard {
		s.slots = append(s.slots, slot[V]{newer: none, older: none})
	} else if i = s.oldest; i == none {
		return none
	} else {
		s.hold(i)
		delete(s.at, s.slots[i].key)
	}
	s.slots[i].key = key
	s.at[key] = i
	return i
}

// hold takes a slot out of the list.
func (s *shard[V]) hold(i int32) {
	newer, older := s.slots[i].newer, s.slots[i].older
	if newer != none {
		s.slots[newer].older = older
	} else {
		s.newest = older
	}
	if older != none {
		s.slots[older].newer = newer
	} else {
		s.oldest = newer
	}
	s.slots[i].newer, s.slots[i].older = none, none
}

// letGo puts a slot that is not in the list to its newest end.
func (s *shard[V]) letGo(i int32) {
	s.slots[i].newer, s.slots[i].older = none, s.newest
	if s.newest != none {
		s.slots[s.newest].newer = i
	} else {
		s.oldest = i
	}
	s.newest = i
}
