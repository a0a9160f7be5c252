package intent

import (
	"reflect"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Asked says that an entry of the input asks for one part of what a route does.
type Asked struct {
	Dimension Dimension     `text:"dimension"` // one of Parts, Header or Backends
	Key       string        `text:"key"`
	Security  bool          `text:"security"` // leaving it out would admit more requests
	Origin    ledger.Origin `text:"origin"`
}

// The dimensions that are parts of what a route does beside choosing an answer.
const (
	CORSPart         Dimension = "cors"
	RequestLimit     Dimension = "request-limit"    // requests in a time, of each client or of all together
	ConnectionLimit  Dimension = "connection-limit" // requests of a client at once
	RateLimit        Dimension = "rate"             // bytes of a response in a time
	BodySize         Dimension = "body-size"
	AccessPart       Dimension = "access" // by the client's address
	BasicPart        Dimension = "basic-auth"
	ExternalPart     Dimension = "external-auth" // asking another service
	Satisfy          Dimension = "satisfy"
	ErrorPart        Dimension = "error-pages"
	RetryPart        Dimension = "retry"
	BalancePart      Dimension = "balance"
	AffinityPart     Dimension = "affinity"
	MirrorPart       Dimension = "mirror"
	BufferingPart    Dimension = "buffering"
	CookiePart       Dimension = "set-cookie"        // cookies of upstreams
	LocationPart     Dimension = "upstream-redirect" // Location headers of upstreams
	HTTPVersion      Dimension = "http-version"
	ConnectionHeader Dimension = "connection-header"
	ConnectTimeout   Dimension = "connect-timeout"
	KeepAlive        Dimension = "keep-alive" // of connections to upstreams
	UpstreamTLSPart  Dimension = "upstream-tls"
	ClusterIPPart    Dimension = "cluster-ip"
	PrimaryPart      Dimension = "primary" // what happens as long as a backend has no endpoint
	UntoldPart       Dimension = "untold"
	// The dimensions that are parts of how a host is served over https.
	ClientCertificates Dimension = "client-certificates"
	TLSCiphers         Dimension = "tls-ciphers"
)

// part takes one part out of a route.
type part struct {
	dimension Dimension
	security  bool // without it more requests are let in
	of        func(r *Route, p *Policies, f *Forward) Route
}

func policy(p Policies) Route  { return Route{Policies: &p} }
func handling(f Forward) Route { return Route{Forward: &f} }

// parts are in the order in which differences are told: what lets requests in first.
var parts = []part{
	{AccessPart, true, func(_ *Route, p *Policies, _ *Forward) Route { return policy(Policies{Access: p.Access}) }},
	{BasicPart, true, func(_ *Route, p *Policies, _ *Forward) Route { return policy(Policies{Basic: p.Basic}) }},
	{ExternalPart, true, func(_ *Route, p *Policies, _ *Forward) Route {
		return policy(Policies{External: p.External, GRPC: p.GRPC})
	}},
	{Satisfy, true, func(_ *Route, p *Policies, _ *Forward) Route { return policy(Policies{SatisfyAny: p.SatisfyAny}) }},
	{RequestLimit, true, func(_ *Route, p *Policies, _ *Forward) Route {
		out := Policies{Local: p.Local}
		if l := p.Limits; l != nil && (l.PerSecond > 0 || l.PerMinute > 0) {
			out.Limits = &Limits{PerSecond: l.PerSecond, PerMinute: l.PerMinute, Burst: l.Burst, BurstMinute: l.BurstMinute, Status: l.Status, Exempt: l.Exempt, Zone: l.Zone}
		}
		return policy(out)
	}},
	{ConnectionLimit, true, limit(func(l *Limits) *Limits {
		if l.Connections == 0 {
			return nil
		}
		return &Limits{Connections: l.Connections, BusyStatus: l.BusyStatus, Exempt: l.Exempt, Zone: l.Zone}
	})},
	{RateLimit, true, limit(func(l *Limits) *Limits {
		if l.Rate == 0 {
			return nil
		}
		return &Limits{Rate: l.Rate, RateAfter: l.RateAfter}
	})},
	{BodySize, true, limit(func(l *Limits) *Limits { return &Limits{Body: l.Body} })},
	{UpstreamTLSPart, true, func(_ *Route, _ *Policies, f *Forward) Route {
		return backends(f, func(b Backend) Backend { return Backend{Service: b.Service, TLS: b.TLS} })
	}},
	{CORSPart, false, func(_ *Route, p *Policies, _ *Forward) Route { return policy(Policies{CORS: p.CORS}) }},
	{ErrorPart, false, func(_ *Route, p *Policies, _ *Forward) Route { return policy(Policies{Errors: p.Errors}) }},
	{RetryPart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Retry: f.Retry}) }},
	{BalancePart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Balance: f.Balance}) }},
	{AffinityPart, false, func(_ *Route, _ *Policies, f *Forward) Route {
		out := backends(f, func(b Backend) Backend { return Backend{Service: b.Service, Bound: b.Bound} })
		out.Forward.Affinity = f.Affinity
		return out
	}},
	{MirrorPart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Mirror: f.Mirror}) }},
	{BufferingPart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Buffering: f.Buffering}) }},
	{CookiePart, false, func(_ *Route, _ *Policies, f *Forward) Route {
		out := backends(f, func(b Backend) Backend { return Backend{Service: b.Service, Cookies: b.Cookies} })
		out.Forward.Cookies = f.Cookies
		return out
	}},
	{LocationPart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Location: f.Location}) }},
	{HTTPVersion, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{HTTP10: f.HTTP10}) }},
	{ConnectionHeader, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Connection: f.Connection}) }},
	{ConnectTimeout, false, func(_ *Route, _ *Policies, f *Forward) Route {
		return handling(Forward{Timeouts: Timeouts{Connect: f.Timeouts.Connect}})
	}},
	{KeepAlive, false, func(_ *Route, _ *Policies, f *Forward) Route {
		return handling(Forward{Timeouts: Timeouts{Connection: f.Timeouts.Connection}})
	}},
	{ClusterIPPart, false, func(_ *Route, _ *Policies, f *Forward) Route {
		return backends(f, func(b Backend) Backend { return Backend{Service: b.Service, ClusterIP: b.ClusterIP} })
	}},
	{PrimaryPart, false, func(_ *Route, _ *Policies, f *Forward) Route {
		if f.Primary == nil {
			return Route{}
		}
		return handling(Forward{Primary: &Backend{Namespace: f.Primary.Namespace, Service: f.Primary.Service, Port: f.Primary.Port}})
	}},
	{UntoldPart, false, func(_ *Route, _ *Policies, f *Forward) Route { return handling(Forward{Untold: f.Untold}) }},
}

