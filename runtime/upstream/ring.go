package upstream

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

const (
	ringPoints = 160 // of each endpoint, as ketama has them
	maxSubset  = 64  // endpoints that one hash may be spread over
)

// ring is consistent hashing: endpoints own the arcs before their points, so that one that
// goes leaves all other keys where they are.
type ring struct {
	points []uint64
	owners []uint32 // index of the endpoint of each point
}

// newRing places the points of endpoints by their addresses alone.
func newRing(endpoints []*Endpoint) *ring {
	type point struct {
		at    uint64
		owner uint32
	}
	all := make([]point, 0, len(endpoints)*ringPoints)
	for i, e := range endpoints {
		seed := hashText(e.address)
		for n := range uint64(ringPoints) {
			all = append(all, point{mix(seed + n*0x9e3779b97f4a7c15), uint32(i)})
		}
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.owner, b.owner)) })
	r := &ring{make([]uint64, len(all)), make([]uint32, len(all))}
	for i, p := range all {
		r.points[i], r.owners[i] = p.at, p.owner
	}
	return r
}

// pick gives the owner of a hash, and with a subset size one of that many that follow, at
// random; those tried are passed over.
func (r *ring) pick(endpoints []*Endpoint, hash uint64, subset int, tried []*Endpoint) *Endpoint {
	at, _ := slices.BinarySearch(r.points, mix(hash))
	subset = min(subset, maxSubset, len(endpoints))
	var members [maxSubset]uint32
	found := members[:0]
	for i := range r.owners {
		owner := r.owners[(at+i)%len(r.owners)]
		if slices.Contains(found, owner) || slices.Contains(tried, endpoints[owner]) {
			continue
		}
		if subset <= 1 {
			return endpoints[owner]
		}
		if found = append(found, owner); len(found) == subset {
			break
		}
	}
	return endpoints[found[rand.IntN(len(found))]]
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mix spreads every bit of a hash over all of them (the last step of SplitMix64).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
