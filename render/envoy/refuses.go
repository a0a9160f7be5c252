// Package envoy knows what Envoy refuses of what Contour takes for valid, as tried with Envoy v1.38.3
// behind Contour v1.33.8.
package envoy

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

// MaxBody and the others are what Envoy takes, in bytes: its default for the body of a direct response, and the rules of its
// API (RouteMatch, HeaderValueOption, InternalRedirectPolicy). Contour writes each "%" of a header's value as two.
const (
	MaxBody   = 4096
	maxQuery  = 1024
	maxHeader = 16384 / 2
	maxCodes  = 5
)

// longest are the lengths of regexes, in characters, that RE2 surely can hold in its memory (some
// 87000 instructions; a "." takes 9): plain ones, those that count, and those that count groups.
const (
	longest        = 2000
	longestCounted = 300
	longestGrouped = 48
)

var (
	// Control is what no header or path of Envoy's may hold.
	Control = regexp.MustCompile(`[\x00\x0a\x0d]`)
	// Heavy is what a regex may not have, whatever its length: a class of Unicode, which takes some
	// hundred instructions and has names in Go that RE2 lacks, and a count of three digits.
	Heavy = regexp.MustCompile(`\\[pP]|\{[0-9]*,?[0-9][0-9][0-9]`)
)

// Refuses are the fields of a route that Envoy refuses, or may refuse: with one of them it refuses
// everything that Contour tells it of the host from then on, or of all clusters. Regexes are
// bounded, not reckoned.
func Refuses(r contour.Route) []string {
	var out []string
	note := func(so bool, field string) {
		if so {
			out = append(out, field)
		}
	}
	note(r.DirectResponsePolicy != nil && len(r.DirectResponsePolicy.Body) > MaxBody, "directResponsePolicy.body")
	note(slices.ContainsFunc(r.Conditions, badCondition), "conditions")
	note(headers(r, func(s contour.Service) *contour.HeadersPolicy { return s.RequestHeadersPolicy }, r.RequestHeadersPolicy), "requestHeadersPolicy")
	note(headers(r, func(s contour.Service) *contour.HeadersPolicy { return s.ResponseHeadersPolicy }, r.ResponseHeadersPolicy), "responseHeadersPolicy")
	note(r.InternalRedirectPolicy != nil && len(r.InternalRedirectPolicy.RedirectResponseCodes) > maxCodes, "internalRedirectPolicy")
	note(r.PathRewritePolicy != nil && slices.ContainsFunc(r.PathRewritePolicy.ReplacePrefix, func(p contour.ReplacePrefix) bool { return Control.MatchString(p.Replacement) }), "pathRewritePolicy")
	if to := r.RequestRedirectPolicy; to != nil {
		note(to.Path != nil && Control.MatchString(*to.Path) || to.Prefix != nil && Control.MatchString(*to.Prefix), "requestRedirectPolicy")
	}
	note(tooHeavy(r.Services), "services.weight")
	note(r.HealthCheckPolicy != nil && badHealthCheck(*r.HealthCheckPolicy), "healthCheckPolicy")
	if limit := r.RateLimitPolicy; limit != nil {
		note(limit.Local != nil && slices.ContainsFunc(limit.Local.ResponseHeadersToAdd, func(h contour.HeaderValue) bool { return badHeader(h) || strings.ToLower(h.Name) == "host" }), "rateLimitPolicy.local")
		note(limit.Global != nil && slices.ContainsFunc(limit.Global.Descriptors, badDescriptor), "rateLimitPolicy.global")
	}
	return out
}

// Proxy says what Envoy may refuse of an HTTPProxy: of which route or include, and why; "" if
// nothing. Conditions on :path of includes are made of many patterns, and reckoned (see Union).
func Proxy(p *contour.HTTPProxy) string {
	for i, r := range p.Spec.Routes {
		if fields := Refuses(r); len(fields) > 0 {
			return fmt.Sprintf("spec.routes[%d]: %s%s", i, strings.Join(fields, ", "), regexes(r.Conditions, Regex))
		}
	}
	if fields := RefusesTCP(p.Spec.TCPProxy); len(fields) > 0 {
		return "spec.tcpproxy: " + strings.Join(fields, ", ")
	}
	for i, in := range p.Spec.Includes {
		if why := regexes(in.Conditions, Union); why != "" {
			return fmt.Sprintf("spec.includes[%d]: conditions%s", i, why)
		}
	}
	return ""
}

