package httpproxy

import (
	"fmt"
	"net/http"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

const (
	keyRateLimit     = "rateLimitPolicy"
	keyHostRateLimit = virtualHost + keyRateLimit
)

// rateLimits are a rateLimitPolicy in parts.
type rateLimits struct {
	local  *intent.LocalLimit
	global bool // it has descriptors for a rate limit service
	out    bool // a route wants none of its host's descriptors
	rest   string
}

// limit reads the rate limits. A route's bucket stands instead of its host's, which all
// routes without one share. Limits of a rate limit service stay opaque: there is none.
func (x *explicitRoute) limit() {
	if x.Forward == nil {
		x.ignore(keyRateLimit)
	}
	own := x.rateLimit(keyRateLimit)
	if own.out {
		x.withoutGlobal()
	}
	root := x.rateLimit(keyHostRateLimit)
	switch {
	case own.local != nil:
		x.policies().Local = own.local
	case root.local != nil:
		shared := *root.local
		shared.Zone = "virtualhost " + x.Name
		x.policies().Local = &shared
	}
}

// rateLimit reads one policy; what is left of it stays.
func (x *explicitRoute) rateLimit(key string) rateLimits {
	i := x.find(key)
	l, ok := take(x, key, readRateLimit)
	if ok && l.global {
		q := &x.Opaque[i]
		x.done[i], q.Value, q.Reason = false, l.rest, "there is no rate limit service"
	}
	return l
}

// withoutGlobal takes the descriptors out of the host's policy.
func (x *explicitRoute) withoutGlobal() {
	i := x.find(keyHostRateLimit)
	if i < 0 {
		return
	}
	var p contour.RateLimitPolicy
	if err := unjson(x.Opaque[i].Value, &p); err == nil { // else it fails when it is read
		p.Global = nil
		x.Opaque[i].Value = jsonText([]any{p})
	}
}

func readRateLimit(p *contour.RateLimitPolicy) (rateLimits, error) {
	var l rateLimits
	if g := p.Global; g != nil {
		l.out = g.Disabled
		l.global = !g.Disabled && len(g.Descriptors) > 0
		l.rest = jsonText([]any{contour.RateLimitPolicy{Global: g}})
	}
	if p.Local == nil {
		return l, nil
	}
	local, err := readLocalLimit(p.Local)
	l.local = local
	return l, err
}

func readLocalLimit(p *contour.LocalRateLimitPolicy) (*intent.LocalLimit, error) {
	bad := func(format string, args ...any) (*intent.LocalLimit, error) {
		return nil, fault{"RateLimitPolicyNotValid", fmt.Sprintf(format, args...)}
	}
	seconds, ok := map[string]int{"second": 1, "minute": 60, "hour": 3600}[p.Unit]
	if !ok {
		return bad("the unit %q is none of second, minute and hour", p.Unit)
	}
	if p.Requests == 0 {
		return bad("requests must be at least 1")
	}
	l := &intent.LocalLimit{Requests: int(p.Requests), Seconds: seconds, Burst: int(p.Burst), Status: int(p.ResponseStatusCode)}
	if l.Status < 400 { // Envoy refuses with nothing that looks like success
		l.Status = http.StatusTooManyRequests
	}
	seen := map[string]bool{}
	for _, h := range p.ResponseHeadersToAdd {
		n := http.CanonicalHeaderKey(h.Name)
		if seen[n] {
			return bad("the header %s is added twice", n)
		}
		seen[n] = true
		if h.Value != "" {
			l.Headers = append(l.Headers, intent.HeaderChange{Name: h.Name, Value: variables(h.Value, nil)})
		}
	}
	return l, nil
}
