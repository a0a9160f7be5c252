package nginx

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// limits reads the limits of one client (spec item 55) and that of the body, which is
// there by default.
func (a *asked) limits() {
	g := a.x.global
	l := &intent.Limits{
		Body: a.bodySize(), Rate: 1024 * max(a.number("limit-rate", 0), 0), RateAfter: 1024 * max(a.number("limit-rate-after", 0), 0),
	}
	if l.Rate == 0 {
		l.RateAfter = 0
	}
	a.policies.Limits = l
	for _, key := range []string{"limit-rps", "limit-rpm", "limit-connections"} {
		if a.values.number(key, 0) < 0 {
			a.hollowGuard(key, "is below 0, which limits nothing")
		}
	}
	second, minute := max(a.values.number("limit-rps", 0), 0), max(a.values.number("limit-rpm", 0), 0)
	l.Connections = max(a.values.number("limit-connections", 0), 0)
	if second == 0 && minute == 0 && l.Connections == 0 {
		return
	}
	multiplier := a.values.number("limit-burst-multiplier", 5)
	if multiplier <= 0 && second+minute > 0 {
		return // nginx refuses it
	}
	l.PerSecond, l.PerMinute, l.Burst, l.BurstMinute = second, minute, second*multiplier, minute*multiplier
	l.Status, l.BusyStatus = g.number("limit-req-status-code", 503), g.number("limit-conn-status-code", 503)
	l.Exempt = networks(cmp.Or(a.values.str("limit-allowlist"), a.values.str("limit-whitelist")))
	l.Zone = a.key()
}

// rendered is a size that the controller writes into nginx's configuration; of others
// nginx's own default holds.
var (
	rendered      = regexp.MustCompile(`^\d+[kKmMgG]?$`)
	renderedShort = regexp.MustCompile(`^\d+[kKmM]?$`)
)

// bodySize is the largest request body in bytes, 0 for any.
func (a *asked) bodySize() int64 {
	text := strings.TrimSpace(a.text("proxy-body-size", "1m"))
	if !rendered.MatchString(text) {
		return nginxBody
	}
	n, _ := byteSize(text, true)
	return n
}

// The defaults of CORS (spec item 50).
const (
	corsMethods = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
	corsHeaders = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
)

var corsOrigin = regexp.MustCompile(`^([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:\d+)?|null)$`)

// cors reads the CORS keys. Origins without scheme do not count, and without any that
// counts there is no CORS at all.
func (a *asked) cors() {
	if !a.values.flag("enable-cors", false) {
		return
	}
	c := &intent.CORS{
		Origins: []string{"*"}, Ends: true,
		Methods: cmp.Or(a.values.str("cors-allow-methods"), corsMethods), Headers: cmp.Or(a.values.str("cors-allow-headers"), corsHeaders),
		Expose: a.values.str("cors-expose-headers"), Credentials: a.values.flag("cors-allow-credentials", true),
		MaxAge: a.values.number("cors-max-age", 1728000),
	}
	if list := a.values.str("cors-allow-origin"); list != "" {
		c.Origins = nil
		for _, origin := range splitList(list) {
			if origin == "*" {
				c.Origins = []string{"*"}
				break
			}
			if corsOrigin.MatchString(origin) {
				c.Origins = append(c.Origins, origin)
			}
		}
	}
	if len(c.Origins) > 0 {
		a.policies.CORS = c
	}
}

// errorPages reads which answers are fetched from another Service, and which Service that
// is (spec items 56 and 57).
func (a *asked) errorPages() {
	var codes []int
	for _, item := range splitList(a.values.str("custom-http-errors")) {
		n, err := strconv.Atoi(item)
		if err == nil && n >= 300 && n <= 599 { // nginx refuses others
			codes = append(codes, n)
		}
	}
	e := &intent.ErrorPages{Codes: codes, Status: a.x.global.defaultStatus, Object: a.key(), Fallback: a.defaultBackend()}
	if e.Backend = e.Fallback; len(codes) == 0 { // the ConfigMap's lead to the controller's own default backend
		e.Backend, e.Codes = nil, a.x.global.errors
		e.OwnOnly = a.x.global.flag("disable-proxy-intercept-errors")
	} else {
		e.OwnOnly = a.values.flag("disable-proxy-intercept-errors", false) &&
			(len(a.x.global.errors) == 0 || a.x.global.flag("disable-proxy-intercept-errors"))
	}
	if len(e.Codes) > 0 || e.Fallback != nil {
		a.policies.Errors = e
	}
}
