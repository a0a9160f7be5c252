package intent

import (
	"reflect"
	"slices"
	"strings"
)

// Equal says whether two models are the same, origins included.
func (m Model) Equal(o Model) bool { return m.String() == o.String() }

// SameAnswer says whether two routes answer alike; what they match, what they stand for
// in the input and what of it is opaque does not count.
func (r Route) SameAnswer(o Route) bool {
	return reflect.DeepEqual(r.answer(), o.answer())
}

// answer is the route without match, origins and opaque parts.
func (r Route) answer() Route {
	r.Match, r.Origins, r.Opaque = Match{}, nil, nil
	return r
}

// Host is the host of that name, or nil.
func (m Model) Host(name string) *Host {
	i, found := slices.BinarySearchFunc(m.Hosts, name, func(h Host, n string) int { return strings.Compare(h.Name, n) })
	if !found {
		return nil
	}
	return &m.Hosts[i]
}
