package golden

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// chosen is a backend that may be chosen, with its share.
type chosen struct {
	backend intent.Backend
	service *service // nil: it has no endpoint
	share   float64
}

// candidates are the backends with a share of a route's requests.
func (q *question) candidates(f *intent.Forward) (all []chosen) {
	total := 0
	for _, b := range f.Backends {
		total += b.Weight
	}
	for _, b := range f.Backends {
		if b.Weight > 0 {
			all = append(all, chosen{b, q.endpoint(b), float64(b.Weight) / float64(total)})
		}
	}
	return all
}

// endpoint is the Service of a backend if it has an endpoint.
func (q *question) endpoint(b intent.Backend) *service {
	s := q.lab.services[b.Namespace+"/"+b.Service]
	if s == nil || b.Unresolved != "" || s.outside || !b.ClusterIP && (s.replicas == 0 || q.plane == intent.Decoded && s.ports != nil && !contains(s.ports, b.Port)) || b.ClusterIP && s.ip == "None" {
		return nil
	}
	return s
}

// ready are the candidates that get requests. In nginx the primary stands in for a canary
// without endpoints, and nobody for a primary (spec item 43); in Envoy a Service without
// endpoints keeps its share, unless the Service itself is missing.
func (q *question) ready(f *intent.Forward) []chosen {
	all := q.candidates(f)
	if q.plane == intent.Normalized {
		return all
	}
	primary := f.Primary
	if primary != nil && q.endpoint(*primary) == nil {
		return nil
	}
	var out []chosen
	for _, c := range all {
		if c.service == nil && primary != nil {
			c.backend, c.service = *primary, q.endpoint(*primary)
		}
		if c.service != nil {
			out = append(out, c)
		}
	}
	return out
}

// forward is what backends answer, and what they see.
func (q *question) forward(f *intent.Forward, pages *intent.ErrorPages) prediction {
	p := prediction{kind: forwarded, decision: q.d, options: map[string]Facts{}, shares: map[string]float64{}, upstream: upstream{map[string]Facts{}, map[string]int{}, map[string]Facts{}}}
	for _, c := range q.ready(f) {
		name, facts := "", Facts(nil)
		if c.service != nil {
			name = c.service.name
			asked := q.asked(f, c.backend)
			p.seen[name], p.tries[name] = q.seenBy(f, c, asked), q.tries(f, c.service, asked)
			facts = q.reply(f, c, asked, p.seen[name])
			if f.Mirror != nil && (f.Mirror.Percent == 0 || f.Mirror.Percent == 100) {
				to, copied := q.copyOf(f.Mirror, asked)
				p.copies[to] = copied
			}
		} else {
			facts = q.own(nobody, http.StatusServiceUnavailable).options[""]
		}
		p.options[name], p.shares[name] = facts, p.shares[name]+c.share
	}
	if hurried(f) && len(p.tries) > 0 {
		p.options[""] = q.own(nobody, http.StatusGatewayTimeout).options[""] // who is first is chance
	}
	return q.errorOr(p, pages)
}

// reply is what comes of a backend's answer.
func (q *question) reply(f *intent.Forward, c chosen, asked http.Header, seen Facts) Facts {
	uri := q.target()
	if status := q.unlike(f, c); status == http.StatusBadRequest || status == 0 && !readableTo(q.d.UpstreamURI, seen) {
		return q.misread(f, c.backend)
	} else if status != 0 {
		return q.own(nobody, status).options[""]
	}
	if q.tooSlow(f, asked, uri) {
		return q.own(nobody, http.StatusGatewayTimeout).options[""]
	}
	if q.plane == intent.Decoded && f.Buffering != nil && tooShort(f.Buffering) {
		return q.own(nobody, http.StatusBadGateway).options[""]
	}
	status, h := c.service.says(asked, uri)
	q.change(h, status, c.backend.Response)
	if f.Location != nil && h.Get("Location") != "" && strings.HasPrefix(h.Get("Location"), f.Location.From) {
		h.Set("Location", f.Location.To+strings.TrimPrefix(h.Get("Location"), f.Location.From))
	}
	q.cookies(h, f, c.backend)
	q.finish(status, h)
	facts := Facts{"status": statusText(status), "certificate": q.certificate()}
	facts.telling(h)
	if q.r.method() != http.MethodHead && status != http.StatusNoContent && status != http.StatusNotModified {
		for dim, v := range seen {
			facts[dim] = v
		}
	}
	return facts
}

// misread is the answer of a backend to what it can not read: a response like others, but for
// what its handler would have said.
func (q *question) misread(f *intent.Forward, b intent.Backend) Facts {
	h := http.Header{}
	q.cookies(h, f, b)
	return q.answered(nobody, http.StatusBadRequest, q.finish(http.StatusBadRequest, h)).options[""]
}

// headSize is what heads of an echo server's answers have at least, in bytes.
const headSize = 100

// tooShort says whether no head of an echo server's answers has room.
func tooShort(b *intent.Buffering) bool { return b.HeaderSize > 0 && b.HeaderSize < headSize }

// target is the path with its query that backends get.
func (q *question) target() *url.URL {
	u, err := url.ParseRequestURI(q.d.UpstreamURI)
	if err != nil {
		return &url.URL{Path: q.d.UpstreamURI}
	}
	return u
}