func limit(of func(*Limits) *Limits) func(*Route, *Policies, *Forward) Route {
	return func(_ *Route, p *Policies, _ *Forward) Route {
		if p.Limits == nil {
			return Route{}
		}
		return policy(Policies{Limits: of(p.Limits)})
	}
}

// backends are those of a route of which something is said, each once.
func backends(f *Forward, of func(Backend) Backend) Route {
	out := Forward{}
	for _, b := range f.Backends {
		if one := of(b); !reflect.DeepEqual(one, Backend{Service: b.Service}) {
			out.Backends = append(out.Backends, one)
		}
	}
	return handling(out)
}

// Parts are the dimensions that DiffersIn and Text know, those that let requests in first.
func Parts() []Dimension {
	all := make([]Dimension, len(parts))
	for i, p := range parts {
		all[i] = p.dimension
	}
	return all
}

// Guards says whether a part keeps requests out.
func (d Dimension) Guards() bool {
	for _, p := range parts {
		if p.dimension == d {
			return p.security
		}
	}
	return false
}

// DiffersIn are the parts in which two routes differ. nil stands for a route that does
// nothing.
func DiffersIn(r, o *Route) []Dimension {
	var out []Dimension
	for _, p := range parts {
		if a, b := p.take(r), p.take(o); !reflect.DeepEqual(a, b) {
			out = append(out, p.dimension)
		}
	}
	return out
}

// take is what the route does in this part alone.
func (p part) take(r *Route) Route {
	pol, fwd := &Policies{}, &Forward{}
	if r == nil {
		r = &Route{}
	}
	if r.Policies != nil {
		pol = r.Policies
	}
	if r.Forward != nil {
		fwd = r.Forward
	}
	out := p.of(r, pol, fwd)
	if out.Policies != nil && *out.Policies == (Policies{}) {
		out.Policies = nil
	}
	if out.Forward != nil && reflect.DeepEqual(*out.Forward, Forward{}) {
		out.Forward = nil
	}
	return out
}

// Text is what a route does in a part, in one line of the model's printed form; empty if it
// does nothing there.
func (r Route) Text(d Dimension) string {
	for _, p := range parts {
		if p.dimension != d {
			continue
		}
		words := strings.Fields(p.take(&r).String())
		kept := words[:0]
		for _, w := range words {
			if w != "route" && w != "policies" && w != "forward" && w != "match" && w != "path" && !strings.HasPrefix(w, "path=") {
				kept = append(kept, w)
			}
		}
		return strings.Join(kept, " ")
	}
	return ""
}
