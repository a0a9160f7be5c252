package httpproxy

import (
	"encoding/json"
	"strconv"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

const notRead = "not read from HTTPProxies yet"

// unread collects what the model does not say: each with its value as JSON, so that two of
// them can be compared.
type unread struct {
	at    ledger.Origin
	label string // behind each key
	qs    []intent.Opaque
}

// note notes a value under a key, if it is there.
func note[T any](u *unread, there bool, key string, security bool, value T) {
	if there {
		u.add(key, security, value)
	}
}

func (u *unread) add(key string, security bool, values ...any) {
	u.qs = append(u.qs, intent.Opaque{Key: key + u.label, Security: security, Value: jsonText(values), Reason: notRead, Origin: u.at})
}

// jsonText is a list of values in one line; the API's types always have one.
func jsonText(values []any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// opaqueOfHost lists what the model does not say of a virtual host.
func opaqueOfHost(vh *contour.VirtualHost, at ledger.Origin) []intent.Opaque {
	u := unread{at: at}
	note(&u, vh.Authorization != nil, keyAuthorization, true, vh.Authorization)
	if t := vh.TLS; t != nil {
		if t.ClientValidation != nil || t.MaximumProtocolVersion != "" || t.EnableFallbackCertificate {
			u.add(keyTLS, true, t.ClientValidation, t.MaximumProtocolVersion, t.EnableFallbackCertificate)
		}
	}
	note(&u, vh.CORSPolicy != nil, "virtualhost.corsPolicy", false, vh.CORSPolicy)
	note(&u, vh.RateLimitPolicy != nil, "virtualhost.rateLimitPolicy", true, vh.RateLimitPolicy)
	note(&u, len(vh.JWTProviders) > 0, keyJWT, true, vh.JWTProviders)
	note(&u, len(vh.IPAllowFilterPolicy) > 0, "virtualhost.ipAllowPolicy", true, vh.IPAllowFilterPolicy)
	note(&u, len(vh.IPDenyFilterPolicy) > 0, "virtualhost.ipDenyPolicy", true, vh.IPDenyFilterPolicy)
	return u.qs
}

// opaque lists what the model does not say of a route.
func opaque(c contour.Route, at ledger.Origin) []intent.Opaque {
	u := unread{at: at}
	note(&u, c.AuthPolicy != nil, "authPolicy", true, c.AuthPolicy)
	note(&u, c.JWTVerificationPolicy != nil, "jwtVerificationPolicy", true, c.JWTVerificationPolicy)
	note(&u, c.RateLimitPolicy != nil, "rateLimitPolicy", true, c.RateLimitPolicy)
	note(&u, len(c.IPAllowFilterPolicy) > 0, "ipAllowPolicy", true, c.IPAllowFilterPolicy)
	note(&u, len(c.IPDenyFilterPolicy) > 0, "ipDenyPolicy", true, c.IPDenyFilterPolicy)
	note(&u, c.RetryPolicy != nil, "retryPolicy", false, c.RetryPolicy)
	note(&u, c.LoadBalancerPolicy != nil, "loadBalancerPolicy", false, c.LoadBalancerPolicy)
	if t := c.TimeoutPolicy; t != nil {
		note(&u, t.IdleConnection != "", "timeoutPolicy.idleConnection", false, t.IdleConnection)
	}
	note(&u, c.HealthCheckPolicy != nil, "healthCheckPolicy", false, c.HealthCheckPolicy)
	note(&u, len(c.CookieRewritePolicies) > 0, "cookieRewritePolicies", false, c.CookieRewritePolicies)
	note(&u, c.InternalRedirectPolicy != nil, "internalRedirectPolicy", false, c.InternalRedirectPolicy)
	for _, s := range c.Services {
		u.label = serviceLabel(c.Services, s)
		note(&u, s.UpstreamValidation != nil, keyValidation, true, s.UpstreamValidation)
		note(&u, s.RequestHeadersPolicy != nil, keyServiceRequest, false, s.RequestHeadersPolicy)
		note(&u, s.ResponseHeadersPolicy != nil, keyServiceResponse, false, s.ResponseHeadersPolicy)
		note(&u, len(s.CookieRewritePolicies) > 0, keyServiceCookies, false, s.CookieRewritePolicies)
		note(&u, s.SlowStartPolicy != nil, "services.slowStartPolicy ", false, s.SlowStartPolicy)
		if s.Mirror && (s.Protocol != nil || s.Weight > 0 && s.Weight < 100) {
			u.add(keyMirror, false, s.Protocol, s.Weight)
		}
	}
	return u.qs
}

// serviceLabel names a Service of a route: with its port if the name stands there twice.
func serviceLabel(all []contour.Service, s contour.Service) string {
	n := 0
	for _, o := range all {
		if o.Name == s.Name {
			n++
		}
	}
	if n > 1 {
		return s.Name + ":" + strconv.Itoa(s.Port)
	}
	return s.Name
}
