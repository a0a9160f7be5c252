package golden

import (
	"net/http"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// phases goes through what stands before an action, in the order of the data plane: nginx
// makes redirects, fixed answers and 503s before limits and access are asked; Envoy's router
// comes last (decision 0013).
func (q *question) phases() prediction {
	nginx := q.plane == intent.Decoded
	r := q.d.Route
	if q.r.Host == "" || strings.Contains(q.r.Host, "/") { // no host at all
		return q.answered(refused, http.StatusBadRequest, nil)
	}
	if nginx && q.r.method() == http.MethodTrace && (r != nil || q.d.Status != http.StatusBadRequest) {
		return q.answered(refused, http.StatusMethodNotAllowed, nil)
	}
	if r == nil {
		kind := noRoute
		if q.d.Status == http.StatusBadRequest {
			kind = refused
		} else if q.d.Host == nil && q.r.TLS && q.hsts != nil {
			q.d.ResponseHeaders = table.HSTS(q.hsts)
		}
		return q.own(kind, q.d.Status)
	}
	if status, h := q.stuck(); status != 0 {
		return q.answered(stuck, status, h)
	}
	p := r.Policies
	if p == nil {
		p = &intent.Policies{}
	}
	if l := p.Limits; l != nil && l.Body > 0 && int64(len(q.r.Body)) > l.Body {
		if !nginx {
			return q.answered(tooLarge, http.StatusRequestEntityTooLarge, nil)
		}
		return q.errorOr(q.early(tooLarge, http.StatusRequestEntityTooLarge), p.Errors)
	}
	if slices.ContainsFunc(r.Opaque, func(o intent.Opaque) bool { return o.Security }) { // it is not served, and asks nothing further
		return q.errorOr(q.early(closedRoute, http.StatusServiceUnavailable), p.Errors)
	}
	if h, status := q.preflight(p.CORS); status != 0 {
		return q.answered(preflight, status, q.finish(status, h))
	}
	switch {
	case q.d.Status == http.StatusInternalServerError && (r.Forward != nil || r.Respond != nil && r.Respond.Implicit && r.Respond.Status != q.d.Status):
		return q.errorOr(q.own(emptyRest, q.d.Status), p.Errors)
	case r.HTTPS != nil && q.scheme == "http":
		return q.moved(upgraded)
	case nginx && r.Redirect != nil:
		return q.moved(redirected)
	case nginx && r.Respond != nil && !r.Respond.Implicit:
		return q.errorOr(q.own(responded, q.d.Status), p.Errors)
	case nginx && r.Forward != nil && len(q.ready(r.Forward)) == 0:
		return q.errorOr(q.own(nobody, http.StatusServiceUnavailable), p.Errors)
	}
	if status, with, close := q.limit(p); status != 0 {
		h := http.Header{}
		q.change(h, status, with)
		refusal := q.errorOr(q.answered(limited, status, q.finish(status, h)), p.Errors)
		if close {
			return q.either(refusal, q.action(p))
		}
		return refusal
	}
	return q.action(p)
}

// stuck is the 403 of Envoy to an upgrade that the route does not take, or status 0. Of a route that
// forwards it has the headers, without CORS: no filter has seen it.
func (q *question) stuck() (status int, h http.Header) {
	r := q.d.Route
	forwards := r.Forward != nil && (r.HTTPS == nil || q.scheme != "http")
	switch {
	case q.plane == intent.Decoded || !q.upgrading() || forwards && r.Forward.Websocket:
		return 0, nil
	case forwards:
		return http.StatusForbidden, q.marked(http.StatusForbidden)
	}
	return http.StatusForbidden, nil
}

// either is one of two answers.
func (q *question) either(a, b prediction) prediction {
	for name, f := range b.options {
		if _, both := a.options[name]; !both {
			a.options[name] = f
		}
	}
	a.upstream = b.upstream
	return a
}

// action is what comes behind limits.
func (q *question) action(p *intent.Policies) prediction {
	r := q.d.Route
	if status := q.access(p); status != 0 {
		return q.errorOr(q.own(denied, status), p.Errors)
	}
	switch {
	case r.Redirect != nil:
		return q.moved(redirected)
	case r.Respond != nil:
		return q.errorOr(q.own(responded, q.d.Status), p.Errors)
	case q.d.Status != 0:
		return q.own(nobody, q.d.Status)
	}
	return q.forward(r.Forward, p.Errors)
}

// own is an answer that the data plane makes itself.
func (q *question) own(kind string, status int) prediction {
	return q.answered(kind, status, q.finish(status, http.Header{}))
}

// early is an answer before anybody looks at conditions, on which CORS depends.
func (q *question) early(kind string, status int) prediction {
	return q.answered(kind, status, q.marked(status))
}

// marked are the headers that the host and the route put on a response.
func (q *question) marked(status int) http.Header {
	h := http.Header{}
	for _, e := range q.d.ResponseHeaders {
		q.say(h, e)
	}
	q.change(h, status, q.d.Route.Response)
	return h
}

// moved is a redirect.
func (q *question) moved(kind string) prediction {
	return q.answered(kind, q.d.Status, q.finish(q.d.Status, http.Header{"Location": {q.d.Location}}))
}

// finish puts on a response what the host and the route put on each.
func (q *question) finish(status int, h http.Header) http.Header {
	for _, name := range q.d.ResponseRemoved {
		h.Del(name)
	}
	for _, e := range q.d.ResponseHeaders {
		q.say(h, e)
	}
	if r := q.d.Route; r != nil {
		q.change(h, status, r.Response)
		if r.Policies != nil && (q.plane == intent.Decoded || r.Forward != nil) {
			q.mark(h, r.Policies.CORS)
		}
	}
	return h
}

// change applies header changes of the model to a response of a status, or with 0 to a request.
func (q *question) change(h http.Header, status int, all []intent.HeaderChange) {
	for _, c := range all {
		switch {
		case c.HTTPSOnly && !q.r.TLS, !c.On.Has(status):
		case c.Remove:
			h.Del(c.Name)
		default:
			q.say(h, table.Header{Name: c.Name, Add: c.Add, Value: c.Value.Expand(func(name string) string {
				v, _ := q.variable(name)
				return v
			})})
		}
	}
}

// say sets a header, or adds a line to those that are there, unless it is empty.
func (q *question) say(h http.Header, e table.Header) {
	switch {
	case !e.Add:
		q.set(h, e.Name, e.Value)
	case e.Value != "":
		h.Add(e.Name, e.Value)
	}
}

// set sets a header; of an empty one nginx sends nothing, and Envoy leaves it as it was.
func (q *question) set(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	} else if q.plane == intent.Decoded {
		h.Del(name)
	}
}

// errorOr is the page that stands for an error, where the route has one. What it says is the
// error service's, and is not predicted further: nothing of it is as it would be without.
func (q *question) errorOr(p prediction, pages *intent.ErrorPages) prediction {
	if pages == nil {
		return p
	}
	if p.kind == nobody && pages.Fallback != nil && q.endpoint(*pages.Fallback) != nil {
		p.kind, p.options[""] = errorPage, Facts{"status": errorPage}
		return p
	}
	for name, f := range p.options {
		for _, code := range pages.Codes {
			if f["status"] != statusText(code) || f["backend"] != "" && pages.OwnOnly {
				continue
			}
			p.kind, p.options[name] = errorPage, Facts{"status": errorPage}
			if pages.Status != 0 && (pages.Backend == nil || q.endpoint(*pages.Backend) == nil) {
				p.options[name] = Facts{"status": statusText(pages.Status), "certificate": f["certificate"]}
			}
		}
	}
	return p
}
