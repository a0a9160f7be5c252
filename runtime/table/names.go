package table

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// Names finds what belongs to a name, as a map does, but does not change: With gives the
// next one, which shares with it what is as before. So a change costs what it changes and a
// few places on the way there (a hash trie, as Bagwell's), not a copy of all names.
type Names[T any] struct {
	seed maphash.Seed
	mask uint64 // what counts of a hash; less only where tests want names with one hash
	root *branch[T]
	len  int
}

// A branch has a slot for each value of the next few bits of a hash that a name has. Behind
// the last bits the slots are a list of names with one hash.
type branch[T any] struct {
	owner *token // of the step that may still change it
	bits  uint32 // the values that there are slots for; unused by a list
	slots []slot[T]
}

// slot is a name, or a branch of names whose hashes begin alike.
type slot[T any] struct {
	down *branch[T]
	name string
	to   T
}

const (
	levelBits = 5
	hashBits  = 64
)

// NewNames is without any name.
func NewNames[T any]() *Names[T] { return &Names[T]{seed: maphash.MakeSeed(), mask: ^uint64(0)} }

// Len is how many names there are.
func (n *Names[T]) Len() int { return n.len }

func (n *Names[T]) hash(name string) uint64 { return maphash.String(n.seed, name) & n.mask }

// Get is what belongs to a name, and whether the name is there.
func (n *Names[T]) Get(name string) (to T, found bool) {
	b := n.root
	if b == nil {
		return to, false
	}
	h := n.hash(name)
	for range (hashBits + levelBits - 1) / levelBits {
		bit := bitOf(h)
		if b.bits&bit == 0 {
			return to, false
		}
		s := &b.slots[b.at(bit)]
		if s.down == nil {
			if s.name == name {
				return s.to, true
			}
			return to, false
		}
		b, h = s.down, h>>levelBits
	}
	if i := b.listed(name); i >= 0 {
		return b.slots[i].to, true
	}
	return to, false
}

// All are the names with what belongs to them, in no order.
func (n *Names[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) { n.root.all(yield) }
}

func (b *branch[T]) all(yield func(string, T) bool) bool {
	if b == nil {
		return true
	}
	for i := range b.slots {
		s := &b.slots[i]
		if s.down != nil && !s.down.all(yield) || s.down == nil && !yield(s.name, s.to) {
			return false
		}
	}
	return true
}

func bitOf(h uint64) uint32 { return 1 << (h & (1<<levelBits - 1)) }

// at is where the slot of a bit stands, or would stand.
func (b *branch[T]) at(bit uint32) int { return bits.OnesCount32(b.bits & (bit - 1)) }

// listed is where a name stands in a list, -1 if it does not.
func (b *branch[T]) listed(name string) int {
	return slices.IndexFunc(b.slots, func(s slot[T]) bool { return s.name == name })
}

// With are the names without those of gone, and with those of set, which may be among gone.
func (n *Names[T]) With(set map[string]T, gone []string) *Names[T] {
	next := n.step()
	for _, name := range gone {
		next.remove(name)
	}
	for name, to := range set {
		next.set(name, to)
	}
	return next.Names
}

// step makes the next names. What it has copied once it changes from then on.
type step[T any] struct {
	*Names[T]
	token *token
}

// token tells steps apart, and leads nowhere: branches keep it for long.
type token struct{ _ byte }

func (n *Names[T]) step() *step[T] {
	next := *n
	return &step[T]{&next, &token{}}
}

func (s *step[T]) set(name string, to T) {
	if _, found := s.Get(name); !found {
		s.len++
	}
	s.root = s.put(s.root, 0, s.hash(name), slot[T]{name: name, to: to})
}

func (s *step[T]) remove(name string) {
	if _, found := s.Get(name); found {
		s.root = s.drop(s.root, 0, s.hash(name), name)
		s.len--
	}
}

// own is the branch, or a copy of it, that may be changed.
func (s *step[T]) own(b *branch[T]) *branch[T] {
	switch {
	case b == nil:
		return &branch[T]{owner: s.token}
	case b.owner == s.token:
		return b
	}
	return &branch[T]{s.token, b.bits, slices.Clone(b.slots)}
}

// put puts a name in; h is what is left of its hash at the depth, in bits.
func (s *step[T]) put(b *branch[T], depth int, h uint64, what slot[T]) *branch[T] {
	b = s.own(b)
	if depth >= hashBits {
		if i := b.listed(what.name); i >= 0 {
			b.slots[i] = what
		} else {
			b.slots = append(b.slots, what)
		}
		return b
	}
	bit := bitOf(h)
	at := b.at(bit)
	if b.bits&bit == 0 {
		b.bits |= bit
		b.slots = slices.Insert(b.slots, at, what)
		return b
	}
	there := &b.slots[at]
	if there.down == nil && there.name == what.name {
		*there = what
		return b
	}
	down := there.down
	if down == nil { // two names with the same bits so far
		down = s.put(nil, depth+levelBits, s.hash(there.name)>>(depth+levelBits), *there)
	}
	*there = slot[T]{down: s.put(down, depth+levelBits, h>>levelBits, what)}
	return b
}

// drop takes out a name that is there; nil is left if it was the only one.
func (s *step[T]) drop(b *branch[T], depth int, h uint64, name string) *branch[T] {
	b = s.own(b)
	bit, at := bitOf(h), 0
	if depth < hashBits {
		at = b.at(bit)
		if down := b.slots[at].down; down != nil {
			down = s.drop(down, depth+levelBits, h>>levelBits, name)
			if b.slots[at] = (slot[T]{down: down}); len(down.slots) == 1 && down.slots[0].down == nil {
				b.slots[at] = down.slots[0] // a name alone needs no branch
			}
			return b
		}
		b.bits &^= bit
	} else {
		at = b.listed(name)
	}
	if b.slots = slices.Delete(b.slots, at, at+1); len(b.slots) == 0 {
		return nil
	}
	return b
}
