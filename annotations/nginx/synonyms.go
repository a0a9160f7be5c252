package nginx

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// synonym are names that people write for one of our keys: nginx's directives, and what
// other controllers call the same. Names are in lower case with "-" between words.
type synonym struct {
	key   string // without Prefix
	names []string
	// say says more than the key with the value as it stands; nil: that is all
	say func(o *object, key, value string) hint
}

func (s synonym) hint(o *object, value string) hint {
	if s.say != nil {
		return s.say(o, s.key, value)
	}
	return hint{key: s.key, value: value}
}

func synonymOf(name string) (synonym, bool) {
	i := slices.IndexFunc(synonyms, func(s synonym) bool { return slices.Contains(s.names, name) })
	if i < 0 {
		return synonym{}, false
	}
	return synonyms[i], true
}

var synonyms = []synonym{
	{"proxy-body-size", []string{"client-max-body-size", "max-body-size", "body-size", "request-body-size", "max-request-body-size", "max-upload-size", "upload-max-size"}, nil},
	{"proxy-read-timeout", []string{"read-timeout", "proxy-timeout", "backend-timeout", "request-timeout", "response-timeout", "upstream-timeout"}, timed},
	{"proxy-send-timeout", []string{"send-timeout", "write-timeout"}, timed},
	{"proxy-connect-timeout", []string{"connect-timeout", "connection-timeout"}, timed},
	{"proxy-buffers-number", []string{"proxy-buffers"}, buffers},
	{"enable-cors", []string{"cors-enable", "cors-enabled", "cors", "use-cors"}, nil},
	{"cors-allow-origin", []string{"cors-origin", "cors-origins", "cors-allow-origins", "cors-allowed-origin", "cors-allowed-origins"}, nil},
	{"cors-allow-methods", []string{"cors-methods", "cors-allowed-methods", "cors-allow-method"}, nil},
	{"cors-allow-headers", []string{"cors-headers", "cors-allowed-headers", "cors-allow-header"}, nil},
	{"cors-expose-headers", []string{"cors-exposed-headers"}, nil},
	{"limit-rps", []string{"rate-limit", "rate-limiting", "limit-rate-rps", "limit-req"}, rate},
	{"limit-rps", []string{"rate-limit-rps", "rps", "limit-requests-per-second", "requests-per-second"}, nil},
	{"limit-rpm", []string{"rate-limit-rpm", "rpm", "limit-requests-per-minute", "requests-per-minute"}, nil},
	{"limit-connections", []string{"rate-limit-connections", "limit-conn", "max-connections"}, nil},
	{"limit-burst-multiplier", []string{"rate-limit-burst-multiplier", "rate-limit-burst", "limit-burst"}, multiplier},
	{"", []string{"rate-limit-window", "rate-limit-period", "rate-limit-unit", "limit-window"}, noted("limit-rps counts by the second and limit-rpm by the minute, and there is no other window")},
	{"", []string{"global-rate-limit", "global-rate-limit-window", "global-rate-limit-key"}, noted("ingress-nginx has no limits across its pods any more; limit-rps and limit-rpm hold in each")},
	{"", []string{"enable-websocket", "enable-websockets", "websocket", "websockets", "websocket-services", "websocket-support"}, noted("WebSockets need no annotation, since ingress-nginx lets upgrades through")},
	{"backend-protocol", []string{"secure-backends", "ssl-backend", "backend-ssl", "https-backend"}, switched("HTTPS")},
	{"backend-protocol", []string{"grpc-backend", "enable-grpc", "grpc"}, switched("GRPC")},
	{"backend-protocol", []string{"upstream-protocol", "backend-scheme"}, nil},
	{"proxy-ssl-secret", []string{"secure-verify-ca-secret"}, nil},
	{"affinity", []string{"session-affinity", "sticky-session", "sticky-sessions", "session-stickiness", "sticky"}, switched("cookie")},
	{"session-cookie-name", []string{"sticky-cookie-name", "affinity-cookie-name", "session-cookie"}, nil},
	{"", []string{"session-cookie-hash"}, noted("ingress-nginx chooses the hash of its cookie itself")},
	{"allowlist-source-range", []string{"whitelist", "allowlist", "whitelist-ips", "ip-whitelist", "ip-allowlist", "allowed-ips", "allow-source-range", "allowlist-source-ranges", "whitelist-source-ranges"}, nil},
	{"denylist-source-range", []string{"blacklist", "denylist", "ip-blacklist", "ip-denylist", "denied-ips", "deny-source-range", "blacklist-source-range", "block-source-range"}, nil},
	{"force-ssl-redirect", []string{"force-https", "https-redirect", "redirect-to-https", "force-ssl", "force-https-redirect", "enforce-https"}, nil},
	{"temporal-redirect", []string{"temporary-redirect"}, nil},
	{"temporal-redirect-code", []string{"temporary-redirect-code"}, nil},
	{"from-to-www-redirect", []string{"www-redirect", "redirect-www", "redirect-from-to-www"}, nil},
	{"rewrite-target", []string{"rewrite", "url-rewrite", "path-rewrite"}, nil},
	{"use-regex", []string{"enable-regex", "regex", "path-regex"}, nil},
	{"auth-url", []string{"external-auth-url", "auth-request", "ext-auth-url"}, nil},
	{"auth-type", []string{"basic-auth", "enable-basic-auth"}, switched("basic")},
	{"auth-realm", []string{"auth-basic", "auth-basic-realm", "basic-auth-realm"}, nil},
	{"auth-secret", []string{"basic-auth-secret", "auth-basic-secret"}, nil},
	{"enable-owasp-core-rules", []string{"enable-owasp-modsecurity-crs", "enable-owasp-crs", "owasp-core-rules"}, nil},
	{"enable-modsecurity", []string{"modsecurity", "modsecurity-enable"}, nil},
	{"enable-access-log", []string{"disable-access-log"}, negated},
	{"enable-opentelemetry", []string{"enable-opentracing"}, nil},
	{"opentelemetry-trust-incoming-span", []string{"opentracing-trust-incoming-span"}, nil},
	{"opentelemetry-operation-name", []string{"opentracing-operation-name"}, nil},
	{"load-balance", []string{"load-balancer", "load-balancing", "lb-method", "load-balance-method", "load-balancing-algorithm"}, nil},
	{"upstream-hash-by", []string{"hash-by", "upstream-hash"}, nil},
	{"upstream-vhost", []string{"upstream-host", "proxy-host", "host-header", "vhost"}, nil},
	{"custom-headers", []string{"response-headers", "custom-response-headers", "add-header", "more-set-headers"}, noted("custom-headers names a ConfigMap with headers to add to responses")},
	{"mirror-target", []string{"mirror-uri", "mirror-url", "mirror"}, mirrored},
	{"canary-weight", []string{"canary-by-weight"}, nil},
	{"canary-by-header", []string{"canary-header"}, nil},
	{"canary-by-cookie", []string{"canary-cookie"}, nil},
	{"server-alias", []string{"server-aliases", "host-alias"}, nil},
	{"server-snippet", []string{"server-snippets"}, nil},
	{"configuration-snippet", []string{"location-snippets", "configuration-snippets"}, nil},
}

