package httpproxy

import (
	"net/http"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// badPolicies is why Contour refuses a route for something beside its match and its action,
// as far as Explicit can not tell any more.
func badPolicies(r contour.Route) string {
	if t := r.TimeoutPolicy; t != nil {
		for _, text := range []string{t.Response, t.Idle} {
			if _, err := parseTimeout(text); err != nil {
				return "timeoutPolicy: " + err.Error()
			}
		}
	}
	if p := r.RequestRedirectPolicy; p != nil && p.Path != nil && p.Prefix != nil {
		return "a redirect has either a path or a prefix"
	}
	if reason := badChanges(r.RequestHeadersPolicy, r.ResponseHeadersPolicy, r.CookieRewritePolicies); reason != "" {
		return reason
	}
	mirrors := 0
	for _, s := range r.Services {
		if s.Protocol != nil && protocolOf(*s.Protocol) == "" {
			return "the protocol " + *s.Protocol + " of Service " + s.Name + " is none of tls, h2 and h2c"
		}
		if s.Mirror {
			mirrors++
		}
		if reason := badChanges(s.RequestHeadersPolicy, s.ResponseHeadersPolicy, s.CookieRewritePolicies); reason != "" {
			return "Service " + s.Name + ": " + reason
		}
	}
	if mirrors > 1 {
		return "only one Service can be the mirror"
	}
	return ""
}

// badChanges is why changes of headers and cookies are refused.
func badChanges(request, response *contour.HeadersPolicy, cookies []contour.CookieRewritePolicy) string {
	for _, p := range []*contour.HeadersPolicy{request, response} {
		if reason := badHeaderChanges(p, p == request); reason != "" {
			return reason
		}
	}
	seen := map[string]bool{}
	for _, c := range cookies {
		if seen[c.Name] {
			return "the cookie " + c.Name + " is rewritten twice"
		}
		seen[c.Name] = true
		if c.PathRewrite == nil && c.DomainRewrite == nil && c.Secure == nil && c.SameSite == nil {
			return "nothing of the cookie " + c.Name + " is rewritten"
		}
	}
	return ""
}

func badHeaderChanges(p *contour.HeadersPolicy, host bool) string {
	if p == nil {
		return ""
	}
	set, removed := map[string]bool{}, map[string]bool{}
	for _, h := range p.Set {
		n := http.CanonicalHeaderKey(h.Name)
		switch {
		case set[n]:
			return "the header " + n + " is set twice"
		case len(validation.IsHTTPHeaderName(n)) > 0:
			return "the header " + n + " can not be set"
		case n == "Host" && !host:
			return "the header Host can not be set on responses"
		}
		set[n] = !strings.EqualFold(n, "host") // the last one counts
	}
	for _, name := range p.Remove {
		n := http.CanonicalHeaderKey(name)
		if removed[n] || len(validation.IsHTTPHeaderName(n)) > 0 {
			return "the header " + n + " can not be removed, or is removed twice"
		}
		removed[n] = true
	}
	return ""
}