// tries is how often a backend is asked: again if it is too slow, or its status is one for
// which the route tries again. nginx does so for requests that may be repeated only (spec item 44).
func (q *question) tries(f *intent.Forward, s *service, asked http.Header) int {
	r := f.Retry
	if r == nil {
		return 1
	}
	status, _ := s.says(asked, q.target())
	again := contains(r.On, "http_"+statusText(status)) || contains(r.On, "retriable-status-codes") && slices.Contains(r.Codes, status)
	if q.tooSlow(f, asked, q.target()) {
		status, again = http.StatusGatewayTimeout, contains(r.On, "timeout")
	}
	again = again || contains(r.On, "5xx") && status >= 500 || contains(r.On, "gateway-error") && status >= 502 && status <= 504
	if !again || !r.NonIdempotent && contains([]string{http.MethodPost, http.MethodPatch}, q.r.method()) {
		return 1
	}
	return max(1, r.Tries)
}

// tooSlow says whether an echo server sleeps longer than it may.
func (q *question) tooSlow(f *intent.Forward, h http.Header, u *url.URL) bool {
	d, err := time.ParseDuration(asked(h, u, "X-Echo-Sleep", "echo-sleep"))
	over := func(limit int) bool { return limit > 0 && d > time.Duration(limit)*time.Millisecond }
	return err == nil && (over(f.Timeouts.Idle) || over(f.Timeouts.Response))
}

// multiplexed says whether a protocol is HTTP/2.
func multiplexed(p intent.Protocol) bool { return p == intent.H2 || p == intent.H2C }

// unlike is the status where a backend does not speak as it is spoken to; 0: it does. No server
// of HTTP/2 takes an Upgrade. nginx passes it and Connection on, which makes the request malformed
// (RFC 9113, section 8.2.2; kubernetes/ingress-nginx issue 8086): gRPC's own servers reset the
// stream, which is 502, and an echo server, which is one of net/http, says 400. Envoy makes it an
// extended CONNECT (RFC 8441), which these do not announce.
func (q *question) unlike(f *intent.Forward, c chosen) int {
	wrong := mismatch(q.plane, c.backend.Protocol, c.service.protocol, q.r.TLS)
	if !q.upgrading() || !f.Websocket || f.Connection != "" || !multiplexed(c.backend.Protocol) {
		return wrong
	}
	if q.plane == intent.Decoded && wrong == 0 {
		return http.StatusBadRequest
	}
	return http.StatusBadGateway
}

// hurried says whether backends may be too slow although they do not sleep.
func hurried(f *intent.Forward) bool {
	within := func(ms int) bool { return ms > 0 && time.Duration(ms)*time.Millisecond <= soon }
	return within(f.Timeouts.Idle) || within(f.Timeouts.Response)
}

// mismatch is the status where a backend is spoken to otherwise than it speaks; 0: it fits.
// An echo server of HTTPS answers 400 to plain text itself, and one of HTTP/2 505 to
// HTTP/1.1.
func mismatch(plane intent.PathForm, spoken intent.Protocol, protocol string, secure bool) int {
	broken := http.StatusBadGateway
	if plane == intent.Normalized {
		broken = http.StatusServiceUnavailable
	}
	if spoken == intent.AutoHTTP {
		spoken = intent.HTTP
		if secure {
			spoken = intent.HTTPS
		}
	}
	encrypted, second := spoken == intent.HTTPS || spoken == intent.H2, multiplexed(spoken)
	switch protocol {
	case "https":
		if second { // over TLS they agree upon no protocol
			return broken
		}
		if !encrypted {
			return http.StatusBadRequest
		}
	case "grpc":
		if encrypted {
			return broken
		}
	default:
		if second && !encrypted { // HTTP/1.1 is no answer to HTTP/2
			return http.StatusBadGateway
		}
		if encrypted {
			return broken
		}
	}
	return 0
}

// cookies rewrites cookies of the backend, and adds the one that keeps the client. Those of
// nginx are told by a text of their own each: what they will be is recorded.
func (q *question) cookies(h http.Header, f *intent.Forward, b intent.Backend) {
	changes := append(append([]intent.CookieChange{}, f.Cookies...), b.Cookies...)
	for i, line := range h["Set-Cookie"] {
		for _, c := range changes {
			if q.plane == intent.Decoded {
				line += "; changed by " + fmt.Sprint(c)
			} else {
				line = changeCookie(line, c)
			}
		}
		h["Set-Cookie"][i] = line
	}
	a := f.Affinity
	if a == nil || a.Silent || q.plane == intent.Decoded && b.Bound == "" {
		return
	}
	if _, err := (&http.Request{Header: q.header}).Cookie(a.Cookie); err == nil {
		return
	}
	if q.plane == intent.Decoded {
		h.Add("Set-Cookie", a.Cookie+" of nginx")
		return
	}
	h.Add("Set-Cookie", a.Cookie+`="k"; Path=`+a.Path+"; HttpOnly")
}

// changeCookie gives a cookie of a name other attributes.
func changeCookie(line string, c intent.CookieChange) string {
	parts := strings.Split(line, ";")
	if name, _, _ := strings.Cut(parts[0], "="); c.Name != "" && name != c.Name {
		return line
	}
	set := func(attribute, value string) {
		if value == "" {
			return
		}
		for i, p := range parts {
			if name, _, _ := strings.Cut(strings.TrimSpace(p), "="); i > 0 && strings.EqualFold(name, attribute) {
				parts[i] = " " + attribute + "=" + value
				return
			}
		}
		parts = append(parts, " "+attribute+"="+value)
	}
	set("Path", c.Path)
	set("Domain", c.Domain)
	set("SameSite", c.SameSite)
	if c.Secure == "true" && !strings.Contains(strings.ToLower(line), "; secure") {
		parts = append(parts, " Secure")
	}
	return strings.Join(parts, ";")
}
