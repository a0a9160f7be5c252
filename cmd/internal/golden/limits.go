package golden

import (
	"cmp"
	"net/http"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// bucket is one of tokens, as far as the requests of the recordings fill and empty it. Tokens
// come back evenly, in nginx (limit_req) and in Envoy v1.38.
type bucket struct {
	tokens float64
	last   time.Time
}

// whole is a token, as far as its parts, which come back one by one, add up to it.
const whole = 1 - 1e-9

// take takes a token from the bucket of a name, which holds so many and gets so many back in
// a second; false if there is none. It is close if there may be one when the request arrives.
func (s *side) take(name string, size, rate float64) (taken, close bool) {
	now, later := s.lab.clock.arrival()
	b := s.buckets[name]
	if b == nil {
		b = &bucket{tokens: size, last: now}
		s.buckets[name] = b
	}
	b.tokens, b.last = min(size, b.tokens+rate*now.Sub(b.last).Seconds()), now
	if b.tokens < whole {
		return false, b.tokens+rate*later.Seconds() >= whole
	}
	b.tokens = max(0, b.tokens-1)
	return true, false
}

// place names the buckets of a route.
func (q *question) place() string { return q.d.Host.Name + " " + statusText(q.d.RouteIndex) }

// limit says whether a request is refused because there are too many, with which status and
// headers; close: it may be let through. Of a line that is sent more than once allowance says how
// many get through.
func (q *question) limit(p *intent.Policies) (status int, with []intent.HeaderChange, close bool) {
	if q.r.Repeat > 1 {
		return 0, nil, false
	}
	if taken, close := q.takeZone(p.Limits); !taken {
		return cmp.Or(p.Limits.Status, http.StatusServiceUnavailable), nil, close
	}
	if l := p.Local; l != nil {
		if taken, close := q.takeLocal(l); !taken {
			return cmp.Or(l.Status, http.StatusTooManyRequests), l.Headers, close
		}
	}
	return 0, nil, false
}

// takeZone counts a request of its client; without limits all are within.
func (q *question) takeZone(l *intent.Limits) (taken, close bool) {
	if l == nil || within(q.client(), l.Exempt) {
		return true, false
	}
	zone := cmp.Or(l.Zone, q.place()) + " " + q.client()
	for _, one := range []struct {
		unit  string
		burst int
		rate  float64
	}{{" second", l.Burst, float64(l.PerSecond)}, {" minute", l.BurstMinute, float64(l.PerMinute) / 60}} {
		if one.rate == 0 {
			continue
		}
		if taken, close := q.take(zone+one.unit, float64(1+one.burst), one.rate); !taken {
			return false, close
		}
	}
	return true, false
}

func (q *question) takeLocal(l *intent.LocalLimit) (taken, close bool) {
	return q.take(cmp.Or(l.Zone, q.place()), float64(l.Requests+l.Burst), float64(l.Requests)/float64(max(l.Seconds, 1)))
}

// allowance is how many of a line's requests get through the limits that all of them reach at
// once, and the status of the others; all of them without a limit.
func (q *question) allowance(n int) (through, status int) {
	p := q.d.Route.Policies
	if p == nil || p.Local == nil && p.Limits == nil {
		return n, 0
	}
	for through < n {
		if taken, _ := q.takeZone(p.Limits); !taken {
			return through, cmp.Or(p.Limits.Status, http.StatusServiceUnavailable)
		}
		if p.Local != nil {
			if taken, _ := q.takeLocal(p.Local); !taken {
				return through, cmp.Or(p.Local.Status, http.StatusTooManyRequests)
			}
		}
		through++
	}
	return through, 0
}
