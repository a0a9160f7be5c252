package proxy

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// forward is what it takes to send a request on.
type forward struct {
	*intent.Forward
	targets  []target
	primary  *target // nil: none
	total    int     // of the weights
	retry    *retry
	affinity *policy.Affinity
	hash     func(x *exchange) uint64
	response time.Duration // for the whole response; 0 is none
	idle     time.Duration // between two reads or writes; 0 is none
	send     time.Duration // between two writes, if it is not idle's
}

// target is one of the backends.
type target struct {
	*intent.Backend
	plain    *cluster
	secure   *cluster // instead, if the client's scheme counts and it is https
	cookies  *policy.Cookies
	affinity *policy.Affinity
	request  edits
	response edits
}

func (t *target) cluster(secure bool) *cluster {
	if secure && t.secure != nil {
		return t.secure
	}
	return t.plain
}

// ready is the cluster, if it has an endpoint; else nil.
func (t *target) ready(secure bool) *cluster {
	if k := t.cluster(secure); k != nil && len(k.Endpoints()) > 0 {
		return k
	}
	return nil
}

// multiplexed says whether HTTP/2 is spoken.
func (t *target) multiplexed() bool { return t.Protocol == intent.H2 || t.Protocol == intent.H2C }

// maxHeader is how long the head of a response may be, in bytes; 0 is the default.
func (f *forward) maxHeader() int {
	if f.Buffering == nil {
		return 0
	}
	return f.Buffering.HeaderSize
}

// holds says whether a body that is not too long is read before the request is sent: where
// the route says so, and where it says nothing, if there may be a second try.
func (f *forward) holds() bool {
	if f.Buffering == nil {
		return f.retry != nil
	}
	return f.Buffering.Request
}

// forward compiles the way to a route's backends.
func (c *compiler) forward(s *site, r *route) (*forward, error) {
	from := r.Forward
	f := &r.own
	*f = forward{Forward: from, targets: r.one[:0], response: limit(from.Timeouts.Response), idle: limit(from.Timeouts.Idle), send: limit(from.Timeouts.Send)}
	f.affinity = policy.NewAffinity(from.Affinity, s.Plane)
	c.untold(s, r)
	for i := range from.Backends {
		t, err := c.target(s, r, f, &from.Backends[i])
		if err != nil {
			return nil, err
		}
		f.targets = append(f.targets, *t)
		f.total += t.Weight
	}
	f.retry = newRetry(from.Retry)
	f.hash = hasher(from.Balance)
	if from.Primary != nil {
		var err error
		if f.primary, err = c.target(s, r, f, from.Primary); err != nil {
			return nil, err
		}
	}
	if from.Mirror != nil {
		c.mirrored(s, r, from.Mirror, from)
	}
	return f, nil
}

// target makes one of the backends ready. In nginx affinity is that of a backend, and others
// of the route may have none.
func (c *compiler) target(s *site, r *route, f *forward, b *intent.Backend) (*target, error) {
	from := *f.Forward
	t := &target{Backend: b, cookies: policy.NewCookies(from.Cookies, b.Cookies), request: edits{b.Request, s.Plane}, response: edits{b.Response, s.Plane}}
	if s.Plane == intent.Decoded && b.Bound == "" {
		from.Affinity = nil
	} else if f.affinity != nil {
		t.affinity = f.affinity.For(b.Namespace, b.Service, b.Port)
	}
	if err := t.cookies.Problem(); err != nil {
		c.tell(s, r, err.Error())
	}
	if err := c.reach(s, r, &from, t); err != nil {
		return nil, fmt.Errorf("its Service %s/%s: %w", b.Namespace, b.Service, err)
	}
	return t, nil
}

// reach gives a target its clusters; a backend that can have no endpoint has none.
func (c *compiler) reach(s *site, r *route, f *intent.Forward, t *target) (err error) {
	if t.Unresolved != "" {
		return nil
	}
	if t.Protocol == intent.FastCGI {
		return fmt.Errorf("FastCGI is not spoken")
	}
	if t.Protocol != intent.AutoHTTP {
		t.plain, err = c.cluster(s, r, t.Backend, f)
		return err
	}
	plain, secure := *t.Backend, *t.Backend
	plain.Protocol, secure.Protocol = intent.HTTP, intent.HTTPS
	if t.plain, err = c.cluster(s, r, &plain, f); err == nil {
		t.secure, err = c.cluster(s, r, &secure, f)
	}
	return err
}

// cluster is held by the site as long as it is served.
func (c *compiler) cluster(s *site, r *route, b *intent.Backend, f *intent.Forward) (*cluster, error) {
	w := wanted{Backend: b, Forward: f}
	if b.Protocol == intent.HTTPS || b.Protocol == intent.H2 {
		var err error
		if w.secured, err = upstreamTLS(b.TLS, s.Secrets); err != nil {
			return nil, err
		}
		for _, note := range w.notes {
			c.tell(s, r, note)
		}
	}
	k := c.clusters.want(w)
	s.clusters = append(s.clusters, k)
	return k, nil
}

// limit is a time limit of the model, where neither 0 nor -1 limits anything.
func limit(n int) time.Duration { return max(0, milliseconds(n)) }

// edits are header changes without variables, or with some.
type edits struct {
	changes []intent.HeaderChange
	plane   intent.PathForm
}

// apply changes headers; the names of the model may be in any case. The status is that of
// the response, 0 for a request.
func (e *edits) apply(h http.Header, status int, secure bool, lookup func(string) string) {
	for i := range e.changes {
		switch c := &e.changes[i]; {
		case c.HTTPSOnly && !secure, !c.On.Has(status):
		case c.Remove:
			h.Del(c.Name)
		default:
			set(h, e.plane, table.Header{Name: c.Name, Value: c.Value.Expand(lookup), Add: c.Add})
		}
	}
}

// set sets a header, or adds a line. Where a variable has no value, so that nothing is to be
// said, Envoy leaves the header as it was (keep_empty_value), and nginx takes it away.
func set(h http.Header, plane intent.PathForm, c table.Header) {
	name := http.CanonicalHeaderKey(c.Name)
	switch {
	case c.Value != "" && c.Add:
		h[name] = append(h[name], c.Value)
	case c.Value != "":
		h[name] = []string{c.Value}
	case plane == intent.Decoded && !c.Add:
		delete(h, name)
	}
}

// hasher makes the number that a hashing balancer takes; nil if none is wanted.
func hasher(b *intent.Balance) func(x *exchange) uint64 {
	switch {
	case b == nil || b.Strategy != "hash":
		return nil
	case len(b.Hash) == 0:
		by := intent.Template(b.HashBy)
		return func(x *exchange) uint64 { return policy.HashText(by.Expand(x.expand)) }
	}
	return func(x *exchange) uint64 {
		n, ok := policy.Hash(b.Hash, x.r, x.address())
		if !ok { // then Envoy takes any endpoint
			return rand.Uint64()
		}
		return n
	}
}
