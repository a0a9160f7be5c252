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
	at ledger.Origin
	qs []intent.Opaque
}

func (u *unread) note(there bool, key string, security bool, values ...any) {
	if there {
		u.qs = append(u.qs, intent.Opaque{Key: key, Security: security, Value: jsonText(values), Reason: notRead, Origin: u.at})
	}
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
	u.note(vh.Authorization != nil, keyAuthorization, true, vh.Authorization)
	if t := vh.TLS; t != nil {
		u.note(t.ClientValidation != nil || t.MaximumProtocolVersion != "" || t.EnableFallbackCertificate, keyTLS, true, t.ClientValidation, t.MaximumProtocolVersion, t.EnableFallbackCertificate)
	}
	u.note(vh.CORSPolicy != nil, "virtualhost.corsPolicy", false, vh.CORSPolicy)
	u.note(vh.RateLimitPolicy != nil, "virtualhost.rateLimitPolicy", true, vh.RateLimitPolicy)
	u.note(len(vh.JWTProviders) > 0, keyJWT, true, vh.JWTProviders)
	u.note(len(vh.IPAllowFilterPolicy) > 0, "virtualhost.ipAllowPolicy", true, vh.IPAllowFilterPolicy)
	u.note(len(vh.IPDenyFilterPolicy) > 0, "virtualhost.ipDenyPolicy", true, vh.IPDenyFilterPolicy)
	return u.qs
}

// opaque lists what the model does not say of a route.
func opaque(c contour.Route, at ledger.Origin) []intent.Opaque {
	u := unread{at: at}
	u.note(c.AuthPolicy != nil, "authPolicy", true, c.AuthPolicy)
	u.note(c.JWTVerificationPolicy != nil, "jwtVerificationPolicy", true, c.JWTVerificationPolicy)
	u.note(c.RateLimitPolicy != nil, "rateLimitPolicy", true, c.RateLimitPolicy)
	u.note(len(c.IPAllowFilterPolicy) > 0, "ipAllowPolicy", true, c.IPAllowFilterPolicy)
	u.note(len(c.IPDenyFilterPolicy) > 0, "ipDenyPolicy", true, c.IPDenyFilterPolicy)
	u.note(c.RetryPolicy != nil, "retryPolicy", false, c.RetryPolicy)
	u.note(c.LoadBalancerPolicy != nil, "loadBalancerPolicy", false, c.LoadBalancerPolicy)
	if t := c.TimeoutPolicy; t != nil {
		u.note(t.IdleConnection != "", "timeoutPolicy.idleConnection", false, t.IdleConnection)
	}
	u.note(c.HealthCheckPolicy != nil, "healthCheckPolicy", false, c.HealthCheckPolicy)
	u.note(len(c.CookieRewritePolicies) > 0, "cookieRewritePolicies", false, c.CookieRewritePolicies)
	u.note(c.InternalRedirectPolicy != nil, "internalRedirectPolicy", false, c.InternalRedirectPolicy)
	for _, s := range c.Services {
		label := serviceLabel(c.Services, s)
		u.note(s.UpstreamValidation != nil, keyValidation+label, true, s.UpstreamValidation)
		u.note(s.RequestHeadersPolicy != nil, keyServiceRequest+label, false, s.RequestHeadersPolicy)
		u.note(s.ResponseHeadersPolicy != nil, keyServiceResponse+label, false, s.ResponseHeadersPolicy)
		u.note(len(s.CookieRewritePolicies) > 0, keyServiceCookies+label, false, s.CookieRewritePolicies)
		u.note(s.SlowStartPolicy != nil, "services.slowStartPolicy "+label, false, s.SlowStartPolicy)
		u.note(s.Mirror && (s.Protocol != nil || s.Weight > 0 && s.Weight < 100), keyMirror+label, false, s.Protocol, s.Weight)
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
