package httpproxy

import (
	"encoding/json"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// opaque lists what the model does not say of a route: each with its value as JSON, so that
// two of them can be compared.
func opaque(c contour.Route, vh *contour.VirtualHost, at ledger.Origin) []intent.Opaque {
	var qs []intent.Opaque
	note := func(there bool, key string, security bool, values ...any) {
		if there {
			qs = append(qs, intent.Opaque{Key: key, Security: security, Reason: jsonText(values), Origin: at})
		}
	}
	note(vh.Authorization != nil, "virtualhost.authorization", true, vh.Authorization)
	if t := vh.TLS; t != nil {
		note(t.ClientValidation != nil || t.MaximumProtocolVersion != "" || t.EnableFallbackCertificate, "virtualhost.tls", true, t.ClientValidation, t.MaximumProtocolVersion, t.EnableFallbackCertificate)
	}
	note(vh.CORSPolicy != nil, "virtualhost.corsPolicy", false, vh.CORSPolicy)
	note(vh.RateLimitPolicy != nil, "virtualhost.rateLimitPolicy", true, vh.RateLimitPolicy)
	note(len(vh.JWTProviders) > 0, "virtualhost.jwtProviders", true, vh.JWTProviders)
	note(len(vh.IPAllowFilterPolicy)+len(vh.IPDenyFilterPolicy) > 0, "virtualhost.ipPolicy", true, vh.IPAllowFilterPolicy, vh.IPDenyFilterPolicy)
	note(c.AuthPolicy != nil, "authPolicy", true, c.AuthPolicy)
	note(c.JWTVerificationPolicy != nil, "jwtVerificationPolicy", true, c.JWTVerificationPolicy)
	note(c.RateLimitPolicy != nil, "rateLimitPolicy", true, c.RateLimitPolicy)
	note(len(c.IPAllowFilterPolicy)+len(c.IPDenyFilterPolicy) > 0, "ipPolicy", true, c.IPAllowFilterPolicy, c.IPDenyFilterPolicy)
	note(c.RetryPolicy != nil, "retryPolicy", false, c.RetryPolicy)
	note(c.LoadBalancerPolicy != nil, "loadBalancerPolicy", false, c.LoadBalancerPolicy)
	if t := c.TimeoutPolicy; t != nil {
		note(t.IdleConnection != "", "timeoutPolicy.idleConnection", false, t.IdleConnection)
	}
	note(c.HealthCheckPolicy != nil, "healthCheckPolicy", false, c.HealthCheckPolicy)
	note(len(c.CookieRewritePolicies) > 0, "cookieRewritePolicies", false, c.CookieRewritePolicies)
	note(c.InternalRedirectPolicy != nil, "internalRedirectPolicy", false, c.InternalRedirectPolicy)
	for _, s := range c.Services {
		note(s.UpstreamValidation != nil, "services.validation "+s.Name, true, s.UpstreamValidation)
		note(s.RequestHeadersPolicy != nil || s.ResponseHeadersPolicy != nil, "services.headersPolicy "+s.Name, false, s.RequestHeadersPolicy, s.ResponseHeadersPolicy)
		note(len(s.CookieRewritePolicies) > 0, "services.cookieRewritePolicies "+s.Name, false, s.CookieRewritePolicies)
		note(s.SlowStartPolicy != nil, "services.slowStartPolicy "+s.Name, false, s.SlowStartPolicy)
	}
	return qs
}

// jsonText is a list of values in one line; the API's types always have one.
func jsonText(values []any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
