package httpproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// route writes one lowered route below an include.
func (e encoder) route(r intent.Route, in include) (contour.Route, error) {
	conditions, err := e.conditions(r, in)
	if err != nil {
		return contour.Route{}, err
	}
	out := contour.Route{Conditions: conditions, PermitInsecure: e.tls && r.HTTPS == nil, AuthPolicy: e.authPolicy(r)}
	e.policies(&out, r.Policies)
	switch {
	case r.Forward != nil:
		return out, e.forward(&out, r)
	case r.Redirect != nil:
		out.RequestRedirectPolicy = redirectPolicy(*r.Redirect)
	default:
		out.DirectResponsePolicy = &contour.HTTPDirectResponsePolicy{StatusCode: r.Respond.Status, Body: r.Respond.Body}
	}
	return out, nil
}

func (e encoder) forward(out *contour.Route, r intent.Route) error {
	f := r.Forward
	for _, b := range f.Backends {
		port, err := strconv.Atoi(b.Port)
		if err != nil {
			return fmt.Errorf("backend %s/%s: port %q is no number", b.Namespace, b.Service, b.Port)
		}
		s := contour.Service{Name: b.Service, Port: port}
		if len(f.Backends) > 1 {
			s.Weight = int64(b.Weight)
		}
		s.Protocol, s.UpstreamValidation = protocolField(b.Protocol), validationField(b.TLS)
		out.Services = append(out.Services, s)
	}
	if err := mirrorField(out, f.Mirror); err != nil {
		return err
	}
	out.EnableWebsockets = f.Websocket
	out.TimeoutPolicy = timeoutPolicy(f.Timeouts)
	out.RetryPolicy, out.LoadBalancerPolicy = retryField(f.Retry), balanceField(f)
	if rw := f.Rewrite; rw != nil {
		out.PathRewritePolicy = &contour.PathRewritePolicy{
			ReplacePrefix: []contour.ReplacePrefix{{Prefix: rw.From, Replacement: rw.To}},
		}
	}
	request := f.Request
	if f.Host != "" {
		request = append(slices.Clip(request), intent.HeaderChange{Name: "Host", Value: f.Host})
	}
	out.RequestHeadersPolicy = headersPolicy(request)
	out.ResponseHeadersPolicy = headersPolicy(f.Response)
	return nil
}

// timeoutPolicy writes durations as Contour reads them; -1 is "infinity".
func timeoutPolicy(t intent.Timeouts) *contour.TimeoutPolicy {
	p := &contour.TimeoutPolicy{Response: timeoutText(t.Response), Idle: timeoutText(t.Idle)}
	if t.Connection != connectionTimeout {
		p.IdleConnection = timeoutText(t.Connection)
	}
	return p
}

// timeoutText is a time in milliseconds as Contour and people read it; -1 is "infinity", and 0
// is nothing.
func timeoutText(ms int) string {
	switch {
	case ms < 0:
		return "infinity"
	case ms == 0:
		return ""
	case ms%1000 == 0:
		return strconv.Itoa(ms/1000) + "s"
	}
	return (time.Duration(ms) * time.Millisecond).String()
}

func headersPolicy(hs []intent.HeaderChange) *contour.HeadersPolicy {
	if len(hs) == 0 {
		return nil
	}
	p := &contour.HeadersPolicy{}
	for _, h := range hs {
		if h.Remove {
			p.Remove = append(p.Remove, h.Name)
			continue
		}
		p.Set = append(p.Set, contour.HeaderValue{Name: h.Name, Value: headerText(h.Value)})
	}
	return p
}

// redirectPolicy writes a lowered redirect; the path "{uri}" is the request's own, and one with
// {rest:N} replaces the route's prefix.
func redirectPolicy(r intent.Redirect) *contour.HTTPRequestRedirectPolicy {
	status := contour.RedirectResponseCode(r.Status)
	p := &contour.HTTPRequestRedirectPolicy{StatusCode: &status}
	if r.Scheme != "" {
		p.Scheme = &r.Scheme
	}
	if host, _ := r.Host.Constant(); host != "" {
		p.Hostname = &host
	}
	if port, err := strconv.ParseInt(string(r.Port), 10, 32); err == nil {
		n := int32(port)
		p.Port = &n
	}
	path, rest := r.Path.Expand(func(string) string { return "" }), strings.Contains(string(r.Path), "{rest:")
	switch {
	case rest:
		p.Prefix = &path
	case r.Path != "{uri}":
		p.Path = &path
	}
	return p
}

// routes writes the routes of one object. A lone route with a prefix replacement is
// written twice: Contour would otherwise add one for the other form of its slash.
func (e encoder) routes(ps []delegation.Placed, in include) ([]contour.Route, error) {
	var out []contour.Route
	for _, p := range ps {
		r, err := e.route(p.Route, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Match.Path, err)
		}
		out = append(out, r)
		if p.Forward != nil && p.Forward.Rewrite != nil && alone(p, ps) {
			out = append(out, twin(r))
		}
	}
	return out, nil
}

// alone says whether a prefix is the only one of its object, with or without the slash.
func alone(p delegation.Placed, ps []delegation.Placed) bool {
	n := 0
	for _, q := range ps {
		if prefixed(q.Route) && trimSlash(q.Match.Path.Value) == trimSlash(p.Match.Path.Value) {
			n++
		}
	}
	return n == 1 && p.Match.Path.Value != "/"
}

// prefixed says whether a route is written with a prefix condition.
func prefixed(r intent.Route) bool {
	swaps := r.Forward != nil && r.Forward.Rewrite != nil
	return r.Match.Path.Kind != intent.RegexPath && (r.Match.Path.Kind != intent.ExactPath || swaps)
}

// twin is the same route with one more condition, which always holds.
func twin(r contour.Route) contour.Route {
	r.Conditions = slices.Concat([]contour.MatchCondition{{Header: &contour.HeaderMatchCondition{Name: pathHeader, Present: true}}}, r.Conditions)
	return r
}
