package httpproxy

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// limitRules bound what clients may do.
var limitRules = []partRule{
	{intent.RequestLimit, lowerRequestLimit},
	{intent.ConnectionLimit, lowerConnectionLimit},
	{intent.RateLimit, lowerRate},
	{intent.BodySize, lowerBodySize},
}

// lowerRequestLimit makes a local limit of that of each client, such that no client can do
// more on one Envoy than before; or with a rate limit service one that counts each client.
func lowerRequestLimit(l *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.RequestLimit) || r.Policies.Limits == nil {
		return verdict{}
	}
	asked, local := *r.Policies.Limits, r.Policies.Local
	r.Drop(intent.RequestLimit)
	if r.Policies == nil {
		r.Policies = &intent.Policies{}
	}
	was := fmt.Sprintf("nginx let each client address make %s", allowance(asked))
	exempt := ""
	if len(asked.Exempt) > 0 {
		exempt = "; limit-allowlist's addresses are limited, too"
	}
	if l.opts.RateLimitService.Name != "" {
		r.Policies.Local, r.Policies.Global = local, descriptors(asked)
		return verdict{outcome: ledger.Approximated, reason: fmt.Sprintf("%s; the rate limit service %s counts each client address, %s, and refuses with 429%s",
			was, l.opts.RateLimitService, strings.Join(granted(asked), " and "), exempt)}
	}
	if l.buckets == nil { // the routes are counted first
		l.limited, r.Policies.Local = true, &intent.LocalLimit{Zone: asked.Zone}
		return verdict{outcome: ledger.Approximated, reason: "counted"}
	}
	n := l.shares(asked.Zone)
	b, ok := bucket(asked, n)
	if !ok {
		return verdict{outcome: ledger.Blocked, reason: fmt.Sprintf("%s; in Envoy its routes, hosts and listeners have %d buckets, and so small ones there are not: count each client with --rate-limit-service NAMESPACE/NAME", was, n)}
	}
	r.Policies.Local = &b
	as := "for all visitors together, per Envoy"
	if n > 1 {
		as += fmt.Sprintf(", in each of %d buckets: one for each of its routes, hosts and listeners", n)
	}
	return verdict{outcome: ledger.Approximated, reason: fmt.Sprintf("%s; here it is at most %s %s: one visitor can keep out all others (--rate-limit-service counts each client)%s", was, told(b), as, exempt)}
}

// allowance says what one client may do, in words.
func allowance(l intent.Limits) string {
	var each []string
	if l.PerSecond > 0 {
		each = append(each, fmt.Sprintf("%d a second", l.PerSecond))
	}
	if l.PerMinute > 0 {
		each = append(each, fmt.Sprintf("%d a minute", l.PerMinute))
	}
	return fmt.Sprintf("%d requests at once and %s", atOnce(l), strings.Join(each, " and "))
}

// told says what a bucket lets through, in words.
func told(b intent.LocalLimit) string {
	return fmt.Sprintf("%d requests a %s, and %d at once,", b.Requests, units[b.Seconds], b.Requests+b.Burst)
}

// lowerConnectionLimit has no field to go to.
func lowerConnectionLimit(_ *lowering, o *owned, _ *intent.Route) verdict {
	if !o.Has(intent.ConnectionLimit) {
		return verdict{}
	}
	return verdict{outcome: ledger.Blocked, reason: fmt.Sprintf("HTTPProxy does not count the requests of a client that are under way, of which nginx let %d at once: limit them in front of Envoy", o.Policies.Limits.Connections)}
}

// lowerRate leaves responses as fast as they come, which lets nobody in.
func lowerRate(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.RateLimit) {
		return verdict{}
	}
	after := ""
	if n := o.Policies.Limits.RateAfter; n > 0 {
		after = ", after the first " + size(int64(n))
	}
	r.Drop(intent.RateLimit)
	return verdict{outcome: ledger.Untranslated, reason: fmt.Sprintf("each response was sent at %s a second at most%s; HTTPProxy does not slow responses down: throttle in the application", size(int64(o.Policies.Limits.Rate)), after)}
}

// lowerBodySize leaves bodies as long as they come.
func lowerBodySize(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.BodySize) {
		return verdict{}
	}
	r.Drop(intent.BodySize)
	return verdict{outcome: ledger.Approximated, why: func() string {
		return fmt.Sprintf("bodies over %s got %d; HTTPProxy has no limit, and the application gets longer ones, too", size(o.Policies.Limits.Body), http.StatusRequestEntityTooLarge)
	}}
}

// size says a number of bytes in the largest unit that it is a whole number of.
func size(n int64) string {
	for _, u := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d %s", n/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// refusalStatus is that of a refused request; Envoy takes none below 400 for a refusal.
func refusalStatus(l intent.Limits) int {
	if status := cmp.Or(l.Status, http.StatusServiceUnavailable); status >= 400 {
		return status
	}
	return http.StatusTooManyRequests
}
