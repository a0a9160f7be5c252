package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Translate is Interpret and Explicit for a target: the model says everything that the
// Ingresses ask for, and Asked of its routes which entries each part stands on. What the
// controller opens by a mistake of the Ingress, what names something that is not in the
// input, and annotations of other programs that stop a conversion stay opaque, for somebody
// to decide. It settles the ledger as Interpret does.
func Translate(set *manifest.Set, opts Options) (intent.Model, []ledger.Finding) {
	c := newController(set, opts)
	foreign := c.admit()
	x := newExplicit(c)
	x.converting = true
	x.ofAll = x.askedOfAll()
	x.place()
	m := intent.Model{Paths: intent.Decoded, Hosts: c.hosts()}
	c.opaqueSettings(&m, func(key string) bool {
		return settingParts[key] != "" || x.global.trust != nil && slices.Contains(trusting, key)
	})
	c.references()
	x.write(&m)
	c.settle(m, foreign)
	return m, c.findings
}

// tell is a finding about how a model is served; of one for a target only what the
// controller does counts.
func (x *explicit) tell(rule string, s ledger.Severity, at ledger.Origin, message, action string) {
	if !x.converting || rule == "ingress-denied" {
		x.find(rule, s, at, message, action)
	}
}

// asksFor notes what something stands on that is explicit now.
func (x *explicit) asksFor(all []intent.Asked, q intent.Opaque) []intent.Asked {
	if !x.converting {
		return nil
	}
	part := settingParts[strings.TrimPrefix(q.Key, "ConfigMap ")]
	if short, ours := strings.CutPrefix(q.Key, Prefix); ours {
		rule, _ := RuleFor(short)
		part = rule.Part
	}
	return append(all, intent.Asked{Dimension: part, Key: q.Key, Security: q.Security, Origin: q.Origin})
}

// withoutTLS says whether a key asks for client certificates of a host that has no https of
// its own: no root can ask for them.
func (x *explicit) withoutTLS(h *intent.Host, key string) bool {
	rule, _ := RuleFor(key)
	return h.TLS == nil && rule.Part == intent.ClientCertificates
}

// settingParts are the parts of routes that settings of the controller's ConfigMap bear on.
var settingParts = map[string]intent.Dimension{
	"block-cidrs": intent.AccessPart, "denylist-source-range": intent.AccessPart, "whitelist-source-range": intent.AccessPart,
	"custom-http-errors": intent.ErrorPart, "disable-proxy-intercept-errors": intent.ErrorPart,
	"global-auth-always-set-cookie": intent.ExternalPart, "global-auth-cache-duration": intent.ExternalPart,
	"global-auth-cache-key": intent.ExternalPart, "global-auth-method": intent.ExternalPart,
	"global-auth-request-redirect": intent.ExternalPart, "global-auth-response-headers": intent.ExternalPart,
	"global-auth-signin": intent.ExternalPart, "global-auth-signin-redirect-param": intent.ExternalPart,
	"global-auth-url": intent.ExternalPart, "no-auth-locations": intent.ExternalPart,
	"hide-headers": intent.Header, "global-allowed-response-headers": intent.Header,
	"limit-conn-status-code": intent.ConnectionLimit, "limit-req-status-code": intent.RequestLimit,
	"limit-rate": intent.RateLimit, "limit-rate-after": intent.RateLimit, "load-balance": intent.BalancePart,
	"proxy-body-size": intent.BodySize, "proxy-buffer-size": intent.BufferingPart, "proxy-request-buffering": intent.BufferingPart,
	"proxy-connect-timeout": intent.ConnectTimeout, "proxy-read-timeout": intent.Connection, "proxy-send-timeout": intent.Connection,
	"proxy-cookie-domain": intent.CookiePart, "proxy-cookie-path": intent.CookiePart, "proxy-http-version": intent.HTTPVersion,
	"proxy-next-upstream": intent.RetryPart, "proxy-next-upstream-timeout": intent.RetryPart,
	"proxy-next-upstream-tries": intent.RetryPart, "retry-non-idempotent": intent.RetryPart,
	"proxy-redirect-from": intent.LocationPart, "proxy-redirect-to": intent.LocationPart,
	"proxy-ssl-location-only": intent.UpstreamTLSPart, "service-upstream": intent.ClusterIPPart,
	"ssl-ciphers": intent.TLSCiphers, "ssl-protocols": intent.TLSCiphers, "upstream-keepalive-timeout": intent.KeepAlive,
}

// trusting are the settings that a host's Trust stands on.
var trusting = []string{"compute-full-forwarded-for", "enable-real-ip", "forwarded-for-header", "proxy-real-ip-cidr", "use-forwarded-headers"}

// askedOfAll are the parts that the ConfigMap asks of every route, beside what guards, which
// is opaque at first.
func (x *explicit) askedOfAll() []intent.Asked {
	var all []intent.Asked
	for _, key := range sortedNames(x.opts.Settings) {
		part := settingParts[key]
		if part == "" || x.opts.Settings[key] == "" || slices.Contains(guarding, key) {
			continue
		}
		all = append(all, intent.Asked{Dimension: part, Key: "ConfigMap " + key, Origin: x.opts.SettingsOrigin.At("data."+key, 0)})
	}
	return all
}
