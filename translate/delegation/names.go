package delegation

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// maxName is the length of a DNS-1123 label.
const maxName = 63

// HostPart is the part of an object's name that stands for its host: dots as dashes, and
// a hash where two hosts could fall together.
func HostPart(host string) string {
	name, wild := strings.CutPrefix(host, "*.")
	part := strings.ReplaceAll(name, ".", "-")
	lossy := strings.Contains(host, "-") || wild || !isLabel(part) || len(part) > 40
	if !lossy {
		return part
	}
	return strings.TrimPrefix(fit(clean(part), 40-7)+"-"+hash(host), "-")
}

// Name is the name of the object of a host with a slug: root, fanout or a path's.
func Name(host, slug string) string {
	part := HostPart(host)
	if room := maxName - len(part) - 1; len(slug) > room {
		slug = fit(slug, room-7) + "-" + hash(slug)
	}
	return part + "-" + slug
}

// ClaimName is the name of the team's object that a claim on a host is served by: one for each
// path, and one for all regexes of a team in a namespace.
func ClaimName(host string, c ownership.Claim) string {
	if c.Kind == ownership.Regex {
		return Name(host, RegexSlug(c.Team, c.Namespace))
	}
	return Name(host, PathSlug(c))
}

// PathSlug is the slug of a claim: the path with dashes for slashes, "site" for "/", and a
// hash where that loses anything.
func PathSlug(c ownership.Claim) string {
	slug := strings.ReplaceAll(strings.TrimPrefix(c.Path, "/"), "/", "-")
	lossy := c.Kind != ownership.Prefix || !isLabel(slug) || strings.Contains(c.Path, "-") || len(slug) > 40
	switch c.Path {
	case "/root", "/fanout", "/site":
		lossy = true
	case "/":
		slug, lossy = "site", c.Kind != ownership.Prefix
	}
	if !lossy {
		return slug
	}
	text := c.Path
	if c.Kind != ownership.Prefix {
		text = c.Kind.String() + " " + c.Path
	}
	slug = fit(clean(slug), 40-7)
	if slug == "" {
		return hash(text)
	}
	return slug + "-" + hash(text)
}

// RegexSlug is the slug of the object that holds all regexes of a team on a host. No
// path's slug is like it: those that hold a dash end in a hash of their own.
func RegexSlug(team, namespace string) string {
	return "regex-" + fit(clean(team), 24) + "-" + hash("regex "+namespace+" "+team)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:6]
}

// clean makes s fit for a label: lower case, other characters as dashes, none at the ends.
func clean(s string) string {
	if isLabel(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	return strings.Trim(b.String(), "-")
}

// isLabel says whether clean would leave s as it is, and there is something.
func isLabel(s string) bool {
	for i := range len(s) {
		c := s[i]
		dash := c == '-' && 0 < i && i < len(s)-1 && s[i-1] != '-'
		if !dash && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// fit cuts s to n characters.
func fit(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Trim(s, "-")
}
