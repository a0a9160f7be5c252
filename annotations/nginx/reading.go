package nginx

import (
	"slices"
	"strings"
)

// readers are the keys that one part of the controller reads, in its order. Where it gives
// up, it has not read what comes behind, however wrong that is. The redirects and the old
// names of keys have rules of their own.
var readers = [][]reading{
	{{"auth-type", needed}, {"auth-secret-type", checked}, {"auth-secret", needed}, {"auth-realm", checked}},
	{
		{"auth-url", needed}, {"auth-method", checked}, {"auth-cache-duration", checked}, {"auth-response-headers", checked},
		{"auth-request-redirect", checked}, {"auth-always-set-cookie", checked},
	},
	{
		{"auth-tls-secret", needed}, {"auth-tls-error-page", checked}, {"auth-tls-pass-certificate-to-upstream", checked},
		{"auth-tls-match-cn", checked},
	},
}

// reading is a key that the controller reads, and where it gives up.
type reading struct {
	key  string
	must demand
}

type demand uint8

const (
	checked demand = iota // at an invalid value
	needed                // without a value, too, and at a Secret that it does not take
)

// secretKeys are the keys that name a Secret.
var secretKeys = []string{"auth-secret", "auth-tls-secret", "proxy-ssl-secret"}

// takesSecret says why the controller does not take the Secret that a key of an Ingress of a
// namespace names, or "".
type takesSecret func(key, namespace, text string) string

// takesNone takes no Secret at all.
func takesNone(string, string, string) string { return "names no Secret that is taken" }

// gaveUp is why a reader went no further than a key, or "".
func (r reading) gaveUp(o *object) string {
	v := o.values[r.key]
	switch {
	case v.state == invalid:
		return r.key + " is invalid"
	case r.must == checked:
		return ""
	case v.state == missing:
		return "there is no " + r.key
	case o.values.hollow(r.key):
		return r.key + " is empty"
	case o.untaken[r.key] != "":
		return r.key + " " + o.untaken[r.key]
	}
	return ""
}

// whyNot is why the controller does not read a key of the Ingress, or "".
func (o *object) whyNot(key string) string {
	for _, keys := range readers {
		at := slices.IndexFunc(keys, func(r reading) bool { return r.key == key })
		for _, before := range keys[:max(0, at)] {
			if why := before.gaveUp(o); why != "" {
				return why
			}
		}
	}
	for _, r := range []string{"allowlist-source-range", "limit-allowlist"} {
		old := strings.Replace(r, "allow", "white", 1)
		switch {
		case key == old && o.values[r].text != "":
			return r + " has a value"
		case key == r && o.values[r].state == empty && o.values[old].text != "":
			return old + " has a value in its place"
		}
	}
	return o.redirectRead(key)
}

// redirectRead is whyNot of the redirects: the temporal one decides, and the keys are read in
// this order until one has no content.
func (o *object) redirectRead(key string) string {
	temporal := o.values.str("temporal-redirect") != ""
	switch {
	case key == "temporal-redirect-code" && !temporal:
		return "there is no temporal-redirect"
	case strings.HasPrefix(key, "permanent-redirect") && temporal:
		return "the temporal-redirect decides"
	}
	group := []string{"from-to-www-redirect", "relative-redirects", "temporal-redirect", "temporal-redirect-code",
		"permanent-redirect", "permanent-redirect-code"}
	for _, before := range group[:max(0, slices.Index(group, key))] {
		if o.values.hollow(before) && o.redirectRead(before) == "" {
			return before + " is empty"
		}
	}
	return ""
}

// consulted says whether the controller reads the key at all.
func (o *object) consulted(key string) bool { return o.whyNot(key) == "" }
