package policy

import (
	"runtime"
	"sync"
	"weak"
)

// registry keeps things by key as long as somebody refers to them.
type registry[K comparable, V any] struct{ shared *shared[K, V] }

type shared[K comparable, V any] struct {
	mu sync.Mutex
	at map[K]weak.Pointer[V]
}

func newRegistry[K comparable, V any]() registry[K, V] {
	return registry[K, V]{&shared[K, V]{at: map[K]weak.Pointer[V]{}}}
}

// get is the thing of that key, made if there is none; one that is not to be kept is made
// in any case.
func (r registry[K, V]) get(key K, keep bool, make func() *V) *V {
	if !keep {
		return make()
	}
	s := r.shared
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

// size is the number of entries.
func (r registry[K, V]) size() int {
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	return len(r.shared.at)
}
