package httpproxy

import (
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Zone is one of nginx's zones: what the clients of its routes may do, and where those are.
type Zone struct {
	Limits intent.Limits
	Hosts  []string // with routes of the zone, sorted
}

// Over are the options with what the trees of a forest have in common, for those who lower
// them one by one.
func (o Options) Over(f delegation.Forest) Options {
	o.zones = map[string]Zone{}
	f.Walk(func(n delegation.Node) {
		for _, p := range placedIn(n) {
			if p.Forward == nil || p.Policies == nil || p.Policies.Limits == nil || p.Policies.Limits.PerSecond+p.Policies.Limits.PerMinute == 0 {
				continue
			}
			limits := *p.Policies.Limits
			z := o.zones[limits.Zone]
			z.Limits = limits
			if i, found := slices.BinarySearch(z.Hosts, n.Root.Host); !found {
				z.Hosts = slices.Insert(z.Hosts, i, n.Root.Host)
			}
			o.zones[limits.Zone] = z
		}
	})
	return o
}

// placedIn are the routes of one object.
func placedIn(n delegation.Node) []delegation.Placed {
	switch {
	case n.Team != nil:
		return n.Team.Routes
	case n.Fanout != nil:
		return n.Fanout.Routes
	}
	return n.Root.Routes
}

// counted are the buckets that Envoy has for each zone on this host: one for each route and
// for each listener that the route is on. The routes must have been lowered once.
func (l *lowering) counted() map[string]int {
	out := map[string]int{}
	l.anyRoute(func(p delegation.Placed) bool {
		if p.Forward == nil || p.Policies == nil || p.Policies.Local == nil {
			return false
		}
		n := 1
		if l.certified() && l.all[p.Index].HTTPS == nil {
			n = 2
		}
		out[p.Policies.Local.Zone] += n
		return false
	})
	return out
}

// shares are how many buckets the routes of a zone have in one Envoy, on all hosts; hosts
// count alike, however many routes they have.
func (l *lowering) shares(zone string) int {
	return max(1, l.buckets[zone]) * max(1, len(l.opts.zones[zone].Hosts))
}

// atOnce is how many requests nginx lets through at once: one, and the burst.
func atOnce(l intent.Limits) int {
	n := 0
	for _, b := range []struct{ rate, burst int }{{l.PerSecond, l.Burst}, {l.PerMinute, l.BurstMinute}} {
		if holds := 1 + clip(b.burst); b.rate > 0 && (n == 0 || holds < n) {
			n = holds
		}
	}
	return n
}

// anHour is how many requests nginx lets through in an hour, beside the burst.
func anHour(l intent.Limits) int {
	switch second, minute := 3600*clip(l.PerSecond), 60*clip(l.PerMinute); {
	case second == 0:
		return minute
	case minute == 0:
		return second
	default:
		return min(second, minute)
	}
}

// clip keeps a number within what the API takes, with room for sums.
func clip(n int) int { return min(max(n, 0), 1_000_000_000) }

// bucket is one of n buckets that together let no more through than nginx lets one client, at
// once or over any time; false if Envoy has none that holds at least half of its share.
func bucket(l intent.Limits, n int) (intent.LocalLimit, bool) {
	holds, rate := atOnce(l)/n, anHour(l)/n
	best, bestRate := intent.LocalLimit{}, 0
	for _, seconds := range []int{1, 60, 3600} {
		q := min(rate*seconds/3600, holds)
		if r := q * (3600 / seconds); r > bestRate {
			best, bestRate = intent.LocalLimit{Requests: q, Seconds: seconds, Burst: holds - q, Status: refusalStatus(l)}, r
		}
	}
	return best, bestRate > 0 && 2*bestRate >= rate
}

// quota is what the rate limit service grants a client in each unit. It counts from one full
// second or minute to the next, so that twice as much may come at once.
func quota(rate, burst int) int { return max(1, min(clip(rate), (1+clip(burst))/2)) }

// The keys of descriptors, which are those of the annotations.
const (
	perSecond = "limit-rps"
	perMinute = "limit-rpm"
)

// descriptors count the requests of each client, by zone.
func descriptors(l intent.Limits) *intent.GlobalLimit {
	g := &intent.GlobalLimit{}
	add := func(key string, rate int) {
		if rate > 0 {
			g.Descriptors = append(g.Descriptors, intent.Descriptor{Entries: []intent.DescriptorEntry{
				{Key: key, Value: l.Zone}, {Key: remoteAddress, Remote: true},
			}})
		}
	}
	add(perSecond, l.PerSecond)
	add(perMinute, l.PerMinute)
	return g
}

// granted says what the rate limit service grants, in words.
func granted(l intent.Limits) (out []string) {
	if l.PerSecond > 0 {
		out = append(out, fmt.Sprintf("%d in each second", quota(l.PerSecond, l.Burst)))
	}
	if l.PerMinute > 0 {
		out = append(out, fmt.Sprintf("%d in each minute", quota(l.PerMinute, l.BurstMinute)))
	}
	return out
}

// unlimited is the finding about what Contour has to be told, since it takes descriptors
// without a rate limit service for nothing.
func unlimited(opts Options) ledger.Finding {
	return ledger.Finding{
		Rule: "rate-limit-service", Severity: ledger.Warning,
		Message: fmt.Sprintf("clients are limited only if Contour's configuration has rateLimitService with extensionService %s, domain %s and failOpen false, and the service reads ConfigMap %s",
			opts.RateLimitService, rateLimitDomain, limitsName(opts)),
		Action: "set it before the routes are applied, and send requests until one gets 429",
	}
}
