package equivalence

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Difference is a request that two tables answer differently.
type Difference struct {
	Request       table.Request
	Dimension     intent.Dimension
	Before, After table.Decision
	Edit          *intent.Edit // that explains it; nil if none does
	Count         int          // cases that show it, in a proof
	Exposes       string       // the guard that was there before and is not after; else ""
}

// Result is what comparing one host came to.
type Result struct {
	Host        string
	Requests    int
	Skipped     int          // requests that were left out: the host has too many
	Explained   int          // differences that an edit names
	Unexplained []Difference // at most ten
}

// Sampled compares a host before and after over sampled requests. Tables of one path form
// must agree in everything, as for Prove. Else what the platform profile covers is no
// difference; what no edit explains is our bug, or a part of the input that we misread. A request that was guarded before must never be forwarded after,
// whatever an edit says.
func Sampled(before, after *table.Table, host string, edits []intent.Edit) Result {
	res := Result{Host: host}
	b, a := before.Host(hostName(host)), after.Host(hostName(host))
	var own []intent.Edit
	for _, e := range edits {
		if e.Host == host {
			own = append(own, e)
		}
	}
	p := &table.Prepared{}
	res.Skipped = newSamples(host, b.Host(), a.Host()).visit(func(r table.Request) {
		p.Set(r)
		res.Requests++
		d, found := compare(r, b.Match(p), a.Match(p), own, b.Paths() == a.Paths())
		switch {
		case !found:
		case d.Edit != nil:
			res.Explained++
		case len(res.Unexplained) < 10:
			res.Unexplained = append(res.Unexplained, d)
		}
	})
	return res
}

// compare finds the first dimension in which two decisions differ, and its edit.
func compare(r table.Request, before, after table.Decision, edits []intent.Edit, exact bool) (Difference, bool) {
	d := Difference{Request: r, Before: before, After: after}
	if exact {
		dims := unlike(before, after)
		if len(dims) > 0 {
			d.Dimension = dims[0]
		}
		return d, len(dims) > 0
	}
	if d.Exposes, d.Dimension = exposed(before, after, edits); d.Exposes != "" {
		return d, true
	}
	for _, dim := range differing(r, before, after) {
		d.Dimension = dim
		d.Edit = explain(r, before, after, dim, edits)
		if d.Edit == nil {
			return d, true
		}
	}
	return d, d.Edit != nil
}

// exposed names a guard of the route before that the route after, which forwards, does
// not have, and that nobody has let go: by what asks for it, if that is known, and the
// dimension in which it is missing.
func exposed(before, after table.Decision, edits []intent.Edit) (string, intent.Dimension) {
	if before.Route == nil || after.Status != 0 {
		return "", ""
	}
	for _, q := range before.Route.Opaque {
		kept := after.Route != nil && slices.ContainsFunc(after.Route.Opaque, func(o intent.Opaque) bool { return o.Key == q.Key })
		allowed := slices.ContainsFunc(edits, func(e intent.Edit) bool {
			return e.Route == before.RouteIndex && e.Dimension == intent.Feature && e.From == q.Key
		})
		if q.Security && !kept && !allowed {
			return q.Key, intent.Feature
		}
	}
	part := lost(before, after, edits)
	if answersFirst(before.Route) {
		part = intent.WholeAnswer
	}
	if part == "" {
		return "", ""
	}
	return askedBy(before.Route, part), part
}

// differing lists the dimensions in which two decisions differ, modulo the profile.
func differing(r table.Request, before, after table.Decision) []intent.Dimension {
	if lacksTLS(r, before, after) || r.Scheme == "https" && minVersion(before) != minVersion(after) {
		return []intent.Dimension{intent.Certificate}
	}
	if covered(r, before, after) {
		return closedWay(r, before, after)
	}
	if (before.Status == 0) != (after.Status == 0) || (redirects(before) != redirects(after)) {
		return []intent.Dimension{intent.WholeAnswer}
	}
	var dims []intent.Dimension
	add := func(differs bool, d intent.Dimension) {
		if differs {
			dims = append(dims, d)
		}
	}
	if before.Status != 0 {
		if upgrades(r, before) {
			dims = closedWay(r, before, after)
		} else if before.Status < 400 {
			dims = append(secrecy(r, before, after), partly(before.Route, after.Route)...)
		}
		add(paged(before) && slices.Contains(partly(before.Route, after.Route), intent.ErrorPart), intent.ErrorPart)
		add(before.Status != after.Status && !redirects(before), intent.WholeAnswer)
		add(before.Status != after.Status && redirects(before), intent.StatusCode)
		add(!sameURL(before.Location, after.Location), intent.Location)
		return dims
	}
	dims = secrecy(r, before, after)
	b, a := before.Route.Forward, after.Route.Forward
	add(!sameBackends(before.Backends, after.Backends) || !speakAlike(r.Scheme, before.Backends, after.Backends), intent.Backends)
	add(before.UpstreamURI != after.UpstreamURI, intent.RewritePath)
	add(before.UpstreamHost != after.UpstreamHost || !sameHeaders(before.RequestHeaders, after.RequestHeaders) || !sameNames(before.RequestRemoved, after.RequestRemoved), intent.Header)
	add(!sameHeaders(responded(r, before, after), responded(r, after, after)) || !sameNames(removed(before), removed(after)), intent.Header)
	add(!sameConnection(b, a), intent.Connection)
	add(newlyGuarded(before, after), intent.Feature)
	return append(dims, partly(before.Route, after.Route)...)
}

