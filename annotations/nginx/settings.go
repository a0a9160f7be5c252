package nginx

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// readSettings are the keys of the controller's ConfigMap that settings reads.
var readSettings = []string{"allow-snippet-annotations", "annotation-value-word-blocklist", "annotations-risk-level", "force-ssl-redirect", "hsts",
	"hsts-include-subdomains", "hsts-max-age", "hsts-preload", "http-redirect-code", "no-tls-redirect-locations",
	"preserve-trailing-slash", "proxy-connect-timeout", "proxy-read-timeout", "proxy-send-timeout", "relative-redirects",
	"ssl-redirect", "strict-validate-path-type", "use-port-in-redirects"}

// guarding are the keys of it that refuse requests on every host: until they are
// interpreted, every route is opaque.
var guarding = []string{"block-cidrs", "block-referers", "block-user-agents",
	"denylist-source-range", "enable-modsecurity", "enable-owasp-modsecurity-crs", "global-auth-url",
	"http-snippet", "location-snippet", "main-snippet", "modsecurity-snippet", "server-snippet", "ssl-reject-handshake",
	"whitelist-source-range"}

// opaqueSettings accounts for the rest of the ConfigMap: what guards makes every route
// opaque, what does not is a finding.
func (c *controller) opaqueSettings(m *intent.Model) {
	var opaque []intent.Opaque
	keys := make([]string, 0, len(c.opts.Settings))
	for k := range c.opts.Settings {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		v := c.opts.Settings[key]
		if slices.Contains(readSettings, key) || v == "" || v == "false" {
			continue
		}
		at := c.opts.SettingsOrigin.At("data."+key, 0)
		if !slices.Contains(guarding, key) {
			c.find("setting-untranslated", ledger.Warning, at, "the controller's setting "+key+" is not carried over", "compare with the configuration of the new data plane")
			continue
		}
		opaque = append(opaque, intent.Opaque{Key: "ConfigMap " + key, Security: true, Value: v, Reason: "a setting of the controller that guards every host", Origin: at})
	}
	if len(opaque) == 0 {
		return
	}
	for i := range m.Hosts {
		for j := range m.Hosts[i].Routes {
			r := &m.Hosts[i].Routes[j]
			r.Opaque = append(slices.Clip(r.Opaque), opaque...)
		}
	}
}
