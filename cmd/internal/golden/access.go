package golden

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func statusText(status int) string { return strconv.Itoa(status) }

// access is the status of a refusal by the client's address, or 0 (spec item 54; Envoy's
// RBAC). Deny lists come first; an allow list that is there lets in nobody else.
func (q *question) access(p *intent.Policies) int {
	a, client := p.Access, q.client()
	if a == nil || p.SatisfyAny && (p.Basic != nil || p.External != nil) {
		return 0
	}
	listed := len(a.Allow)+len(a.AllowRemote) > 0
	switch {
	case within(client, a.Deny), within(client, a.DenyRemote), listed && !within(client, a.Allow) && !within(client, a.AllowRemote):
		return http.StatusForbidden
	}
	return 0
}

// preflight is the answer to a browser's question, or status 0 (spec items 27 and 50; Envoy's
// CORS filter asks for Origin and Access-Control-Request-Method).
func (q *question) preflight(c *intent.CORS) (http.Header, int) {
	h := http.Header{}
	if q.r.method() != http.MethodOptions || !q.mark(h, c) {
		return nil, 0
	}
	if q.plane == intent.Decoded {
		return h, http.StatusNoContent
	}
	if q.header.Get("Access-Control-Request-Method") == "" || q.d.Route.Forward == nil {
		return nil, 0
	}
	q.set(h, "Access-Control-Allow-Methods", c.Methods)
	q.set(h, "Access-Control-Allow-Headers", c.Headers)
	if c.MaxAge != 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(max(c.MaxAge, 0)))
	}
	return h, http.StatusOK
}

// mark puts CORS headers on a response, and says whether the policy speaks of the request.
// nginx puts all of them on each, and answers "*" where that is let in; Envoy echoes the
// origin, and keeps what is about preflights for these.
func (q *question) mark(h http.Header, c *intent.CORS) bool {
	if c == nil {
		return false
	}
	origin, any, nginx := q.header.Get("Origin"), contains(c.Origins, "*"), q.plane == intent.Decoded
	switch {
	case nginx && any:
		origin = "*"
	case origin == "" || !any && !originIn(origin, c):
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if c.Expose != "" {
		h.Set("Access-Control-Expose-Headers", c.Expose)
	}
	if nginx {
		h.Set("Access-Control-Allow-Methods", c.Methods)
		h.Set("Access-Control-Allow-Headers", c.Headers)
		h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
	}
	return true
}

// originIn says whether an origin is one of the policy's.
func originIn(origin string, c *intent.CORS) bool {
	for _, o := range c.Origins {
		switch pattern := strings.ReplaceAll(regexp.QuoteMeta(o), `\*`, `[A-Za-z0-9-]+`); {
		case !c.Ends:
			if strings.EqualFold(o, origin) {
				return true
			}
		case o == "null" || strings.Contains(o, "://"):
			if regexp.MustCompile(`(?i)` + pattern + `$`).MatchString(origin) {
				return true
			}
		}
	}
	for _, p := range c.Patterns {
		if regexp.MustCompile(`^(?:` + p + `)$`).MatchString(origin) {
			return true
		}
	}
	return false
}
