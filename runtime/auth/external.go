package auth

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"golang.org/x/net/http/httpguts"
)

// External asks another service about each request, as nginx's auth_request in
// ingress-nginx's configuration.
type External struct {
	ask       *asking
	headers   []string
	always    bool // cookies of the answer go to the client with every status
	signIn    *signIn
	transport http.RoundTripper
	timeout   time.Duration
	answers   *answers // nil: none is kept
}

// ExternalOptions say how the service is reached. The zero value is what nginx does.
type ExternalOptions struct {
	// Transport carries the questions; nil: one of its own, made of TransportOptions. Many
	// Externals share one best. It must not follow redirects, nor use a proxy of the
	// environment, as NewTransport's.
	Transport http.RoundTripper
	TransportOptions
	// Store keeps answers that are good for some time when a policy is compiled again for the
	// same Place, which is where it holds; nil: they are forgotten.
	Store     *Store
	Place     string
	MaxCached int              // answers kept; 0 is 1024
	Now       func() time.Time // nil: time.Now
}

// NewExternal compiles a policy. An error means that it cannot be held: each request has to
// be refused.
func NewExternal(e *intent.ExternalAuth, o ExternalOptions) (*External, error) {
	ask, err := newAsking(e)
	if err != nil {
		return nil, err
	}
	x := &External{ask: ask, headers: e.Headers, always: e.AlwaysSetCookie, transport: o.Transport, timeout: o.total()}
	for _, name := range e.Headers {
		if Framing(name) || !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("header %q of the answer to the upstream: %w", name, ErrNotHonoured)
		}
	}
	if x.signIn, err = newSignIn(e); err != nil {
		return nil, err
	}
	if x.answers, err = newAnswers(e, o); err != nil {
		return nil, err
	}
	if x.transport == nil {
		x.transport = NewTransport(o.TransportOptions)
	}
	return x, nil
}

// Check asks about a request, of which only method and headers are read. An answer with a
// status of 200 to 299 allows it, 401 and 403 go to the client, and anything else, no answer
// included, is 500.
func (x *External) Check(r *http.Request, q Question) Verdict {
	a, err := x.answer(r, q)
	if err != nil {
		return Verdict{Status: http.StatusInternalServerError, Err: fmt.Errorf("external authentication of %s: %w", q.Host, err)}
	}
	return x.SignIn(x.verdict(a), q)
}

// Skipped are the edits of a request that gets through without a question, because another
// check was enough: what the service would have said is not there, whatever the client says.
func (x *External) Skipped() []HeaderEdit { return x.upstream(answer{}) }

// answer is the one that is kept, or a new one.
func (x *External) answer(r *http.Request, q Question) (answer, error) {
	if x.answers == nil {
		return x.fetch(r, q)
	}
	k := x.answers.key(q)
	if a, ok := x.answers.get(k); ok {
		return a, nil
	}
	a, err := x.fetch(r, q)
	if err == nil {
		x.answers.put(k, a)
	}
	return a, err
}

// fetch asks the service.
func (x *External) fetch(r *http.Request, q Question) (answer, error) {
	ctx, cancel := context.WithTimeout(r.Context(), x.timeout)
	defer cancel()
	request, err := x.ask.request(ctx, r, q, x.answers != nil)
	if err != nil {
		return answer{}, err
	}
	response, err := x.transport.RoundTrip(request)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", request.URL.Host, err)
	}
	defer response.Body.Close()
	return answer{status: response.StatusCode, header: response.Header}, nil
}
