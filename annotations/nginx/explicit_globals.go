package nginx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// globals are the parts of the controller's ConfigMap that bear on all routes alike.
type globals struct {
	settings      map[string]string
	trust         *intent.Trust
	body          int64 // bytes; 0 is no limit
	errors        []int // custom-http-errors
	defaultStatus int   // of the controller's own default backend
	allow, deny   []string
	block         []string
	unread        map[string]string // settings that guard, and why nobody can say what they let in
	noAuth        []string          // starts of location paths that need no authentication
}

func readGlobals(opts Options) globals {
	g := globals{settings: opts.Settings, unread: map[string]string{}}
	g.trust = g.readTrust()
	g.body, _ = byteSize(g.text("proxy-body-size", "1m"), true)
	for _, code := range splitList(g.text("custom-http-errors", "")) {
		if n, err := strconv.Atoi(code); err == nil && n >= 300 && n <= 599 {
			g.errors = append(g.errors, n)
		}
	}
	// The default backend's own 404 is meant for an error page that it cannot find.
	g.defaultStatus = 404
	if slices.Contains(g.errors, 404) {
		g.defaultStatus = 500
	}
	g.allow, g.deny, g.block = g.networks("whitelist-source-range"), g.networks("denylist-source-range"), g.networks("block-cidrs")
	exempt, set := opts.Settings["no-auth-locations"]
	if !set {
		exempt = "/.well-known/acme-challenge"
	}
	g.noAuth = splitList(exempt)
	return g
}

// networks are those of a setting; what nginx refuses there is unread.
func (g globals) networks(key string) []string {
	nets, bad := asWritten(g.text(key, ""))
	if bad != "" {
		g.unread[key] = "the controller's setting " + key + " has " + strconv.Quote(bad) + nginxRefuses
	}
	return nets
}

// nginxBody is nginx's own limit of a request's body in bytes (client_max_body_size).
const nginxBody = 1 << 20

// errorPages are those of the ConfigMap, which lead to the controller's own default backend;
// nil if there are none.
func (g globals) errorPages() *intent.ErrorPages {
	if len(g.errors) == 0 {
		return nil
	}
	return &intent.ErrorPages{Codes: g.errors, Status: g.defaultStatus, OwnOnly: g.flag("disable-proxy-intercept-errors")}
}

// readTrust says whose headers are believed.
func (g globals) readTrust() *intent.Trust {
	headers := g.flag("use-forwarded-headers")
	if !headers && !g.flag("enable-real-ip") {
		return nil
	}
	return &intent.Trust{
		From: networks(g.text("proxy-real-ip-cidr", "0.0.0.0/0")), Header: g.text("forwarded-for-header", "X-Forwarded-For"),
		AddressOnly: !headers, Append: headers && g.flag("compute-full-forwarded-for"),
	}
}

// text is a setting, or its default.
func (g globals) text(key, def string) string { return cmp.Or(strings.TrimSpace(g.settings[key]), def) }

func (g globals) flag(key string) bool {
	on, err := strconv.ParseBool(g.text(key, "false"))
	return err == nil && on
}

func (g globals) number(key string, def int) int {
	text := g.text(key, "")
	if text == "" {
		return def
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return def
}

// exempt says whether no authentication is asked for at a location path.
func (g globals) exempt(path string) bool {
	return slices.ContainsFunc(g.noAuth, func(start string) bool { return strings.HasPrefix(path, start) })
}