// regexes says what there is against a regex of some conditions, with a colon before it.
func regexes(conditions []contour.MatchCondition, against func(string) string) string {
	for _, c := range conditions {
		texts := []string{c.Regex}
		if c.Header != nil {
			texts = append(texts, c.Header.Regex)
		}
		if c.QueryParameter != nil {
			texts = append(texts, c.QueryParameter.Regex)
		}
		for _, text := range texts {
			if why := against(text); why != "" {
				return fmt.Sprintf(": the regex %.60q: %s", text, why)
			}
		}
	}
	return ""
}

func badCondition(c contour.MatchCondition) bool {
	h, q := c.Header, c.QueryParameter
	return Regex(c.Regex) != "" || h != nil && (badName(h.Name) || Regex(h.Regex) != "") ||
		q != nil && (q.Name == "" || len(q.Name) > maxQuery || Regex(q.Regex) != "")
}

func badName(name string) bool { return name == "" || Control.MatchString(name) }

// Regex says why Envoy may refuse a regex that Contour takes; "" if it does not. With a class of
// Unicode, or with counts, RE2 may need more memory for it than it is given.
func Regex(regex string) string {
	n := utf8.RuneCountInString(regex)
	switch {
	case Heavy.MatchString(regex):
		return `it has \p or a count of three digits`
	case n > longest:
		return fmt.Sprintf("it has %d characters, more than %d", n, longest)
	case n > longestCounted && strings.Contains(regex, "{"):
		return fmt.Sprintf("it has a count, and %d characters, more than %d", n, longestCounted)
	case n > longestGrouped && strings.Contains(regex, "){"):
		return fmt.Sprintf("it counts a group, and has %d characters, more than %d", n, longestGrouped)
	}
	return ""
}

// headers says whether Envoy refuses the headers that a route sets or takes away, or those of one
// of its services.
func headers(r contour.Route, of func(contour.Service) *contour.HeadersPolicy, own *contour.HeadersPolicy) bool {
	return badHeaders(own) || slices.ContainsFunc(r.Services, func(s contour.Service) bool { return badHeaders(of(s)) })
}

// badHeaders: the host is not to be taken away.
func badHeaders(p *contour.HeadersPolicy) bool {
	return p != nil && (slices.ContainsFunc(p.Set, badHeader) ||
		slices.ContainsFunc(p.Remove, func(name string) bool { return strings.ToLower(name) == "host" || len(name) > maxHeader }))
}

func badHeader(h contour.HeaderValue) bool { return Header(h.Name, h.Value) }

// Header says whether Envoy refuses a header that is set, as HTTPProxy writes its value.
func Header(name, value string) bool {
	return len(name) > maxHeader || len(value) > maxHeader || Control.MatchString(value)
}

// tooHeavy says whether the weights of services are no 32 bits together.
func tooHeavy(services []contour.Service) bool {
	sum := uint64(0)
	for _, s := range services {
		if s.Weight > math.MaxUint32 {
			return true
		}
		sum += uint64(max(s.Weight, 0))
	}
	return sum > math.MaxUint32
}

// badHealthCheck says whether Envoy refuses a health check, and all clusters with it.
func badHealthCheck(h contour.HTTPHealthCheckPolicy) bool {
	return Control.MatchString(h.Path) || Control.MatchString(h.Host) || badSeconds(h.IntervalSeconds, h.TimeoutSeconds)
}

func badSeconds(times ...int64) bool {
	const most = 1 << 31 // far below what a duration can hold
	return slices.ContainsFunc(times, func(n int64) bool { return n < 0 || n > most })
}

// RefusesTCP are the fields of a tcpproxy that Envoy refuses.
func RefusesTCP(t *contour.TCPProxy) []string {
	var out []string
	if t != nil && t.HealthCheckPolicy != nil && badSeconds(t.HealthCheckPolicy.IntervalSeconds, t.HealthCheckPolicy.TimeoutSeconds) {
		out = append(out, "healthCheckPolicy")
	}
	if t != nil && tooHeavy(t.Services) {
		out = append(out, "services.weight")
	}
	return out
}

// badDescriptor says whether Envoy may refuse a descriptor. Contour looks at none of its regexes, and
// leaves out headers of which nothing is asked.
func badDescriptor(d contour.RateLimitDescriptor) bool {
	return slices.ContainsFunc(d.Entries, func(e contour.RateLimitDescriptorEntry) bool {
		return e.RequestHeader != nil && badName(e.RequestHeader.HeaderName) ||
			e.RequestHeaderValueMatch != nil && slices.ContainsFunc(e.RequestHeaderValueMatch.Headers, badMatch)
	})
}

func badMatch(h contour.HeaderMatchCondition) bool {
	return badName(h.Name) || h.Regex != "" || !h.Present && !h.NotPresent && h.Contains+h.NotContains+h.Exact+h.NotExact == ""
}
