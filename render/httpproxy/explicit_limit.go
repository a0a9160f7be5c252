package httpproxy

import (
	"cmp"
	"fmt"
	"net/http"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

const (
	keyRateLimit     = "rateLimitPolicy"
	keyHostRateLimit = virtualHost + keyRateLimit
	remoteAddress    = "remote_address" // Envoy's key of a descriptor's entry for the client's address
)

// rateLimits are a rateLimitPolicy in parts.
type rateLimits struct {
	local  *intent.LocalLimit
	typed  *intent.GlobalLimit // its descriptors of constants and the client's address
	global bool                // it has descriptors for a rate limit service that have no type
	out    bool                // a route wants none of its host's descriptors
	rest   string
}

// limit reads the rate limits. A route's bucket stands instead of its host's, which all
// routes without one share. Limits of a rate limit service that belong to the host, or count
// by something else than constants and the client's address, stay opaque.
func (x *explicitRoute) limit() {
	if x.Forward == nil {
		x.ignore(keyRateLimit)
	}
	own := x.rateLimit(keyRateLimit)
	if own.out {
		x.withoutGlobal()
	}
	if own.typed != nil {
		x.policies().Global = own.typed
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
	if ok && (l.global || l.typed != nil && key == keyHostRateLimit) {
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
		l.typed = readDescriptors(g)
		l.global = l.typed == nil && !g.Disabled && len(g.Descriptors) > 0
		l.rest = jsonText([]any{contour.RateLimitPolicy{Global: g}})
	}
	if p.Local == nil {
		return l, nil
	}
	local, err := readLocalLimit(p.Local)
	l.local = local
	return l, err
}

// readDescriptors are descriptors of constants and the client's address; nil if there are
// others, or none.
func readDescriptors(g *contour.GlobalRateLimitPolicy) *intent.GlobalLimit {
	if g.Disabled || len(g.Descriptors) == 0 {
		return nil
	}
	out := &intent.GlobalLimit{}
	for _, d := range g.Descriptors {
		var one intent.Descriptor
		for _, e := range d.Entries {
			switch {
			case e.RequestHeader != nil || e.RequestHeaderValueMatch != nil:
				return nil
			case e.GenericKey != nil && e.RemoteAddress == nil:
				one.Entries = append(one.Entries, intent.DescriptorEntry{Key: cmp.Or(e.GenericKey.Key, "generic_key"), Value: e.GenericKey.Value})
			case e.RemoteAddress != nil && e.GenericKey == nil:
				one.Entries = append(one.Entries, intent.DescriptorEntry{Key: remoteAddress, Remote: true})
			default:
				return nil
			}
		}
		out.Descriptors = append(out.Descriptors, one)
	}
	return out
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
