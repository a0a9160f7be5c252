package equivalence

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// Outside are the lemmas of the profile that are about something of a request which leads
// out of the proof's domain, by ID; none: the request is within. host is the model's name of
// the host, which tells hosts below a wildcard.
func Outside(r table.Request, host string) []string {
	var ids []string
	for _, o := range outsiders {
		if o.holds(r, host) {
			ids = append(ids, o.lemma)
		}
	}
	return ids
}

type outsider struct {
	lemma string
	holds func(r table.Request, host string) bool
}

var (
	reservedEscapes = regexp.MustCompile(`(?i)%(2[1246-9a-cf]|3[abd]|40|5[bd])`)
	lowerDigits     = regexp.MustCompile(`%([0-9A-F][a-f]|[a-f])`)
	escapedSlash    = regexp.MustCompile(`(?i)(^|/)\.{0,2}%2f|%2f\.{0,2}(/|%2f)|%2f\.{1,2}$`)
	brokenEscapes   = regexp.MustCompile(`%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)`)
	escapedDots     = regexp.MustCompile(`(?i)%2e`)
	escapedSlashes  = regexp.MustCompile(`(?i)%2f`)
	lowerLabel      = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
)

// outsiders are in the order of the profile.
var outsiders = []outsider{
	{"path-matching", func(r table.Request, _ string) bool {
		return reservedEscapes.MatchString(pathOf(r)) || lowerDigits.MatchString(pathOf(r))
	}},
	{"escaped-segments", func(r table.Request, _ string) bool { return escapedSlash.MatchString(pathOf(r)) }},
	{"backslash", func(r table.Request, _ string) bool { return strings.Contains(pathOf(r), `\`) }},
	{"slashes-and-dots", func(r table.Request, _ string) bool {
		p := escapedDots.ReplaceAllString(pathOf(r), ".")
		return strings.Contains(p, "//") && (strings.Contains(p, "/..") || strings.Trim(p, "/.") == "")
	}},
	{"above-root", func(r table.Request, _ string) bool { return climbs(pathOf(r)) }},
	{"broken-escape", func(r table.Request, _ string) bool { return brokenEscapes.MatchString(pathOf(r)) }},
	{"fragment", func(r table.Request, _ string) bool { return strings.Contains(r.URI, "#") }},
	{"non-ascii", func(r table.Request, _ string) bool {
		return strings.ContainsFunc(r.URI, func(c rune) bool { return c > '~' })
	}},
	{"empty-query", func(r table.Request, _ string) bool { return strings.HasSuffix(r.URI, "?") }},
	{"redirect-port", func(r table.Request, _ string) bool { return bareHost(r) != r.Host }},
	{"repeated-headers", func(r table.Request, _ string) bool { return repeats(r.Headers) }},
	{"host-dot", func(r table.Request, _ string) bool { return strings.HasSuffix(bareHost(r), ".") }},
	{"wildcard-label", func(r table.Request, host string) bool {
		suffix, wild := strings.CutPrefix(host, "*")
		label, ok := strings.CutSuffix(bareHost(r), suffix)
		return wild && !(ok && lowerLabel.MatchString(label))
	}},
}

func pathOf(r table.Request) string {
	p, _, _ := strings.Cut(r.URI, "?")
	return p
}

func bareHost(r table.Request) string {
	host, _, _ := strings.Cut(r.Host, ":")
	return host
}

// climbs says whether a path goes above its root.
func climbs(path string) bool {
	depth := 0
	for _, s := range strings.Split(escapedSlashes.ReplaceAllString(escapedDots.ReplaceAllString(path, "."), "/"), "/") {
		switch s {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// repeats says whether a header, or a cookie in one, is there twice.
func repeats(headers []table.Header) bool {
	seen := map[string]bool{}
	twice := func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	}
	return slices.ContainsFunc(headers, func(h table.Header) bool {
		again := twice(strings.ToLower(h.Name))
		if strings.EqualFold(h.Name, "cookie") {
			for pair := range strings.SplitSeq(h.Value, ";") {
				name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
				again = twice("cookie "+name) || again
			}
		}
		return again
	})
}
