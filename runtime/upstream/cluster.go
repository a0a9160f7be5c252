package upstream

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
)

// Cluster is the endpoints of a Set reached in one way, with their connection pools and
// their balancer. It may be used by several goroutines.
type Cluster struct {
	set     *Set
	options Options
	view    atomic.Pointer[view]
	turn    atomic.Uint64 // of round robin
}

// view is the endpoints of a cluster at one time.
type view struct {
	endpoints []*Endpoint // by address
	ring      *ring       // of the strategy "hash"
}

// New makes a cluster that follows set until Close. An unknown strategy is "round_robin".
func New(set *Set, o Options) *Cluster {
	c := &Cluster{set: set, options: o.withDefaults()}
	c.turn.Store(uint64(rand.Uint32()))
	c.view.Store(&view{})
	set.join(c)
	return c
}

// Close lets go of the endpoints as they are: idle connections are closed, those in use end
// with their request, and so do new ones of whoever still asks, for a request that chose the
// cluster before.
func (c *Cluster) Close() { c.set.leave(c) }

// Endpoints are all that requests can go to at present, by address; the slice must not be
// changed.
func (c *Cluster) Endpoints() []*Endpoint { return c.view.Load().endpoints }

// ByAddress finds an endpoint, or nil if there is none of that address (any more).
func (c *Cluster) ByAddress(address string) *Endpoint {
	return find(c.Endpoints(), address)
}

func find(sorted []*Endpoint, address string) *Endpoint {
	i, found := slices.BinarySearchFunc(sorted, address, func(e *Endpoint, a string) int { return strings.Compare(e.address, a) })
	if !found {
		return nil
	}
	return sorted[i]
}

// follow makes the view of new addresses: endpoints whose address stays stay as they are,
// the others are closed. The set's lock is held.
func (c *Cluster) follow(addresses []string) {
	old := c.Endpoints()
	v := &view{endpoints: make([]*Endpoint, 0, len(addresses))}
	start := typicalScore(old)
	for _, a := range addresses {
		e := find(old, a)
		if e == nil {
			e = newEndpoint(a, &c.options, start)
		}
		v.endpoints = append(v.endpoints, e)
	}
	if c.options.Strategy == "hash" {
		v.ring = newRing(v.endpoints)
	}
	c.view.Store(v)
	for _, e := range old {
		if find(v.endpoints, e.address) == nil {
			e.close()
		}
	}
}
