package guard

import (
	"cmp"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

// switches looks for what takes back, on a route, what the root demands of its host.
func (c *check) switches(rs []contour.Route) {
	h := cmp.Or(c.hostOf(c.Namespace, c.Name), &Host{})
	for _, r := range rs {
		on := " on " + pathOfRoute(r).key
		c.off(r, h, on)
		c.addIf(h.secret() && r.PermitInsecure, "insecure", "permitInsecure", on)
		if h.RootIP {
			c.addIf(len(r.IPAllowFilterPolicy) > 0, "ip-policy", "ipAllowPolicy", on)
			c.addIf(len(r.IPDenyFilterPolicy) > 0, "ip-policy", "ipDenyPolicy", on)
		}
		if limit := r.RateLimitPolicy; limit != nil && h.RootLimits {
			c.addIf(limit.Global != nil && len(limit.Global.Descriptors) > 0, "limit-policy", "rateLimitPolicy.global", on)
			c.addIf(limit.Local != nil, "limit-policy", "rateLimitPolicy.local", on)
		}
	}
}

// off are the switches by which everybody passes, or passes as somebody else.
func (c *check) off(r contour.Route, h *Host, on string) {
	auth, jwt, limit := r.AuthPolicy, r.JWTVerificationPolicy, r.RateLimitPolicy
	c.addIf(auth != nil && auth.Disabled, "auth-off", "authPolicy.disabled", on)
	c.addIf(auth != nil && len(auth.Context) > 0 && h.Auth, "auth-off", "authPolicy.context", on)
	c.addIf(jwt != nil && jwt.Disabled, "auth-off", "jwtVerificationPolicy.disabled", on)
	c.addIf(jwt != nil && jwt.Require != "", "auth-off", "jwtVerificationPolicy.require", on)
	c.addIf(limit != nil && limit.Global != nil && limit.Global.Disabled, "auth-off", "rateLimitPolicy.global.disabled", on)
}

// answers says whether a route answers by itself: nothing is behind it that the root's demands
// could protect.
func answers(r contour.Route) bool {
	return r.DirectResponsePolicy != nil || r.RequestRedirectPolicy != nil
}

// addIf adds an offence, in parts, if it is one.
func (c *check) addIf(so bool, rule string, what ...string) {
	if so {
		c.add(rule, strings.Join(what, ""))
	}
}
