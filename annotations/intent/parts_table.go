package intent

import (
	"reflect"
	"slices"
)

// part is one part of a route: what of policies and handling it is, and how they are without.
type part struct {
	dimension Dimension
	guards    bool // without it more requests are let in
	same      func(a, b doing) bool
	take      func(p *Policies, f *Forward) Route
	drop      func(p *Policies, f *Forward)
}

// parts are in the order in which differences are told: what keeps requests out first.
var parts = []part{
	{AccessPart, true, func(a, b doing) bool { return equal(a.Access, b.Access) },
		func(p *Policies, _ *Forward) Route { return policy(Policies{Access: p.Access}) },
		func(p *Policies, _ *Forward) { p.Access = nil }},
	{BasicPart, true, func(a, b doing) bool { return equal(a.Basic, b.Basic) },
		func(p *Policies, _ *Forward) Route { return policy(Policies{Basic: p.Basic}) },
		func(p *Policies, _ *Forward) { p.Basic = nil }},
	{ExternalPart, true, func(a, b doing) bool { return equal(a.External, b.External) && equal(a.GRPC, b.GRPC) },
		func(p *Policies, _ *Forward) Route { return policy(Policies{External: p.External, GRPC: p.GRPC}) },
		func(p *Policies, _ *Forward) { p.External, p.GRPC = nil, nil }},
	{Satisfy, false, func(a, b doing) bool { return a.SatisfyAny == b.SatisfyAny },
		func(p *Policies, _ *Forward) Route { return policy(Policies{SatisfyAny: p.SatisfyAny}) },
		func(p *Policies, _ *Forward) { p.SatisfyAny = false }},
	{RequestLimit, true, func(a, b doing) bool {
		return equal(a.Local, b.Local) && equal(a.Global, b.Global) && sameRequests(a.Limits, b.Limits)
	},
		func(p *Policies, _ *Forward) Route {
			out := Policies{Local: p.Local, Global: p.Global}
			if l := p.Limits; l != nil && l.PerSecond+l.PerMinute > 0 {
				out.Limits = &Limits{PerSecond: l.PerSecond, PerMinute: l.PerMinute, Burst: l.Burst, BurstMinute: l.BurstMinute, Status: l.Status, Exempt: l.Exempt, Zone: l.Zone}
			}
			return policy(out)
		}, func(p *Policies, _ *Forward) {
			p.Local, p.Global = nil, nil
			p.limits(func(l *Limits) { l.PerSecond, l.PerMinute, l.Burst, l.BurstMinute, l.Status = 0, 0, 0, 0, 0 })
		}},
	{ConnectionLimit, true, func(a, b doing) bool { return sameConnections(a.Limits, b.Limits) },
		func(p *Policies, _ *Forward) Route {
			if l := p.Limits; l != nil && l.Connections > 0 {
				return policy(Policies{Limits: &Limits{Connections: l.Connections, BusyStatus: l.BusyStatus, Exempt: l.Exempt, Zone: l.Zone}})
			}
			return Route{}
		}, func(p *Policies, _ *Forward) { p.limits(func(l *Limits) { l.Connections, l.BusyStatus = 0, 0 }) }},
	{RateLimit, false, func(a, b doing) bool { return a.Limits.rate() == b.Limits.rate() },
		func(p *Policies, _ *Forward) Route {
			if l := p.Limits; l != nil && l.Rate > 0 {
				return policy(Policies{Limits: &Limits{Rate: l.Rate, RateAfter: l.RateAfter}})
			}
			return Route{}
		}, func(p *Policies, _ *Forward) { p.limits(func(l *Limits) { l.Rate, l.RateAfter = 0, 0 }) }},
	{BodySize, false, func(a, b doing) bool { return a.Limits.body() == b.Limits.body() },
		func(p *Policies, _ *Forward) Route {
			if l := p.Limits; l != nil && l.Body > 0 {
				return policy(Policies{Limits: &Limits{Body: l.Body}})
			}
			return Route{}
		}, func(p *Policies, _ *Forward) { p.limits(func(l *Limits) { l.Body = 0 }) }},
	{UpstreamTLSPart, false, sameBackends((*Backend).checked, func(a, b *Backend) bool { return equal(a.TLS, b.TLS) }),
		perBackend(tlsOf, nil),
		eachBackend(func(b *Backend) { b.TLS = nil })},
	{CORSPart, false, func(a, b doing) bool { return equal(a.CORS, b.CORS) },
		func(p *Policies, _ *Forward) Route { return policy(Policies{CORS: p.CORS}) },
		func(p *Policies, _ *Forward) { p.CORS = nil }},
	{ErrorPart, false, func(a, b doing) bool { return equal(a.Errors, b.Errors) },
		func(p *Policies, _ *Forward) Route { return policy(Policies{Errors: p.Errors}) },
		func(p *Policies, _ *Forward) { p.Errors = nil }},
	{RetryPart, false, func(a, b doing) bool { return equal(a.Retry, b.Retry) },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Retry: f.Retry}) },
		func(_ *Policies, f *Forward) { f.Retry = nil }},
	{BalancePart, false, func(a, b doing) bool { return equal(a.Balance, b.Balance) },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Balance: f.Balance}) },
		func(_ *Policies, f *Forward) { f.Balance = nil }},
	{AffinityPart, false, func(a, b doing) bool { return equal(a.Affinity, b.Affinity) && sameBound(a, b) },
		perBackend(func(b Backend) Backend { return Backend{Bound: b.Bound} }, func(out, f *Forward) { out.Affinity = f.Affinity }),
		func(p *Policies, f *Forward) {
			f.Affinity = nil
			eachBackend(func(b *Backend) { b.Bound = "" })(p, f)
		}},
	{MirrorPart, false, func(a, b doing) bool { return equal(a.Mirror, b.Mirror) },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Mirror: f.Mirror}) },
		func(_ *Policies, f *Forward) { f.Mirror = nil }},
	{BufferingPart, false, func(a, b doing) bool { return equal(a.Buffering, b.Buffering) },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Buffering: f.Buffering}) },
		func(_ *Policies, f *Forward) { f.Buffering = nil }},
	{CookiePart, false, func(a, b doing) bool { return slices.Equal(a.Cookies, b.Cookies) && sameCookies(a, b) },
		perBackend(func(b Backend) Backend { return Backend{Cookies: b.Cookies} }, func(out, f *Forward) { out.Cookies = f.Cookies }),
		func(p *Policies, f *Forward) {
			f.Cookies = nil
			eachBackend(func(b *Backend) { b.Cookies = nil })(p, f)
		}},
	{LocationPart, false, func(a, b doing) bool { return equal(a.Location, b.Location) },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Location: f.Location}) },
		func(_ *Policies, f *Forward) { f.Location = nil }},
	{HTTPVersion, false, func(a, b doing) bool { return a.HTTP10 == b.HTTP10 },
		func(_ *Policies, f *Forward) Route { return handling(Forward{HTTP10: f.HTTP10}) },
		func(_ *Policies, f *Forward) { f.HTTP10 = false }},
	{ConnectionHeader, false, func(a, b doing) bool { return a.Connection == b.Connection },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Connection: f.Connection}) },
		func(_ *Policies, f *Forward) { f.Connection = "" }},
	{ConnectTimeout, false, func(a, b doing) bool { return a.Timeouts.Connect == b.Timeouts.Connect },
		func(_ *Policies, f *Forward) Route {
			return handling(Forward{Timeouts: Timeouts{Connect: f.Timeouts.Connect}})
		},
		func(_ *Policies, f *Forward) { f.Timeouts.Connect = 0 }},
	{KeepAlive, false, func(a, b doing) bool { return a.Timeouts.Connection == b.Timeouts.Connection },
		func(_ *Policies, f *Forward) Route {
			return handling(Forward{Timeouts: Timeouts{Connection: f.Timeouts.Connection}})
		},
		func(_ *Policies, f *Forward) { f.Timeouts.Connection = 0 }},
	{ClusterIPPart, false, sameBackends(func(b *Backend) bool { return b.ClusterIP }, func(_, _ *Backend) bool { return true }),
		perBackend(func(b Backend) Backend { return Backend{ClusterIP: b.ClusterIP} }, nil),
		eachBackend(func(b *Backend) { b.ClusterIP = false })},
	{PrimaryPart, false, func(a, b doing) bool { return samePlace(a.Primary, b.Primary) },
		func(_ *Policies, f *Forward) Route {
			if f.Primary == nil {
				return Route{}
			}
			return handling(Forward{Primary: &Backend{Namespace: f.Primary.Namespace, Service: f.Primary.Service, Port: f.Primary.Port}})
		}, func(_ *Policies, f *Forward) { f.Primary = nil }},
	{UntoldPart, false, func(a, b doing) bool { return a.Untold == b.Untold },
		func(_ *Policies, f *Forward) Route { return handling(Forward{Untold: f.Untold}) },
		func(_ *Policies, f *Forward) { f.Untold = false }},
}

