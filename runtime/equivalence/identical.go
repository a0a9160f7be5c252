package equivalence

import (
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// unlike lists the dimensions in which two decisions of one data plane differ. Nothing is
// left to a profile.
func unlike(before, after table.Decision) []intent.Dimension {
	if (before.Status == 0) != (after.Status == 0) || redirects(before) != redirects(after) {
		return []intent.Dimension{intent.WholeAnswer}
	}
	var d dimensions
	if before.Status != 0 {
		d.add(before.Status != after.Status && !redirects(before), intent.WholeAnswer)
		d.add(before.Status != after.Status && redirects(before), intent.StatusCode)
		d.add(before.Location != after.Location, intent.Location)
		d.add(body(before) != body(after), intent.WholeAnswer)
	} else {
		d.forwarded(before, after)
	}
	d.add(!sameHeaders(answered(before), answered(after)) || !sameNames(removed(before), removed(after)), intent.Header)
	if !sameDoing(before, after) {
		found := len(d)
		for _, part := range intent.DiffersIn(before.Route, after.Route) {
			d.add(true, part)
		}
		d.add(len(d) == found, intent.Feature)
	}
	d.add(!sameOpaque(before.Route, after.Route), intent.Feature)
	return d
}

// dimensions are those that were found, each once.
type dimensions []intent.Dimension

func (d *dimensions) add(differs bool, dim intent.Dimension) {
	if differs && !slices.Contains(*d, dim) {
		*d = append(*d, dim)
	}
}

// forwarded compares what two routes do with a request that goes on.
func (d *dimensions) forwarded(before, after table.Decision) {
	f, g := before.Route.Forward, after.Route.Forward
	d.add(!sameBackends(before.Backends, after.Backends) || !sameUpstreams(before.Backends, after.Backends), intent.Backends)
	d.add(before.UpstreamURI != after.UpstreamURI, intent.RewritePath)
	d.add(!sameHeaders(before.RequestHeaders, after.RequestHeaders) || !sameNames(before.RequestRemoved, after.RequestRemoved), intent.Header)
	d.add(before.UpstreamHost != after.UpstreamHost || asSent(f.Host) != asSent(g.Host), intent.Header)
	d.add(f.Websocket != g.Websocket || f.Timeouts != g.Timeouts, intent.Connection)
}

// asSent is the template of a Host, and nothing for the request's own.
func asSent(t intent.Template) intent.Template {
	if t == "{http-host}" {
		return ""
	}
	return t
}

// sameDoing compares everything else that routes do with a request.
func sameDoing(before, after table.Decision) bool {
	r, s := orNone(before.Route), orNone(after.Route)
	return same(r.Policies, s.Policies) && (before.Status != 0 || sameHandling(r.Forward, s.Forward))
}

// sameHandling compares how routes handle a request that goes on.
func sameHandling(f, g *intent.Forward) bool {
	return same(f.Retry, g.Retry) && same(f.Balance, g.Balance) && alike(f.Affinity, g.Affinity) &&
		same(f.Mirror, g.Mirror) && alike(f.Buffering, g.Buffering) && slices.Equal(f.Cookies, g.Cookies)
}

func same[T any](a, b *T) bool {
	return a == b || a != nil && b != nil && reflect.DeepEqual(*a, *b)
}

// alike is same for what can be compared at once.
func alike[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// sameUpstreams compares how the endpoints of equal Services are spoken to.
func sameUpstreams(as, bs []intent.Backend) bool {
	return sameProtocols(as, bs) && slices.EqualFunc(as, bs, func(a, b intent.Backend) bool {
		return same(a.TLS, b.TLS) && a.ClusterIP == b.ClusterIP
	})
}

// speakAlike says whether equal Services are spoken to alike on behalf of a client's scheme.
func speakAlike(scheme string, as, bs []intent.Backend) bool {
	of := func(b intent.Backend) intent.Protocol {
		switch {
		case b.Protocol != intent.AutoHTTP:
			return b.Protocol
		case scheme == "https":
			return intent.HTTPS
		}
		return intent.HTTP
	}
	return slices.EqualFunc(as, bs, func(a, b intent.Backend) bool { return of(a) == of(b) })
}

func sameProtocols(as, bs []intent.Backend) bool {
	return slices.EqualFunc(as, bs, func(a, b intent.Backend) bool { return a.Protocol == b.Protocol })
}

func body(d table.Decision) string {
	if d.Route == nil || d.Route.Respond == nil {
		return ""
	}
	return d.Route.Respond.Body
}

// orNone is a route that does nothing where there is none.
func orNone(r *intent.Route) *intent.Route {
	if r == nil {
		return &intent.Route{}
	}
	return r
}

// sameOpaque compares what of routes is only known by its text.
func sameOpaque(r, s *intent.Route) bool {
	return slices.EqualFunc(orNone(r).Opaque, orNone(s).Opaque, func(q, o intent.Opaque) bool { return q.Key == o.Key && q.Value == o.Value })
}

// sameHeaders compares header changes; their order says nothing, as each name stands once.
func sameHeaders(as, bs []table.Header) bool {
	return len(as) == len(bs) && !slices.ContainsFunc(as, func(a table.Header) bool {
		return !slices.ContainsFunc(bs, func(b table.Header) bool { return sameHeader(a, b) })
	})
}

func sameNames(as, bs []string) bool {
	return len(as) == len(bs) && !slices.ContainsFunc(as, func(a string) bool {
		return !slices.ContainsFunc(bs, func(b string) bool { return strings.EqualFold(a, b) })
	})
}

// unlikeTLS says whether two hosts of one data plane are served differently over https.
func unlikeTLS(before, after *intent.Host) bool {
	var b, a *intent.TLS
	if before != nil {
		b = before.TLS
	}
	if after != nil {
		a = after.TLS
	}
	if b == nil || a == nil {
		return b != a
	}
	return b.Secret != a.Secret || b.MinVersion != a.MinVersion || b.MaxVersion != a.MaxVersion || !same(b.Client, a.Client) || !same(b.Passthrough, a.Passthrough)
}
