package automaton

import (
	"math/bits"
	"slices"
)

// sets numbers sets of nodes, which are sorted lists; equal ones have one number. It is a
// hash table of its own, as a map would need a key for each set besides its nodes.
type sets struct {
	nodes []uint32  // of all sets, one behind another
	all   []nodeSet // by number
	table []int32   // numbers and one, by hash; zero is free
}

// nodeSet is one of the sets, and what the exploration knows of it.
type nodeSet struct {
	from, to uint32 // where its nodes are
	first    int32  // the last state that was made with it, and by that all others; -1: none
	groups   *groups
}

// leastTable is the size of a table to begin with, a power of two.
const leastTable = 64

// clear forgets all sets and keeps the room. What it costs goes by the sets to come, not by
// those that were.
func (s *sets) clear() {
	clear(s.all) // lets go of the groups
	s.nodes, s.all = s.nodes[:0], s.all[:0]
	s.resize(leastTable)
}

// resize makes the table anew, without numbers.
func (s *sets) resize(size int) {
	if cap(s.table) < size {
		s.table = make([]int32, size)
		return
	}
	s.table = s.table[:size]
	clear(s.table)
}

// of are the nodes of a set.
func (s *sets) of(number int32) []uint32 {
	at := &s.all[number]
	return s.nodes[at.from:at.to:at.to]
}

// number is that of a set, which is copied if it is new.
func (s *sets) number(nodes []uint32) int32 {
	at := s.search(nodes)
	if known := s.table[at]; known > 0 {
		return known - 1
	}
	from := uint32(len(s.nodes))
	s.nodes = append(s.nodes, nodes...)
	s.all = append(s.all, nodeSet{from: from, to: uint32(len(s.nodes)), first: -1})
	number := int32(len(s.all))
	s.table[at] = number
	if 2*len(s.all) > len(s.table) {
		s.resize(2 * len(s.table))
		for n := range number {
			s.table[s.search(s.of(n))] = n + 1
		}
	}
	return number - 1
}

// search is the place of a set in the table, or the free one where it belongs.
func (s *sets) search(nodes []uint32) int {
	mask := len(s.table) - 1
	at := int(hash(nodes)) & mask
	for s.table[at] > 0 && !slices.Equal(s.of(s.table[at]-1), nodes) {
		at = (at + 1) & mask
	}
	return at
}

func hash(nodes []uint32) uint64 {
	h := uint64(len(nodes)) + 0x9e3779b97f4a7c15
	for _, id := range nodes {
		hi, lo := bits.Mul64(h^uint64(id), 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	return h ^ h>>32
}
