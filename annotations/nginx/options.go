// Package nginx interprets Ingresses as ingress-nginx v1.15 does: class selection, order
// and conflicts, servers and locations, redirects, rewrites, TLS and canaries. What it
// does not interpret stands in the rule table with its scope, and makes a route opaque.
package nginx

import (
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Controller is what an IngressClass names if its Ingresses belong to ingress-nginx.
const Controller = "k8s.io/ingress-nginx"

// Options are the facts about the controller that no Ingress tells.
type Options struct {
	// Classes are class names taken as ours where no IngressClass object tells; default
	// "nginx". The annotation kubernetes.io/ingress.class is compared with them too.
	Classes []string
	// Classless takes Ingresses without any class (--watch-ingress-without-class).
	Classless bool
	// Passthrough says that the controller relays TLS where ssl-passthrough asks for it
	// (--enable-ssl-passthrough).
	Passthrough bool
	// Complete says that the input is all there is: what is referred to and not seen is
	// missing, with the controller's consequences.
	Complete bool
	// SecretsComplete is Complete for the Secrets that annotations name: whoever serves the
	// input has no others.
	SecretsComplete bool
	// Settings is the data of the controller's ConfigMap; nil means its defaults.
	Settings map[string]string
	// SettingsOrigin is where Settings come from.
	SettingsOrigin ledger.Origin
	// CarryDNS lets annotations for external-dns go along with their host.
	CarryDNS bool
	// Catalog knows the annotation keys of the field.
	Catalog *catalog.Catalog
}

func (o Options) classes() []string {
	if len(o.Classes) == 0 {
		return []string{"nginx"}
	}
	return o.Classes
}

// settings are the parts of the controller's ConfigMap that bear on routing, with the
// controller's defaults.
type settings struct {
	sslRedirect      bool
	forceSSLRedirect bool
	keepSlash        bool
	portInRedirects  bool
	relative         bool
	redirectStatus   int
	noRedirectPaths  []string // location path prefixes exempt from the https redirect
	hsts             bool
	hstsMaxAge       int
	hstsSubDomains   bool
	hstsPreload      bool
	idle             int // milliseconds
	connect          int
	allowSnippets    bool
	strictPaths      bool
	blockedWords     []string // an annotation of ours that holds one drops its Ingress
	riskCritical     bool
	raw              map[string]string // the ConfigMap's data
}

func (o Options) settings() settings {
	get := func(key string) string { return strings.TrimSpace(o.Settings[key]) }
	flag := func(key string, def bool) bool {
		if b, err := strconv.ParseBool(get(key)); err == nil {
			return b
		}
		return def
	}
	number := func(key string, def int) int {
		if n, err := strconv.Atoi(get(key)); err == nil {
			return n
		}
		return def
	}
	exempt := "/.well-known/acme-challenge"
	if v, ok := o.Settings["no-tls-redirect-locations"]; ok {
		exempt = v
	}
	var words []string
	if v := get("annotation-value-word-blocklist"); v != "" {
		words = strings.Split(v, ",") // the controller trims none of them, and takes an empty one, too
	}
	return settings{
		blockedWords:     words,
		raw:              o.Settings,
		sslRedirect:      flag("ssl-redirect", true),
		forceSSLRedirect: flag("force-ssl-redirect", false),
		keepSlash:        flag("preserve-trailing-slash", false),
		portInRedirects:  flag("use-port-in-redirects", false),
		relative:         flag("relative-redirects", false),
		redirectStatus:   number("http-redirect-code", 308),
		noRedirectPaths:  splitList(exempt),
		hsts:             flag("hsts", true),
		hstsMaxAge:       number("hsts-max-age", 31536000),
		hstsSubDomains:   flag("hsts-include-subdomains", true),
		hstsPreload:      flag("hsts-preload", false),
		idle:             1000 * max(number("proxy-read-timeout", 60), number("proxy-send-timeout", 60)),
		connect:          1000 * number("proxy-connect-timeout", 5),
		allowSnippets:    flag("allow-snippet-annotations", false),
		strictPaths:      flag("strict-validate-path-type", true),
		riskCritical:     strings.EqualFold(get("annotations-risk-level"), "critical"),
	}
}

// splitList splits a comma list, trims its parts and drops empty ones.
func splitList(s string) []string {
	var parts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
