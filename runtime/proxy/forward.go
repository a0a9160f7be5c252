package proxy

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// act does what the route says.
func (x *exchange) act() {
	switch {
	case x.route.Redirect != nil:
		x.redirect()
	case x.route.Respond != nil:
		x.copyHere()
		x.fixed(x.route.Respond)
	case x.decision.Status != 0:
		x.reply(x.decision.Status, observe.NoEndpoint)
	default:
		x.forward()
	}
}

// fixed answers as the route says.
func (x *exchange) fixed(r *intent.Respond) {
	var body []byte
	var header http.Header
	if r.Body != "" {
		body = []byte(r.Body)
		if r.Type != "" {
			header = http.Header{"Content-Type": {r.Type}}
		}
	}
	x.respond(x.decision.Status, header, body, whyFixed(r))
}

// whyFixed is why a fixed answer was given: a 5xx stands where something could not be served.
func whyFixed(r *intent.Respond) observe.Reason {
	if r.Status >= 500 || r.Blocked != "" {
		return observe.Broken
	}
	return observe.Respond
}

// forward sends the request to one of the backends, and tries again as the route wants it.
func (x *exchange) forward() {
	f := x.route.forward
	t, k := x.chosen()
	if k == nil {
		x.reply(http.StatusServiceUnavailable, observe.NoEndpoint)
		return
	}
	if p := x.route.errors; p != nil && k == p.fallback {
		x.tellError(x.r.Header, p, http.StatusServiceUnavailable)
	}
	request, ok := x.request(f, t)
	defer request.done()
	if !ok {
		return
	}
	if request.Upgrade != "" && !x.mayUpgrade(f) {
		x.reply(http.StatusForbidden, observe.BadRequest)
		return
	}
	response, err := x.tries(f, t, k, request)
	switch {
	case err != nil:
		x.failed(err)
	case response == nil:
		x.reply(http.StatusServiceUnavailable, observe.NoEndpoint)
	default:
		x.deliver(f, t, request, response)
	}
}

// chosen is what gets the request, with endpoints: a backend of the route, or who takes its
// place; no cluster if there is none. It stays so.
func (x *exchange) chosen() (*target, *cluster) {
	if x.to == nil {
		x.to, x.cluster = x.backend(x.route.forward)
	}
	return x.to, x.cluster
}

func (x *exchange) backend(f *forward) (*target, *cluster) {
	t := x.choose(f)
	k := t.ready(x.secure)
	if f.primary == nil {
		if k == nil {
			k = x.route.errors.ready()
		}
		return t, k
	}
	primary := f.primary.ready(x.secure)
	if primary == nil {
		primary = x.route.errors.ready()
	}
	if k == nil || primary == nil {
		return f.primary, primary
	}
	return t, k
}

// choose takes a backend by its weight, or the one that the client's cookie is bound to.
func (x *exchange) choose(f *forward) *target {
	if len(f.targets) == 1 {
		return &f.targets[0]
	}
	if f.affinity != nil {
		bound := f.affinity.Group(x.r)
		for i := range f.targets {
			if bound != "" && f.targets[i].Bound == bound {
				return &f.targets[i]
			}
		}
	}
	n := 0
	if f.total > 0 {
		n = rand.IntN(f.total)
	}
	for i := range f.targets {
		if n -= f.targets[i].Weight; n < 0 {
			return &f.targets[i]
		}
	}
	return &f.targets[0] // all weights are 0: no request reaches this by them
}

// tries sends the request until a response is worth having. No response and no error means
// that there is no endpoint.
func (x *exchange) tries(f *forward, t *target, k *cluster, request *outgoing) (*upstream.Response, *upstream.Error) {
	var tried []*upstream.Endpoint
	for {
		endpoint := x.pick(f, t, k, tried)
		if endpoint == nil {
			return nil, nil
		}
		x.record.Tries++
		x.record.Endpoint = endpoint.Address()
		started := time.Now()
		response, err := x.once(f, endpoint, request, started)
		x.record.Upstream = time.Since(started)
		if !x.again(f, request, response, err) {
			return response, err
		}
		if response != nil {
			response.Body.Close()
		}
		tried = append(tried, endpoint)
		request.rewind()
	}
}

// once is one try. Errors of package upstream are all of one type.
func (x *exchange) once(f *forward, endpoint *upstream.Endpoint, request *outgoing, now time.Time) (*upstream.Response, *upstream.Error) {
	request.FirstByte = f.firstByte()
	if f.response > 0 {
		request.Whole = max(f.response-now.Sub(x.record.Start), time.Millisecond)
	}
	response, err := endpoint.Do(x.r.Context(), &request.Request)
	if err == nil {
		return response, nil
	}
	var e *upstream.Error
	if !errors.As(err, &e) {
		e = &upstream.Error{Kind: upstream.Protocol, Endpoint: endpoint.Address(), Err: err}
	}
	return nil, e
}

// firstByte is how long a try may take until the head of its response: the time for one try
// or the longest silence, whichever is shorter.
func (f *forward) firstByte() time.Duration {
	if y := f.retry; y != nil && y.perTry > 0 && (f.idle == 0 || y.perTry < f.idle) {
		return y.perTry
	}
	return f.idle
}

// again says whether another try is allowed and worth it.
func (x *exchange) again(f *forward, request *outgoing, response *upstream.Response, err *upstream.Error) bool {
	y := f.retry
	if y == nil || x.record.Tries >= y.tries || !request.repeatable(err) {
		return false
	}
	sent := err == nil || err.Sent
	if sent && !y.any && !repeatable(x.r.Method) {
		return false
	}
	if err != nil && !y.failed(err) || err == nil && !y.answered(response) {
		return false
	}
	spent := time.Since(x.record.Start)
	if y.whole > 0 && spent >= y.whole || f.response > 0 && spent >= f.response {
		return false
	}
	if x.site.Plane == intent.Normalized {
		return x.wait(pause(x.record.Tries))
	}
	return x.r.Context().Err() == nil
}

// wait says whether the client is still there after a time.
func (x *exchange) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-x.r.Context().Done():
		return false
	}
}

// failed answers for an upstream that did not. The statuses are those of the data plane that
// is imitated: for nginx a refused or broken connection is 502, for Envoy 503; for both no
// answer in time is 504, and an answer that is no HTTP 502.
func (x *exchange) failed(e *upstream.Error) {
	envoy := x.site.Plane == intent.Normalized
	status, why := http.StatusBadGateway, observe.UpstreamReset
	switch e.Kind {
	case upstream.Canceled:
		x.record.Flags = observe.ClientGone
		panic(http.ErrAbortHandler)
	case upstream.RequestBody:
		x.badBody(e)
		return
	case upstream.Timeout:
		status, why = http.StatusGatewayTimeout, observe.UpstreamTimeout
	case upstream.Protocol, upstream.TooLarge:
		why = observe.UpstreamInvalid
	case upstream.ConnectTimeout:
		why = observe.UpstreamConnect
		status = http.StatusGatewayTimeout
		if envoy {
			status = http.StatusServiceUnavailable
		}
	case upstream.Connect:
		why = observe.UpstreamConnect
		fallthrough
	default:
		if envoy {
			status = http.StatusServiceUnavailable
		}
	}
	x.reply(status, why)
}
