package intent

import (
	"reflect"
	"slices"
)

// doing is what a route does beside choosing an answer; both are there.
type doing struct {
	*Policies
	*Forward
}

// nothing is what a route does that says nothing; it is never changed.
var nothing = doing{&Policies{}, &Forward{}}

// doing is what a route does; nil does nothing.
func (r *Route) doing() doing {
	d := nothing
	if r != nil && r.Policies != nil {
		d.Policies = r.Policies
	}
	if r != nil && r.Forward != nil {
		d.Forward = r.Forward
	}
	return d
}

// equal compares what two fields point to, mostly without a look.
func equal[T any](a, b *T) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	return reflect.DeepEqual(a, b)
}

// none are limits without any; they are never changed.
var none = &Limits{}

func (l *Limits) orNone() *Limits {
	if l == nil {
		return none
	}
	return l
}

func (l *Limits) body() int64 { return l.orNone().Body }

// rate is how fast a response is sent, and from which byte on.
func (l *Limits) rate() [2]int {
	if l = l.orNone(); l.Rate == 0 {
		return [2]int{}
	}
	return [2]int{l.Rate, l.RateAfter}
}

// sameRequests compares limits of requests in a time.
func sameRequests(a, b *Limits) bool {
	a, b = a.orNone(), b.orNone()
	if a.PerSecond+a.PerMinute == 0 || b.PerSecond+b.PerMinute == 0 {
		return a.PerSecond+a.PerMinute == b.PerSecond+b.PerMinute
	}
	return a.PerSecond == b.PerSecond && a.PerMinute == b.PerMinute && a.Burst == b.Burst && a.BurstMinute == b.BurstMinute &&
		a.Status == b.Status && a.Zone == b.Zone && slices.Equal(a.Exempt, b.Exempt)
}

// sameConnections compares limits of requests at once.
func sameConnections(a, b *Limits) bool {
	a, b = a.orNone(), b.orNone()
	if a.Connections == 0 || b.Connections == 0 {
		return a.Connections == b.Connections
	}
	return a.Connections == b.Connections && a.BusyStatus == b.BusyStatus && a.Zone == b.Zone && slices.Equal(a.Exempt, b.Exempt)
}

// checked says whether something is said about the certificates of a backend.
func (b *Backend) checked() bool { return b.TLS != nil && !reflect.DeepEqual(*b.TLS, UpstreamTLS{}) }

var (
	sameBound   = sameBackends(func(b *Backend) bool { return b.Bound != "" }, func(a, b *Backend) bool { return a.Bound == b.Bound })
	sameCookies = sameBackends(func(b *Backend) bool { return len(b.Cookies) > 0 }, func(a, b *Backend) bool { return slices.Equal(a.Cookies, b.Cookies) })
)

// sameBackends compares, in their order, the backends of which something is said.
func sameBackends(said func(*Backend) bool, same func(a, b *Backend) bool) func(a, b doing) bool {
	next := func(all []Backend) (*Backend, []Backend) {
		for i := range all {
			if said(&all[i]) {
				return &all[i], all[i+1:]
			}
		}
		return nil, nil
	}
	return func(a, b doing) bool {
		left, right := a.Backends, b.Backends
		for {
			var x, y *Backend
			x, left = next(left)
			y, right = next(right)
			if x == nil || y == nil {
				return x == y
			}
			if x.Service != y.Service || !same(x, y) {
				return false
			}
		}
	}
}

// samePlace compares where two backends are.
func samePlace(a, b *Backend) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Namespace == b.Namespace && a.Service == b.Service && a.Port == b.Port
}
