package extauthz

import (
	"slices"
	"sync"

	"google.golang.org/grpc/resolver"
)

// scheme is the name of the resolver; it is known to one connection only.
const scheme = "endpoints"

// endpoints tells a connection the addresses of the service. It implements resolver.Builder
// and resolver.Resolver.
type endpoints struct {
	current func() []string

	mu   sync.Mutex
	conn resolver.ClientConn // nil until the first check
	last []string
}

func newEndpoints(current func() []string) *endpoints { return &endpoints{current: current} }

// Scheme is the scheme of the targets that this builds for.
func (e *endpoints) Scheme() string { return scheme }

// Build is called when the connection is used for the first time, and when it is after it
// was idle.
func (e *endpoints) Build(_ resolver.Target, conn resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conn = conn
	e.tell(e.current())
	return e, nil
}

// ResolveNow is a hint that an address may have gone.
func (e *endpoints) ResolveNow(resolver.ResolveNowOptions) {}

// Close is called when the connection becomes idle or ends.
func (e *endpoints) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conn = nil
}

// refresh tells the connection about the addresses if they changed.
func (e *endpoints) refresh() {
	now := e.current()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil && !slices.Equal(now, e.last) {
		e.tell(now)
	}
}

func (e *endpoints) tell(now []string) {
	e.last = slices.Clone(now)
	state := resolver.State{}
	for _, address := range now {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: address})
	}
	if err := e.conn.UpdateState(state); err != nil {
		// The balancer takes no empty list: checks fail at once until there are
		// addresses again.
		e.conn.ReportError(err)
	}
}
