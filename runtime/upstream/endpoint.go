package upstream

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Endpoint is one address of a cluster. It may be used by several goroutines, also after
// it is gone from the cluster.
type Endpoint struct {
	address string
	options *Options
	active  atomic.Int64
	score   score
	idle    pool     // of HTTP/1.1
	streams *streams // of HTTP/2, else nil
}

// newEndpoint makes an endpoint whose score begins at start.
func newEndpoint(address string, o *Options, start float64) *Endpoint {
	e := &Endpoint{address: address, options: o}
	e.score.average, e.score.touched = start, now()
	e.idle.max, e.idle.keep = o.MaxIdle, o.IdleTimeout
	if o.Protocol == intent.H2 || o.Protocol == intent.H2C {
		e.streams = newStreams(e)
	}
	return e
}

// Address is "ip:port".
func (e *Endpoint) Address() string { return e.address }

// Active counts the requests under way: from Do until the body of the response is closed.
func (e *Endpoint) Active() int64 { return e.active.Load() }

// Do sends a request and reads the header of its response, whose Body (and Conn) must be
// closed. The end of ctx ends everything at once, until then too. An idempotent request
// without a body, or with one that is small and of known length, is sent once more if an
// idle connection fails under it; every other failure is an *Error.
func (e *Endpoint) Do(ctx context.Context, r *Request) (*Response, error) {
	if ctx.Err() != nil {
		return nil, e.fail(Canceled, context.Cause(ctx))
	}
	if p := e.options.Protocol; p == intent.AutoHTTP || p == intent.FastCGI {
		return nil, e.fail(Invalid, fmt.Errorf("protocol %q is not spoken here", p))
	}
	e.active.Add(1)
	start := now()
	var response *Response
	var err *Error
	if e.streams != nil {
		response, err = e.streams.do(ctx, r)
	} else {
		response, err = e.exchange(ctx, r)
	}
	if e.options.Strategy == "ewma" && (err == nil || err.Kind <= Protocol) {
		e.observe(start, err != nil)
	}
	if err != nil {
		e.active.Add(-1)
		return nil, err
	}
	return response, nil
}

// observe counts how long the header of a response took.
func (e *Endpoint) observe(start int64, failed bool) {
	end := now()
	latency := time.Duration(end - start)
	if failed {
		latency = max(latency, failureLatency)
	}
	e.score.add(latency, end)
}

// close closes what is idle, now and later.
func (e *Endpoint) close() {
	e.idle.close()
	if e.streams != nil {
		e.streams.close()
	}
}

// idempotent are the methods that may be sent twice (RFC 9110 9.2.2).
func idempotent(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace}, method)
}
