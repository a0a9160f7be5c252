package nginx

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// decider says which Ingress's annotations hold on a location, where that need not be the
// location's own (spec items 9 and 10).
type decider struct {
	keys  []string // without Prefix
	by    *object  // nil: none has one
	share string   // what they are shared by, and by which rule
}

// cookieKeys are the keys of affinity that hold as the last Ingress of a Service says.
var cookieKeys = []string{
	"session-cookie-change-on-failure", "session-cookie-conditional-samesite-none", "session-cookie-domain",
	"session-cookie-expires", "session-cookie-max-age", "session-cookie-name", "session-cookie-path",
	"session-cookie-samesite", "session-cookie-secure",
}

// deciders are those of a location that leads to an upstream of a host.
func (x *explicit) deciders(a *asked, host string, loc *location) []decider {
	up := x.upstreams[loc.upstream]
	if up == nil {
		return nil
	}
	service := up.backend.Namespace + "/" + up.backend.Service
	ds := []decider{{
		[]string{"load-balance", "service-upstream", "upstream-hash-by", "upstream-hash-by-subset", "upstream-hash-by-subset-size"},
		up.creator, "ingress-nginx balances Service " + service + " for all Ingresses as the first one asks that names it",
	}}
	if s := x.sticky[up]; s != nil {
		affinity := "ingress-nginx keeps clients of Service " + service + " by one cookie for all Ingresses, "
		ds = append(ds, decider{[]string{"affinity-mode"}, s.first, affinity + "in the mode that the first one with a mode says"})
		if s.cookie != nil {
			ds = append(ds, decider{cookieKeys, s.last, affinity + "which is that of the last one with affinity"})
			if a.object == nil || a.values.str("affinity") == "" {
				ds = append(ds, decider{[]string{"affinity"}, s.last, affinity + "whether they ask for it or not"})
			}
		}
	}
	if a.tls == nil && x.backendTLS(a, host) != nil {
		ds = append(ds, decider{
			[]string{"proxy-ssl-ciphers", "proxy-ssl-name", "proxy-ssl-protocols", "proxy-ssl-secret", "proxy-ssl-server-name", "proxy-ssl-verify", "proxy-ssl-verify-depth"},
			x.byHost[host].secured, "ingress-nginx uses the certificate towards applications of the first Ingress of a host on all its paths",
		})
	}
	return ds
}

// decided makes a route ask for what the Ingresses that decide over it say, instead of what
// its own says in vain.
func (x *explicit) decided(r intent.Route, a *asked, host string, loc *location) intent.Route {
	if !x.converting || r.Forward == nil {
		return r
	}
	for _, d := range x.deciders(a, host, loc) {
		if d.by == a.object {
			continue
		}
		r.Asked = slices.DeleteFunc(slices.Clone(r.Asked), func(k intent.Asked) bool { return a.owns(k.Origin, d.keys) })
		r.Origins = slices.DeleteFunc(slices.Clone(r.Origins), func(o ledger.Origin) bool { return a.owns(o, d.keys) })
		if a.object != nil {
			for _, key := range d.keys {
				if v, there := a.values[key]; there {
					x.note([]ledger.Origin{v.origin}, d.lost())
				}
			}
		}
		if d.by != nil {
			r = d.ask(r)
		}
	}
	return r
}

// owns says whether an entry is one of some keys of the Ingress.
func (a *asked) owns(o ledger.Origin, keys []string) bool {
	return a.object != nil && slices.ContainsFunc(keys, func(key string) bool {
		v, there := a.values[key]
		return there && v.origin == o
	})
}

// lost is why the same keys of other Ingresses change nothing.
func (d decider) lost() string {
	if d.by == nil {
		return d.share
	}
	return d.share + ": that is Ingress " + d.by.key()
}

// ask adds what the decider says to what a route stands on.
func (d decider) ask(r intent.Route) intent.Route {
	for _, key := range d.keys {
		v, there := d.by.values[key]
		if !there || v.state != valid || d.by.idled[key] != "" {
			continue
		}
		r.Asked = append(r.Asked, intent.Asked{Dimension: v.rule.Part, Key: Prefix + key, Security: v.rule.Security, Shared: d.lost(), Origin: v.origin})
		r.Origins = append(slices.Clip(r.Origins), v.origin)
	}
	return r
}
