package intent

import (
	"reflect"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Asked says that an entry of the input asks for one part of what a route does, or of how a
// host is served over https.
type Asked struct {
	Dimension Dimension     `text:"dimension"` // one of Parts, Header, Backends, or WholeAnswer: a route that answers keeps requests from an application
	Key       string        `text:"key"`
	Security  bool          `text:"security"` // leaving it out would admit more requests
	Shared    string        `text:"shared"`   // why that of another object holds on the route; empty: it is the route's own
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
	// TrustPart is what proxies in front of a host are believed.
	TrustPart Dimension = "trust"
)

// Parts are the dimensions that DiffersIn, Text and Without know, those that keep requests out
// first.
func Parts() []Dimension {
	all := make([]Dimension, len(parts))
	for i, p := range parts {
		all[i] = p.dimension
	}
	return all
}

// byDimension holds the places in parts. It is made once, and never changed.
var byDimension = func() map[Dimension]int {
	at := make(map[Dimension]int, len(parts))
	for i, p := range parts {
		at[p.dimension] = i
	}
	return at
}()

func (d Dimension) part() (*part, bool) {
	i, known := byDimension[d]
	if !known {
		return nil, false
	}
	return &parts[i], true
}

// Guards says whether a part keeps requests out.
func (d Dimension) Guards() bool {
	p, known := d.part()
	return known && p.guards
}

// DiffersIn are the parts in which two routes differ, in the order of Parts. nil stands for a
// route that does nothing.
func DiffersIn(r, o *Route) []Dimension {
	var out []Dimension
	a, b := r.doing(), o.doing()
	for i := range parts {
		if p := &parts[i]; !p.same(a, b) {
			if out == nil {
				out = make([]Dimension, 0, 8)
			}
			out = append(out, p.dimension)
		}
	}
	return out
}

// of is what the route does in this part alone.
func (p *part) of(r *Route) Route {
	d := r.doing()
	out := p.take(d.Policies, d.Forward)
	if out.Policies != nil && *out.Policies == (Policies{}) {
		out.Policies = nil
	}
	if out.Forward != nil && reflect.DeepEqual(*out.Forward, Forward{}) {
		out.Forward = nil
	}
	return out
}

// Without is the route without a part; what it points to is not changed.
func (r Route) Without(d Dimension) Route {
	p, known := d.part()
	pol, fwd := Policies{}, Forward{}
	if !known {
		return r
	}
	if r.Policies != nil {
		pol = *r.Policies
	}
	if r.Forward != nil {
		fwd = *r.Forward
	}
	p.drop(&pol, &fwd)
	if r.Policies != nil {
		if r.Policies = &pol; pol == (Policies{}) {
			r.Policies = nil
		}
	}
	if r.Forward != nil {
		r.Forward = &fwd
	}
	return r
}

// Drop is Without for a route whose policies and handling are its own: these are changed.
func (r *Route) Drop(d Dimension) {
	p, known := d.part()
	if !known {
		return
	}
	own := r.doing()
	if own.Policies == nothing.Policies {
		own.Policies = &Policies{}
	}
	if own.Forward == nothing.Forward {
		own.Forward = &Forward{}
	}
	p.drop(own.Policies, own.Forward)
}

// Text is what a route does in a part, in one line of the model's printed form; empty if it
// does nothing there.
func (r Route) Text(d Dimension) string {
	p, known := d.part()
	if !known {
		return ""
	}
	one := p.of(&r)
	lines := strings.Split(strings.TrimSuffix(one.String(), "\n"), "\n")
	var kept []string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line != "route" && line != "policies" && line != "forward" && !strings.HasPrefix(line, "match") {
			kept = append(kept, strings.TrimPrefix(strings.TrimPrefix(line, "forward "), "policies "))
		}
	}
	return strings.Join(kept, " ")
}

// Has says whether a route does anything in a part.
func (r *Route) Has(d Dimension) bool {
	p, known := d.part()
	return known && !p.same(r.doing(), nothing)
}

// SameIn says whether two routes do the same in a part.
func SameIn(d Dimension, r, o *Route) bool {
	p, known := d.part()
	return !known || p.same(r.doing(), o.doing())
}
