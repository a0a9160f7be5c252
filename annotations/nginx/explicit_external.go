package nginx

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

var (
	headerName    = regexp.MustCompile(`^[a-zA-Z\d\-_]+$`)
	statusCode    = regexp.MustCompile(`^\d{3}$`)
	cacheDuration = regexp.MustCompile(`^\d+(ms|s|m|h|d|w|M|y)$`)
)

// external reads the authentication service, the Ingress's own or else the ConfigMap's.
func (a *asked) external() {
	address := a.values.str("auth-url")
	switch {
	case address == "":
		a.global()
		return
	case !isAddress(address):
		a.deny("auth-url", "is no URL with scheme and host")
		return
	case a.removed("auth-cache-duration"):
		return
	}
	e := &intent.ExternalAuth{AlwaysSetCookie: a.values.flag("auth-always-set-cookie", false)}
	ok := a.ask(e, "", a.values.str)
	if name := a.values.str("auth-proxy-set-headers"); name != "" {
		ok = a.askHeaders(e, name) && ok
	}
	switch {
	case a.denied == "" && (a.removed("auth-request-redirect") || a.removed("auth-always-set-cookie")):
	case ok:
		a.policies.External = e
	default:
		a.keep("auth-url", "a part of it cannot be said", true)
	}
}

// removed says whether an invalid value takes the Ingress's own authentication away; then
// the ConfigMap's holds.
func (a *asked) removed(key string) bool {
	if a.values[key].state != invalid || !a.consulted(key) {
		return false
	}
	a.hollowGuard(key, "is invalid, and nobody asks "+Prefix+"auth-url")
	a.global()
	return true
}

// global takes the ConfigMap's authentication service, unless the Ingress opts out.
func (a *asked) global() {
	g := a.x.global
	address := g.text("global-auth-url", "")
	if !isAddress(address) || !a.values.flag("enable-global-auth", true) {
		return
	}
	e := &intent.ExternalAuth{AlwaysSetCookie: g.flag("global-auth-always-set-cookie")}
	if a.ask(e, "global-", func(key string) string { return g.text("global-"+key, "") }) {
		a.policies.External = e
	} else {
		a.deny("global-auth-url", "of the ConfigMap cannot be said")
	}
}

// isAddress is the controller's check of URLs that it asks.
func isAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme != "" && u.Host != "" && !strings.Contains(u.Host, "..")
}

// ask fills in the question; get gives the texts of the auth-* keys. False: not all of it
// can be said.
func (a *asked) ask(e *intent.ExternalAuth, prefix string, get func(key string) string) bool {
	said := true
	say := func(to *string, key, text string) {
		t, ok := a.template(prefix+key, text)
		*to, said = t, said && ok
	}
	say(&e.URL, "auth-url", get("auth-url"))
	say(&e.SignIn, "auth-signin", signIn(get("auth-signin"), cmp.Or(get("auth-signin-redirect-param"), "rd")))
	say(&e.Redirect, "auth-request-redirect", get("auth-request-redirect"))
	if e.Method = get("auth-method"); e.Method != "" {
		e.Ask = []intent.HeaderChange{{Name: "X-Original-URI", Value: "{uri}"}, {Name: "X-Scheme", Value: "{scheme}"}}
	} else {
		e.Method = "GET"
	}
	for _, name := range splitList(get("auth-response-headers")) {
		if !headerName.MatchString(name) {
			a.deny(prefix+"auth-response-headers", "holds "+name+", which is no header name")
		}
		e.Headers = append(e.Headers, name)
	}
	if key := get("auth-cache-key"); key != "" {
		say(&e.CacheKey, "auth-cache-key", key)
		e.CacheFor = splitList(cmp.Or(get("auth-cache-duration"), "200 202 401 5m"))
	}
	for _, item := range splitList(get("auth-cache-duration")) {
		if !isCacheDuration(item) {
			a.deny(prefix+"auth-cache-duration", "holds "+item+": want statuses and a time")
		}
	}
	return said
}

// signIn is where nginx sends clients that must sign in: with the request's URL as an
// argument, unless it is there (spec item 52).
func signIn(address, arg string) string {
	u, err := url.Parse(address)
	if address == "" || err != nil {
		return ""
	}
	value := arg + "=$pass_access_scheme://$http_host$escaped_request_uri"
	switch q := u.Query(); {
	case len(q) == 0:
		return address + "?" + value
	case q.Get(arg) != "":
		return address
	}
	return address + "&" + value
}

// isCacheDuration takes statuses and behind them a time.
func isCacheDuration(text string) bool {
	timed := false
	for element := range strings.FieldsSeq(text) {
		switch {
		case statusCode.MatchString(element):
			if timed {
				return false
			}
		case cacheDuration.MatchString(element):
			timed = true
		}
	}
	return timed
}

// askHeaders adds the headers of a ConfigMap to the question.
func (a *asked) askHeaders(e *intent.ExternalAuth, name string) bool {
	key := "auth-proxy-set-headers"
	if a.acrossNamespaces(key, name) {
		return true
	}
	data := a.configMap(key, name)
	for _, header := range sortedKeys(data) {
		if !headerName.MatchString(header) {
			a.deny(key, "names a ConfigMap with "+header+", which is no header name")
			return true
		}
		value, ok := a.template(key, data[header])
		if !ok {
			return false
		}
		e.Ask = append(e.Ask, intent.HeaderChange{Name: header, Value: intent.Template(value)})
	}
	return true
}
