// Package observe is what the data plane tells of the requests that it has answered, and to
// whom.
package observe

import (
	"sync/atomic"
	"time"
)

// Record is what is known of a finished request. Texts are as the client sent them, and so
// may hold anything that HTTP lets through.
type Record struct {
	Start    time.Time
	Duration time.Duration // from the request's head to the end of the response
	Upstream time.Duration // of the last try, from its start to the head of its response; 0 without one

	Method, Scheme, Host, URI, Proto string // Host is the header as sent, URI the target as sent

	Status   int   // as sent; 0 where nothing was sent
	BytesIn  int64 // of the request's body
	BytesOut int64 // of the response's body

	SiteName string // the host of the table; "" if none
	Route    string // its stable short id; "" if none
	Team     string // the namespace that owns the route; "" if none
	Endpoint string // address and port of the last try
	Tries    int    // 0: nothing was sent upstream

	Peer      string // the client's address as the data plane trusts it, without a port
	RequestID string
	Flags     Reason // why the data plane answered itself, or broke off; "" where the upstream's answer went through whole

	// Slot belongs to the route (or to what answers without one) and outlives the request;
	// nil is allowed. Records of one slot have the same SiteName, Route and Team.
	Slot *Slot
}

// Observer is told of requests.
type Observer interface {
	// Done is called once at the end of each request, by its own goroutine. The record is
	// the caller's again afterwards: it must not be kept, nor changed. Done does not block.
	Done(*Record)
}

// Reason is why the data plane answered itself, or broke a response off.
type Reason string

// The reasons. A data plane may give others, which are counted together.
const (
	NoSite          Reason = "no_site"          // no host of that name
	NoRoute         Reason = "no_route"         // the host has no route for it
	BadRequest      Reason = "bad_request"      // a request that is refused whatever the table says
	Misdirected     Reason = "misdirected"      // Host and the connection's server name differ
	Redirect        Reason = "redirect"         // the route says so
	Respond         Reason = "respond"          // a direct response
	Broken          Reason = "broken"           // the route or host is out of order: fail closed
	Blocked         Reason = "blocked"          // by address
	Denied          Reason = "denied"           // by authentication or authorization
	AuthError       Reason = "auth_error"       // whoever authorizes could not be asked
	Limited         Reason = "limited"          // by a rate or connection limit
	TooLarge        Reason = "too_large"        // body or header over the limit
	ClientGone      Reason = "client_gone"      // the client left before the end
	ClientTimeout   Reason = "client_timeout"   // the client's body did not go on
	NoEndpoint      Reason = "no_endpoint"      // nobody is there to be asked
	UpstreamConnect Reason = "upstream_connect" // refused, unreachable, or no TLS
	UpstreamTimeout Reason = "upstream_timeout" // no answer in time
	UpstreamReset   Reason = "upstream_reset"   // closed or reset before the end
	UpstreamInvalid Reason = "upstream_invalid" // an answer that is no HTTP
	Internal        Reason = "internal"         // our own mistake
)

// Reasons are all of them, in the order above.
func Reasons() []Reason {
	return []Reason{
		NoSite, NoRoute, BadRequest, Misdirected, Redirect, Respond, Broken, Blocked, Denied, AuthError, Limited,
		TooLarge, ClientGone, ClientTimeout, NoEndpoint, UpstreamConnect, UpstreamTimeout, UpstreamReset, UpstreamInvalid, Internal,
	}
}

// Slot is room that an observer keeps with a route, so that it looks up only once what
// belongs to it. The zero value is empty. It must not be copied.
type Slot struct{ value atomic.Pointer[any] }

// Get is what was put there last; nil if nothing was.
func (s *Slot) Get() any {
	if p := s.value.Load(); p != nil {
		return *p
	}
	return nil
}

// Put keeps a value.
func (s *Slot) Put(v any) { s.value.Store(&v) }

// All tells each of several observers, in their order.
func All(observers ...Observer) Observer { return all(observers) }

type all []Observer

func (a all) Done(r *Record) {
	for _, o := range a {
		o.Done(r)
	}
}
