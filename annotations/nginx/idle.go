package nginx

import (
	"slices"
	"strconv"
	"strings"
)

// leaders are keys without which others of their group do nothing (spec items 34 and 46;
// the controller reads a group only behind its leader).
var leaders = []struct {
	key      string
	followed func(key string) bool
}{
	{"enable-cors", within("cors-")},
	{"auth-url", anyOf("auth-signin", "auth-signin-redirect-param", "auth-response-headers", "auth-method", "auth-request-redirect",
		"auth-cache-key", "auth-cache-duration", "auth-keepalive", "auth-keepalive-requests", "auth-keepalive-timeout",
		"auth-keepalive-share-vars", "auth-always-set-cookie", "auth-proxy-set-headers")},
	{"auth-type", anyOf("auth-secret-type", "auth-realm")},
	{"auth-tls-secret", within("auth-tls-")},
	{"proxy-ssl-secret", within("proxy-ssl-")},
	{"affinity", func(key string) bool { return strings.HasPrefix(key, "session-cookie-") || key == "affinity-mode" }},
	{"mirror-target", anyOf("mirror-host", "mirror-request-body")},
	{"enable-modsecurity", anyOf("enable-owasp-core-rules", "modsecurity-transaction-id")},
}

func within(prefix string) func(string) bool {
	return func(key string) bool { return strings.HasPrefix(key, prefix) }
}

func anyOf(keys ...string) func(string) bool {
	return func(key string) bool { return slices.Contains(keys, key) }
}

// guards are keys that say that somebody must be kept out, with the key without which the
// controller keeps nobody out (spec item 53).
var guards = []struct{ key, leader string }{
	{"auth-secret", "auth-type"}, {"auth-tls-verify-client", "auth-tls-secret"}, {"auth-tls-match-cn", "auth-tls-secret"},
}

// hole is why a guard guards nothing on this Ingress, or "". Nobody should convert that by
// accident.
func (o *object) hole(v value, st settings) string {
	for _, g := range guards {
		if g.key == v.rule.Key && o.off(g.leader, st) && !strings.EqualFold(strings.TrimSpace(v.text), "off") {
			return "without " + Prefix + g.leader + " the controller lets every request in: set that, or take this away if all may come in"
		}
	}
	return ""
}

// idle is why a valid annotation changes nothing on this Ingress, or "". Whatever the
// ConfigMap sets is left to the other rules.
func (o *object) idle(v value, st settings) string {
	for _, l := range leaders {
		if l.key != v.rule.Key && l.followed(v.rule.Key) && o.off(l.key, st) {
			return "it does nothing without " + Prefix + l.key
		}
	}
	switch key := v.rule.Key; key {
	case "limit-burst-multiplier", "limit-allowlist", "limit-whitelist":
		if !slices.ContainsFunc([]string{"limit-rps", "limit-rpm", "limit-connections"}, func(limit string) bool { return !o.off(limit, st) }) {
			return "it does nothing without a limit"
		}
	case "enable-modsecurity":
		if o.off(key, st) {
			return "it is off anyhow"
		}
	}
	own := v.rule.Scope == ScopeLocation || v.rule.Key == "ssl-passthrough" // others bear on more than this Ingress
	if own && st.raw[v.rule.Key] == "" && sameValue(v.text, v.rule.Default) {
		return "its value is what holds without it"
	}
	return ""
}

// off says whether a key is not there, or turns off what it could turn on.
func (o *object) off(key string, st settings) bool {
	v, there := o.values[key]
	switch {
	case st.raw[key] != "":
		return false
	case !there || v.state == missing:
		return true
	case v.state != valid:
		return false
	}
	on, err := strconv.ParseBool(strings.TrimSpace(v.text)) // "0" of a limit too
	return err == nil && !on
}

// sameValue compares a value with a default as the controller reads both.
func sameValue(text, def string) bool {
	text = strings.TrimSpace(text)
	a, errA := strconv.ParseBool(text)
	b, errB := strconv.ParseBool(def)
	return def != "" && (text == def || (errA == nil && errB == nil && a == b && !isDigits(def)))
}

func isDigits(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