// noted says a sentence in place of a key.
func noted(note string) func(*object, string, string) hint {
	return func(*object, string, string) hint { return hint{note: note} }
}

// switched is for keys that turn on what is one of our key's values.
func switched(on string) func(*object, string, string) hint {
	return func(_ *object, key, value string) hint {
		yes, err := strconv.ParseBool(value)
		switch {
		case err == nil && !yes:
			return hint{note: "it says what holds without it"}
		case err == nil:
			return hint{key: key, value: on}
		}
		return hint{key: key, value: value}
	}
}

func negated(_ *object, key, value string) hint {
	if off, err := strconv.ParseBool(value); err == nil {
		value = strconv.FormatBool(!off)
	}
	return hint{key: key, value: value}
}

// timed is for times with a unit, where our keys count seconds.
func timed(_ *object, key, value string) hint {
	return hint{key: key, value: inSeconds(key, value)}
}

func inSeconds(key, value string) string {
	if d, err := time.ParseDuration(value); err == nil && strings.HasSuffix(key, "-timeout") && d%time.Second == 0 {
		return strconv.Itoa(int(d / time.Second))
	}
	return value
}

// buffers is for nginx's "NUMBER SIZE".
func buffers(_ *object, key, value string) hint {
	number, size, two := strings.Cut(value, " ")
	if !two {
		return hint{key: key, value: value}
	}
	return hint{key: key, value: number, note: "its size is " + Prefix + "proxy-buffer-size: " + strings.TrimSpace(size)}
}

func multiplier(_ *object, key, _ string) hint {
	return hint{key: key, note: "ingress-nginx says a burst as a multiple of the rate"}
}

// mirrored is for a path of the application, where the controller wants a URL.
func mirrored(_ *object, key, value string) hint {
	if strings.HasPrefix(value, "/") {
		return hint{key: key, note: "mirror-target wants a whole URL"}
	}
	return hint{key: key, value: value}
}

// rateText is a rate with its unit: "10r/s", "100 per minute".
var rateText = regexp.MustCompile(`(?i)^(\d+) ?(?:r|rq|req|requests?)? ?(?:/|per) ?(s|sec|second|m|min|minute)s?$`)

// rate is for a number of requests, a second or a minute, which the value or another key
// may tell.
func rate(o *object, key, value string) hint {
	unit := ""
	if m := rateText.FindStringSubmatch(value); m != nil {
		value, unit = m[1], m[2]
	} else {
		for _, other := range []string{"rate-limit-window", "rate-limit-period", "rate-limit-unit"} {
			unit = cmp.Or(unit, strings.TrimPrefix(o.sibling(other), "1"))
		}
	}
	switch unit := strings.ToLower(unit); {
	case unit == "s", strings.HasPrefix(unit, "sec"):
		return hint{key: key, value: value}
	case unit == "m", strings.HasPrefix(unit, "min"):
		return hint{key: "limit-rpm", value: value}
	case unit != "":
		return hint{note: Prefix + "limit-rps counts by the second and limit-rpm by the minute, and nothing by " + unit}
	}
	return hint{note: Prefix + "limit-rps is a rate a second, and limit-rpm one a minute: one of them was probably meant"}
}