func policy(p Policies) Route { return Route{Policies: &p} }

func handling(f Forward) Route { return Route{Forward: &f} }

// limits changes a copy of the limits.
func (p *Policies) limits(change func(*Limits)) {
	if p.Limits == nil {
		return
	}
	l := *p.Limits
	if change(&l); l.PerSecond+l.PerMinute+l.Connections == 0 {
		l.Exempt, l.Zone = nil, ""
	}
	if l.Connections == 0 { // then it says nothing
		l.BusyStatus = 0
	}
	if p.Limits = &l; reflect.DeepEqual(l, Limits{}) {
		p.Limits = nil
	}
}

// perBackend takes the backends of which something is said, by their names, and what else
// more takes.
func perBackend(of func(Backend) Backend, more func(out, f *Forward)) func(*Policies, *Forward) Route {
	return func(_ *Policies, f *Forward) Route {
		out := Forward{}
		for _, b := range f.Backends {
			if one := of(b); !reflect.DeepEqual(one, Backend{}) {
				one.Service = b.Service
				out.Backends = append(out.Backends, one)
			}
		}
		if more != nil {
			more(&out, f)
		}
		return handling(out)
	}
}

// tlsOf is how the certificates of a backend are checked; not at all is like nothing said.
func tlsOf(b Backend) Backend {
	if !b.checked() {
		return Backend{}
	}
	return Backend{TLS: b.TLS}
}

// eachBackend changes copies of the backends.
func eachBackend(change func(*Backend)) func(*Policies, *Forward) {
	return func(_ *Policies, f *Forward) {
		f.Backends = slices.Clone(f.Backends)
		for i := range f.Backends {
			change(&f.Backends[i])
		}
	}
}