// paged says whether an error page stands for the refusal that a route is.
func paged(d table.Decision) bool {
	r := d.Route
	return r != nil && r.Respond != nil && !r.Respond.Implicit && r.Policies != nil && r.Policies.Errors != nil &&
		slices.Contains(r.Policies.Errors.Codes, d.Status)
}

// newlyGuarded says whether something refuses requests after, and before there was nothing on
// the route that the model does not say.
func newlyGuarded(before, after table.Decision) bool {
	return len(before.Route.Opaque) == 0 && slices.ContainsFunc(after.Route.Opaque, func(o intent.Opaque) bool { return o.Security })
}

// responded are the headers of a response that count: over http, and without https after,
// HSTS says nothing (platform profile: hsts).
func responded(r table.Request, d, after table.Decision) []table.Header {
	if secured(r, after) {
		return answered(d)
	}
	return slices.DeleteFunc(slices.Clone(answered(d)), func(h table.Header) bool { return strings.EqualFold(h.Name, "Strict-Transport-Security") })
}

// lacksTLS says whether a host that was served with its own certificate has no https after.
func lacksTLS(r table.Request, before, after table.Decision) bool {
	had := before.Host != nil && before.Host.TLS != nil && before.Host.TLS.Secret != ""
	return r.Scheme == "https" && had && !secured(r, after)
}

// minVersion is the lowest version of TLS that a host speaks; both data planes begin with
// 1.2, and nothing is lower.
func minVersion(d table.Decision) string {
	if d.Host == nil || d.Host.TLS == nil {
		return "1.2"
	}
	return max(d.Host.TLS.MinVersion, "1.2")
}

// secured says whether a request comes over https to a host that has it. (Over http, HSTS
// says nothing.)
func secured(r table.Request, after table.Decision) bool {
	return r.Scheme == "https" && after.Host != nil && after.Host.TLS != nil
}

// sameConnection compares what a forwarded request may do for how long. The timeout of the
// connect is the platform's (connect-timeout).
func sameConnection(a, b *intent.Forward) bool {
	return a.Websocket == b.Websocket && a.Timeouts.Idle == b.Timeouts.Idle && a.Timeouts.Send == b.Timeouts.Send && a.Timeouts.Response == b.Timeouts.Response
}

func redirects(d table.Decision) bool { return d.Location != "" }

// sameURL says whether two URLs are the same but for what canonical leaves out.
func sameURL(a, b string) bool { return a == b || canonical(a) == canonical(b) }

// canonical leaves out what two equal URLs may differ in: the scheme's default port, and
// one slash at the end (platform profile: trailing-slash).
func canonical(location string) string {
	for _, p := range []struct{ scheme, port string }{{"http://", ":80"}, {"https://", ":443"}} {
		if rest, ok := strings.CutPrefix(location, p.scheme); ok {
			host, path := rest, ""
			if i := strings.IndexAny(rest, "/?"); i >= 0 {
				host, path = rest[:i], rest[i:]
			}
			return p.scheme + strings.TrimSuffix(host, p.port) + strings.TrimSuffix(path, "/")
		}
	}
	return location
}

// sameBackends says whether two lists give the same Services the same shares.
func sameBackends(as, bs []intent.Backend) bool {
	total := func(bs []intent.Backend) (n int) {
		for _, b := range bs {
			n += b.Weight
		}
		return n
	}
	ta, tb := total(as), total(bs)
	return slices.EqualFunc(as, bs, func(a, b intent.Backend) bool {
		return a.Namespace == b.Namespace && a.Service == b.Service && a.Port == b.Port && a.Weight*tb == b.Weight*ta
	})
}

func sameHeader(a, b table.Header) bool {
	return strings.EqualFold(a.Name, b.Name) && a.Value == b.Value && a.Add == b.Add
}
