// Package kept keeps what outlives those who made it, such as counters of a policy that is
// compiled again: as long as somebody refers to it, and no longer.
package kept

import (
	"runtime"
	"sync"
	"weak"
)

// Things are kept by key. The zero value is not ready to use.
type Things[K comparable, V any] struct{ shared *shared[K, V] }

type shared[K comparable, V any] struct {
	mu sync.Mutex
	at map[K]weak.Pointer[V]
}

// New is without any thing.
func New[K comparable, V any]() Things[K, V] {
	return Things[K, V]{&shared[K, V]{at: map[K]weak.Pointer[V]{}}}
}

// Get is the thing of that key, made if there is none. It may be called by several goroutines.
func (t Things[K, V]) Get(key K, make func() *V) *V {
	s := t.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.at[key].Value(); v != nil {
		return v
	}
	v := make()
	s.at[key] = weak.Make(v)
	runtime.AddCleanup(v, s.forget, key)
	return v
}

// forget drops an entry whose thing is gone.
func (s *shared[K, V]) forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at[key].Value() == nil {
		delete(s.at, key)
	}
}

// Len is the number of keys.
func (t Things[K, V]) Len() int {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	return len(t.shared.at)
}
