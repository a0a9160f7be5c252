package proxy

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// Options are what no site says.
type Options struct {
	// TrustedHops is how many proxies stand in front whose X-Forwarded-For is believed, on
	// sites of the Envoy kind (Envoy's xff_num_trusted_hops); default none.
	TrustedHops int
	// BodyIdle is how long a client may be silent within a request's body, or not take what
	// is sent to it; default 60 s.
	BodyIdle time.Duration
	// Clock is what limits on requests go by; nil: the time at which each one came.
	Clock func() time.Time
	// Observer is told of each request that is over; may be nil.
	Observer observe.Observer
	// Log gets what goes wrong; nil discards it.
	Log *slog.Logger
}

// Proxy answers requests by the sites that were applied to it. It is an http.Handler.
type Proxy struct {
	Options
	log   *slog.Logger
	state atomic.Pointer[state]

	mu       sync.Mutex // of what follows, which only changes touch
	clusters *clusters
	zones    *policy.Zones
	buckets  *policy.Buckets

	exchanges sync.Pool
	mirrors   mirrors
	fallback  *fallbackCertificate
	kept      *auth.Store
	hashing   auth.Hashing    // of passwords, bounded for all sites together
	questions *http.Transport // to authentication services
}

// New is a proxy without any site: it answers 404.
func New(o Options) *Proxy {
	if o.BodyIdle == 0 {
		o.BodyIdle = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{
		Options: o, log: o.Log, clusters: newClusters(), zones: policy.NewZones(), buckets: policy.NewBuckets(),
		fallback: &fallbackCertificate{}, mirrors: newMirrors(),
		kept: auth.NewStore(), hashing: auth.NewHashing(0), questions: auth.NewTransport(auth.TransportOptions{}),
	}
	p.exchanges.New = func() any { return newExchange(p) }
	p.state.Store(newState())
	return p
}

// Apply goes over to the next state: requests that come in later are answered by it, those
// on their way by the one before. What it can not make ready is not served as written, and
// among the problems of the sites that changed; a site that can't be read at all keeps its
// last good state, or answers 503 if it had none.
func (p *Proxy) Apply(c Change) []Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, addresses := range c.Endpoints {
		if len(addresses) > 0 {
			p.clusters.store(k, addresses)
		}
	}
	problems, stay := p.change(c.Sites)
	p.withdraw(c.Endpoints, stay)
	return problems
}

// change goes over to other sites. It also gives those that could not be read, as they are.
func (p *Proxy) change(sites map[string]*Site) (problems []Problem, stay []*site) {
	if len(sites) == 0 {
		return nil, nil
	}
	before := p.state.Load()
	compiler := &compiler{Proxy: p}
	changed := make(map[string]*site, len(sites))
	for name, from := range sites {
		if from == nil {
			changed[name] = nil
			continue
		}
		last, _ := before.sites.Get(name)
		s, err := compiler.site(from)
		if err != nil {
			s = compiler.instead(from, last, err)
		}
		if s == nil {
			stay = append(stay, last)
			continue
		}
		changed[name] = s
	}
	next, err := before.with(changed)
	if err != nil {
		for _, s := range changed {
			p.discard(s)
		}
		return append(compiler.problems, Problem{Message: err.Error()}), slices.Collect(maps.Values(maps.Collect(before.sites.All())))
	}
	p.state.Store(next)
	for name := range changed {
		if s, there := before.sites.Get(name); there {
			p.discard(s)
		}
	}
	return compiler.problems, stay
}

// withdraw takes endpoints away from ports that have none any more, when no new request is
// answered by the sites before: those that were the last to name a port keep what they had
// for requests on their way. So do sites that stay though their next state names the port
// no more.
func (p *Proxy) withdraw(endpoints map[upstream.Key][]string, stay []*site) {
	kept := map[upstream.Key]bool{}
	for _, s := range stay {
		if s != nil {
			for _, k := range s.clusters {
				kept[k.key.Key] = true
			}
		}
	}
	for k, addresses := range endpoints {
		if len(addresses) == 0 && !kept[k] {
			p.clusters.store(k, nil)
		}
	}
}

// discard gives back what a site holds that gets no new requests; those on their way still
// have it.
func (p *Proxy) discard(s *site) {
	if s != nil {
		p.clusters.release(s.clusters)
		p.clusters.letGo(s.held)
	}
}

// Endpoints are the addresses of a port of a Service as they are now.
func (p *Proxy) Endpoints(k upstream.Key) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.clusters.sets[k]; s != nil {
		return s.Load()
	}
	return nil
}

// Close ends connections to upstreams and whatever else is kept. Requests on their way end
// as they would have; none may come in any more.
func (p *Proxy) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.state.Swap(newState()).sites.All() {
		p.discard(s)
		s.end()
	}
	p.clusters.close()
	p.mirrors.wait()
}
