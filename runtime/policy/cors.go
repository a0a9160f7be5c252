package policy

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Names of the headers of the CORS protocol (Fetch standard), in canonical form.
const (
	acAllowOrigin      = "Access-Control-Allow-Origin"
	acAllowCredentials = "Access-Control-Allow-Credentials"
	acAllowMethods     = "Access-Control-Allow-Methods"
	acAllowHeaders     = "Access-Control-Allow-Headers"
	acExposeHeaders    = "Access-Control-Expose-Headers"
	acMaxAge           = "Access-Control-Max-Age"
	acAllowPrivate     = "Access-Control-Allow-Private-Network"
	acRequestMethod    = "Access-Control-Request-Method"
	acRequestPrivate   = "Access-Control-Request-Private-Network"
)

// yes is the value of a header that is only there or not; it must not be changed.
var yes = []string{"true"}

// star is any origin, as nginx answers it.
var star = []string{"*"}

// plainText is what ingress-nginx calls its empty answer to a preflight.
var plainText = []string{"text/plain charset=UTF-8"}

// CORS is an intent.CORS ready to be asked. A nil one does nothing.
//
// nginx writes all headers on each response to an allowed origin, and to every request
// where "*" is allowed, which it answers with "*" itself; any OPTIONS among those is a
// preflight. Envoy speaks only to requests with an allowed Origin, always echoes it, and
// writes on ordinary responses only origin, credentials and exposed headers. Neither sends
// Vary.
type CORS struct {
	nginx   bool
	origins origins
	private bool // preflights from private networks are answered
	// The values of the headers; nil ones are not sent. They are put into answers as they
	// are, so they must not be changed in place.
	methods, headers, expose, maxAge, credentials []string
}

// NewCORS compiles the policy for a data plane. A nil policy gives a nil CORS; a pattern
// that is no RE2 gives an error.
func NewCORS(c *intent.CORS, plane intent.PathForm) (*CORS, error) {
	if c == nil {
		return nil, nil
	}
	out := &CORS{
		nginx:   plane == intent.Decoded,
		private: c.PrivateNetwork,
		methods: unlessEmpty(c.Methods), headers: unlessEmpty(c.Headers), expose: unlessEmpty(c.Expose),
	}
	var err error
	if out.origins, err = compileOrigins(c); err != nil {
		return nil, fmt.Errorf("CORS policy: %w", err)
	}
	if c.Credentials {
		out.credentials = yes
	}
	switch {
	case c.MaxAge > 0 || out.nginx:
		out.maxAge = []string{strconv.Itoa(c.MaxAge)}
	case c.MaxAge < 0:
		out.maxAge = []string{"0"}
	}
	return out, nil
}

func unlessEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// Preflight answers a preflight: it fills h and returns the status, 204 as nginx or 200 as
// Envoy, with an empty body. It returns 0, and leaves h alone, where the request goes on.
func (c *CORS) Preflight(r *http.Request, h http.Header) (status int) {
	if c == nil || r.Method != http.MethodOptions {
		return 0
	}
	origin, ok := c.allowed(r)
	if !ok {
		return 0
	}
	if c.nginx {
		c.mark(h, origin)
		h["Content-Type"] = plainText
		return http.StatusNoContent
	}
	if first(r.Header, acRequestMethod) == "" {
		return 0
	}
	c.mark(h, origin)
	put(h, acAllowMethods, c.methods)
	put(h, acAllowHeaders, c.headers)
	put(h, acMaxAge, c.maxAge)
	if c.private && first(r.Header, acRequestPrivate) == "true" {
		put(h, acAllowPrivate, yes)
	}
	return http.StatusOK
}

// Mark puts the headers of the policy on an ordinary response, whatever its status, in the
// place of those that the upstream sent. Those of a request that the policy does not speak
// of stay as they are.
func (c *CORS) Mark(r *http.Request, h http.Header) {
	if c == nil {
		return
	}
	if origin, ok := c.allowed(r); ok {
		c.mark(h, origin)
	}
}

// mark puts on h what both kinds of responses have.
func (c *CORS) mark(h http.Header, origin []string) {
	put(h, acAllowOrigin, origin)
	put(h, acAllowCredentials, c.credentials)
	put(h, acExposeHeaders, c.expose)
	if c.nginx {
		put(h, acAllowMethods, c.methods)
		put(h, acAllowHeaders, c.headers)
		put(h, acMaxAge, c.maxAge)
	}
}

// allowed is the value of Access-Control-Allow-Origin, if the policy speaks of the request.
func (c *CORS) allowed(r *http.Request) ([]string, bool) {
	if c.nginx && c.origins.any {
		return star, true
	}
	sent := r.Header["Origin"]
	switch {
	case len(sent) == 1:
		sent = sent[:1:1]
	case len(sent) > 1:
		sent = []string{strings.Join(sent, ",")}
	}
	if len(sent) == 0 || sent[0] == "" || !c.origins.has(sent[0]) {
		return nil, false
	}
	return sent, true
}

// put sets a header unless there is nothing to set.
func put(h http.Header, name string, value []string) {
	if value != nil {
		h[name] = value
	}
}

// first is the first value of a header, whose name is in canonical form.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}
