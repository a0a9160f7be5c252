package upstream

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Set is the addresses behind a Key. It may be used by several goroutines.
type Set struct {
	addresses atomic.Pointer[[]string]
	mu        sync.Mutex // held while addresses change and clusters come, follow and go
	clusters  map[*Cluster]struct{}
}

// NewSet makes a set of addresses ("ip:port").
func NewSet(addresses ...string) *Set {
	s := &Set{clusters: map[*Cluster]struct{}{}}
	s.Store(addresses)
	return s
}

// Store replaces the addresses ("ip:port"); when it returns, every cluster of the set has
// followed. The slice is copied, and sorted if it is not.
func (s *Set) Store(addresses []string) {
	sorted := slices.Clone(addresses)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addresses.Store(&sorted)
	for c := range s.clusters {
		c.follow(sorted)
	}
}

// Load gives the addresses, sorted and unique; the slice must not be changed.
func (s *Set) Load() []string { return *s.addresses.Load() }

// join makes a cluster follow the set, from its present addresses on.
func (s *Set) join(c *Cluster) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clusters[c] = struct{}{}
	c.follow(s.Load())
}

// leave closes all endpoints of a cluster, which follows the set no longer.
func (s *Set) leave(c *Cluster) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clusters, c)
	for _, e := range c.Endpoints() {
		e.close()
	}
}
