package nginx

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// decider says which Ingress's annotations hold on a location, where that need not be the
// location's own (spec items 9 and 10).
type decider struct {
	keys  []string // without Prefix
	by    *object
	share string // why, as a sentence
	also  bool   // the location's own hold as well
}

// cookieKeys are the keys of affinity that hold as the last Ingress of a Service says.
var cookieKeys = []string{
	"session-cookie-change-on-failure", "session-cookie-conditional-samesite-none", "session-cookie-domain",
	"session-cookie-expires", "session-cookie-max-age", "session-cookie-name", "session-cookie-path",
	"session-cookie-samesite", "session-cookie-secure",
}

// affinityKeys are all of affinity, where the location's Ingress asks for none.
var affinityKeys = append(slices.Clip(cookieKeys), "affinity")

// deciders are those of a route of a location that leads to an upstream, or to its canary.
func (x *explicit) deciders(f intent.Forward, a *asked, host string, loc *location) []decider {
	primary := x.upstreams[loc.upstream]
	if primary == nil {
		return nil
	}
	up := x.chosen(primary, f.Backends[0])
	var ds []decider
	add := func(by *object, share string, keys ...string) {
		if by != nil && by != a.object {
			service := "Service " + up.backend.Namespace + "/" + up.backend.Service
			ds = append(ds, decider{keys: keys, by: by, share: fmt.Sprintf(share, service, "Ingress "+by.key())})
		}
	}
	add(up.creator, "%[1]s is balanced everywhere as %[2]s says, which names it first", upstreamKeys...)
	if s := x.sticky[up]; s != nil {
		add(s.first, "the affinity mode of %[1]s is everywhere that of %[2]s, the first with one", "affinity-mode")
		keys := cookieKeys
		if a.object == nil || a.values.str("affinity") == "" {
			keys = affinityKeys
		}
		add(s.last, "the affinity cookie of %[1]s is everywhere that of %[2]s, the last with one", keys...)
	}
	if a.tls == nil && x.backendTLS(a, host) != nil {
		add(x.byHost[host].secured, "on all paths of a host the proxy-ssl annotations of its first Ingress with any hold, for %[1]s those of %[2]s",
			"proxy-ssl-ciphers", "proxy-ssl-name", "proxy-ssl-protocols", "proxy-ssl-secret", "proxy-ssl-server-name", "proxy-ssl-verify", "proxy-ssl-verify-depth")
	}
	if alt := x.alternative(primary); alt != nil && len(f.Backends) > 1 {
		ds = append(ds, decider{keys: []string{"service-upstream", "affinity-canary-behavior"}, by: alt.creator,
			share: "of the canary that is what Ingress " + alt.creator.key() + " says", also: true})
	}
	return ds
}

// accounted makes a route stand on what holds on it, and on nothing else.
func (x *explicit) accounted(r intent.Route, a *asked, host string, loc *location) intent.Route {
	if len(a.response) > 0 {
		r = a.asksFor(r, "custom-headers")
	}
	r = x.beaten(r, a, host)
	if r.Forward == nil {
		return a.answered(r)
	}
	return x.ofCanary(x.decided(r, a, host, loc), loc)
}

// balanceKeys say how endpoints are chosen.
var balanceKeys = []string{"load-balance", "upstream-hash-by", "upstream-hash-by-subset", "upstream-hash-by-subset-size"}

// upstreamKeys hold as the first Ingress of a Service says.
var upstreamKeys = append(slices.Clip(balanceKeys), "service-upstream")

// ofCanary leaves opaque how a canary is balanced otherwise than its primary, which one route
// cannot say.
func (x *explicit) ofCanary(r intent.Route, loc *location) intent.Route {
	up := x.upstreams[loc.upstream]
	if up == nil || len(r.Forward.Backends) < 2 {
		return r
	}
	alt := x.alternative(up)
	if alt == nil || reflect.DeepEqual(x.balance(up), x.balance(alt)) {
		return r
	}
	for _, key := range balanceKeys {
		if v, there := alt.creator.values[key]; there && v.state == valid {
			q := alt.creator.opaqueOf(v, balancedAlike(alt.backend, x.balance(alt), x.balance(up)))
			r.Opaque, r.Origins = append(slices.Clip(r.Opaque), q), append(slices.Clip(r.Origins), v.origin)
		}
	}
	return r
}

// decided makes a route ask for what the Ingresses that decide over it say, instead of what
// its own says in vain.
func (x *explicit) decided(r intent.Route, a *asked, host string, loc *location) intent.Route {
	for _, d := range x.deciders(*r.Forward, a, host, loc) {
		if r = d.ask(r); d.also {
			continue
		}
		r = a.without(r, d.keys)
		if a.object != nil {
			for _, key := range d.keys {
				if v, there := a.values[key]; there {
					x.note([]ledger.Origin{v.origin}, d.share)
				}
			}
		}
	}
	return r
}

// asksFor makes a route stand on a key, if it does not yet.
func (a *asked) asksFor(r intent.Route, key string) intent.Route {
	v := a.values[key]
	if v.state != valid || slices.Contains(r.Origins, v.origin) {
		return r
	}
	r.Asked = append(slices.Clip(r.Asked), intent.Asked{Dimension: v.rule.Part, Key: Prefix + key, Security: v.rule.Security, Origin: v.origin})
	r.Origins = append(slices.Clip(r.Origins), v.origin)
	return r
}

// owns says whether an entry is one of some keys of the Ingress.
func (a *asked) owns(o ledger.Origin, keys []string) bool {
	return a.object != nil && slices.ContainsFunc(keys, func(key string) bool {
		v, there := a.values[key]
		return there && v.origin == o
	})
}

// answered is a route that reaches no upstream: of an Ingress nothing counts there that is
// the upstream's matter.
func (a *asked) answered(r intent.Route) intent.Route {
	if a.object == nil {
		return r
	}
	var keys []string
	for _, key := range sortedKeys(a.values) {
		if a.values[key].rule.Scope == ScopeUpstream {
			keys = append(keys, key)
		}
	}
	return a.without(r, keys)
}

// without is a route that does not stand on some keys of the Ingress.
func (a *asked) without(r intent.Route, keys []string) intent.Route {
	r.Asked = slices.DeleteFunc(slices.Clone(r.Asked), func(k intent.Asked) bool { return a.owns(k.Origin, keys) })
	r.Origins = slices.DeleteFunc(slices.Clone(r.Origins), func(o ledger.Origin) bool { return a.owns(o, keys) })
	return r
}

// ask adds what the decider says to what a route stands on.
func (d decider) ask(r intent.Route) intent.Route {
	for _, key := range d.keys {
		v, there := d.by.values[key]
		if !there || v.state != valid || d.by.idled[key] != "" {
			continue
		}
		r.Asked = append(r.Asked, intent.Asked{Dimension: v.rule.Part, Key: Prefix + key, Security: v.rule.Security, Shared: d.share, Origin: v.origin})
		r.Origins = append(slices.Clip(r.Origins), v.origin)
	}
	return r
}
