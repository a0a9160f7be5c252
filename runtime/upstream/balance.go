package upstream

import (
	"math/rand/v2"
	"slices"
)

// Strategies are the ways to choose an endpoint that are known.
var Strategies = []string{"round_robin", "least_request", "random", "ewma", "hash"}

// Pick gives the endpoint that the next request goes to, by the cluster's strategy; those
// in tried are avoided while there is another. It is nil if there is none. The hash counts
// only for the strategy "hash". It does not allocate.
func (c *Cluster) Pick(hash uint64, tried []*Endpoint) *Endpoint {
	v := c.view.Load()
	switch len(v.endpoints) {
	case 0:
		return nil
	case 1:
		return v.endpoints[0]
	}
	if len(tried) > 0 && v.fresh(tried) == 0 {
		tried = nil
	}
	switch c.options.Strategy {
	case "hash":
		return v.ring.pick(v.endpoints, hash, c.options.SubsetSize, tried)
	case "random":
		return v.random(tried)
	case "least_request":
		return v.better(tried, func(a, b *Endpoint) bool { return a.active.Load() < b.active.Load() })
	case "ewma":
		at := now()
		return v.better(tried, func(a, b *Endpoint) bool { return a.score.at(at) < b.score.at(at) })
	}
	return v.next(c.turn.Add(1), tried)
}

// fresh counts the endpoints that were not tried.
func (v *view) fresh(tried []*Endpoint) (n int) {
	for _, e := range v.endpoints {
		if !slices.Contains(tried, e) {
			n++
		}
	}
	return n
}

// next is round robin: with equal weights the smoothest order is that of the list.
func (v *view) next(turn uint64, tried []*Endpoint) *Endpoint {
	n := uint64(len(v.endpoints))
	e := v.endpoints[turn%n]
	for i := uint64(1); i < n && slices.Contains(tried, e); i++ {
		e = v.endpoints[(turn+i)%n]
	}
	return e
}

// random takes any endpoint that was not tried.
func (v *view) random(tried []*Endpoint) *Endpoint {
	if len(tried) == 0 {
		return v.endpoints[rand.IntN(len(v.endpoints))]
	}
	return v.untried(rand.IntN(v.fresh(tried)), tried)
}

// untried is the i-th endpoint that was not tried.
func (v *view) untried(i int, tried []*Endpoint) *Endpoint {
	for _, e := range v.endpoints {
		if slices.Contains(tried, e) {
			continue
		}
		if i == 0 {
			return e
		}
		i--
	}
	return nil
}

// better takes the better of two different endpoints, chosen at random (the power of two
// choices).
func (v *view) better(tried []*Endpoint, less func(a, b *Endpoint) bool) *Endpoint {
	n := len(v.endpoints)
	if len(tried) > 0 {
		n = v.fresh(tried)
	}
	i := rand.IntN(n)
	if n == 1 {
		return v.untried(i, tried)
	}
	j := rand.IntN(n - 1)
	if j >= i {
		j++
	}
	a, b := v.endpoints[i], v.endpoints[j]
	if len(tried) > 0 {
		a, b = v.untried(i, tried), v.untried(j, tried)
	}
	if less(b, a) {
		return b
	}
	return a
}
