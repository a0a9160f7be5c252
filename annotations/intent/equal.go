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
	r.Match, r.Origins, r.Opaque, r.Asked = Match{}, nil, nil, nil
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

// Equal says whether two matches are the same conditions in the same order.
func (m Match) Equal(o Match) bool {
	return m.Path == o.Path && slices.Equal(m.Methods, o.Methods) &&
		slices.Equal(m.Headers, o.Headers) && slices.Equal(m.Query, o.Query) && slices.Equal(m.Cookies, o.Cookies)
}
