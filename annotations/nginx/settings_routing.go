package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

// routingSettings: redirects, https and what of the Ingresses counts.
var routingSettings = []Setting{
	{
		Key: "allow-cross-namespace-resources", Default: "false", Honoured: HonouredByRouting,
		Effect: "lets annotations name Secrets and ConfigMaps of other namespaces", Note: "nothing to do: what they name is resolved in the conversion",
	},
	{
		Key: "allow-snippet-annotations", Default: "false", Honoured: HonouredByRouting,
		Effect: "lets the annotations with snippets take effect",
	},
	{
		Key: "annotation-value-word-blocklist", Honoured: HonouredByRouting,
		Effect: "leaves out every Ingress with an annotation that holds one of these words",
	},
	{
		Key: "annotations-risk-level", Default: "High", Honoured: HonouredByRouting,
		Effect: "leaves out every Ingress with an annotation of a higher risk",
	},
	{
		Key: "force-ssl-redirect", Default: "false", Annotation: "force-ssl-redirect", Honoured: HonouredByRouting,
		Effect: "redirects http to https, whether the host has a certificate or not",
	},
	{
		Key: "ssl-redirect", Default: "true", Annotation: "ssl-redirect", Honoured: HonouredByRouting,
		Effect: "redirects http to https on hosts with a certificate",
	},
	{Key: "http-redirect-code", Default: "308", Honoured: HonouredByRouting, Effect: "is the status of that redirect"},
	{
		Key: "no-tls-redirect-locations", Default: "/.well-known/acme-challenge", Honoured: HonouredByRouting,
		Effect: "exempts Ingress paths that begin like this from the redirect to https",
	},
	{
		Key: "preserve-trailing-slash", Default: "false", Annotation: "preserve-trailing-slash", Honoured: HonouredByRouting,
		Effect: "keeps a slash at the end of the URL in the redirect to https",
	},
	{
		Key: "relative-redirects", Default: "false", Annotation: "relative-redirects", Honoured: HonouredByRouting,
		Effect: "sends redirects without scheme and host",
	},
	{
		Key: "use-port-in-redirects", Default: "false", Annotation: "use-port-in-redirects", Honoured: HonouredByRouting,
		Effect: "names the port in redirects",
	},
	{
		Key: "strict-validate-path-type", Default: "true", Honoured: HonouredByRouting,
		Effect: "lets the webhook refuse Exact and Prefix paths with other characters than letters, digits and - . _ /",
	},
	{Key: "hsts", Default: "true", Honoured: HonouredByRouting, Effect: "sends Strict-Transport-Security on https"},
	{Key: "hsts-include-subdomains", Default: "true", Honoured: HonouredByRouting, Effect: "adds includeSubDomains to it"},
	{Key: "hsts-max-age", Default: "31536000", Honoured: HonouredByRouting, Effect: "is its max-age in seconds"},
	{Key: "hsts-preload", Default: "false", Honoured: HonouredByRouting, Effect: "adds preload to it"},
}

// accessSettings: who gets in, on every host.
var accessSettings = []Setting{
	{
		Key: "whitelist-source-range", Part: intent.AccessPart, Annotation: "allowlist-source-range", Honoured: HonouredByExplicit, Security: true,
		Effect: "answers 403 to all other client addresses", Note: noteIPFilter,
	},
	{
		Key: "denylist-source-range", Part: intent.AccessPart, Annotation: "denylist-source-range", Honoured: HonouredByExplicit, Security: true,
		Effect: "answers 403 to these client addresses", Note: noteIPFilter,
	},
	{
		Key: "block-cidrs", Part: intent.AccessPart, Honoured: HonouredByExplicit, Security: true,
		Effect: "answers 403 to these client addresses, on paths that have no list of their own", Note: noteIPFilter,
	},
	{
		Key: "block-user-agents", Security: true,
		Effect: "answers 403 to these user agents", Note: "no field for regular expressions of headers on a whole host: refuse them in front of Envoy",
	},
	{
		Key: "block-referers", Security: true,
		Effect: "answers 403 to requests from these pages",
		Note:   "no field for regular expressions of headers on a whole host: refuse them in front of Envoy",
	},
	{
		Key: "global-auth-url", Part: intent.ExternalPart, Annotation: "auth-url", Honoured: HonouredByExplicit, Security: true,
		Effect: "lets a request of any Ingress pass only if a GET of this URL answers 2xx; enable-global-auth false opts out",
		Note:   noteAuthService,
	},
	{
		Key: "global-auth-method", Part: intent.ExternalPart, Annotation: "auth-method", Honoured: HonouredByExplicit,
		Effect: "sets the method of that question", Note: "belongs to global-auth-url",
	},
	{
		Key: "global-auth-signin", Part: intent.ExternalPart, Annotation: "auth-signin", Honoured: HonouredByExplicit,
		Effect: "turns its 401 into a redirect to this URL", Note: noteSignIn,
	},
	{
		Key: "global-auth-signin-redirect-param", Part: intent.ExternalPart, Default: "rd", Annotation: "auth-signin-redirect-param", Honoured: HonouredByExplicit,
		Effect: "names the parameter with the request's URL in that redirect", Note: "belongs to global-auth-signin",
	},
	{
		Key: "global-auth-response-headers", Part: intent.ExternalPart, Annotation: "auth-response-headers", Honoured: HonouredByExplicit,
		Effect: "copies these headers of its answer to the upstream request", Note: "belongs to global-auth-url",
	},
	{
		Key: "global-auth-request-redirect", Part: intent.ExternalPart, Annotation: "auth-request-redirect", Honoured: HonouredByExplicit,
		Effect: "sets the header X-Auth-Request-Redirect of the question", Note: "belongs to global-auth-url",
	},
	{Key: "global-auth-snippet", Annotation: "auth-snippet", Effect: "adds directives to that question", Note: "belongs to global-auth-url"},
	{
		Key: "global-auth-cache-key", Part: intent.ExternalPart, Annotation: "auth-cache-key", Honoured: HonouredByExplicit,
		Effect: "keeps its answers for requests with the same key", Note: "belongs to global-auth-url",
	},
	{
		Key: "global-auth-cache-duration", Part: intent.ExternalPart, Default: "200 202 401 5m", Annotation: "auth-cache-duration", Honoured: HonouredByExplicit,
		Effect: "says how long its answers are kept, by status", Note: "belongs to global-auth-url",
	},
	{
		Key: "global-auth-always-set-cookie", Part: intent.ExternalPart, Default: "false", Annotation: "auth-always-set-cookie", Honoured: HonouredByExplicit,
		Effect: "passes its cookies on with every status", Note: "belongs to global-auth-url",
	},
	{
		Key: "no-auth-locations", Part: intent.ExternalPart, Default: "/.well-known/acme-challenge", Honoured: HonouredByExplicit,
		Effect: "exempts paths that begin like this from all authentication", Note: "becomes authPolicy.disabled of these routes",
	},
	{
		Key: "enable-modsecurity", Default: "false", Annotation: "enable-modsecurity", Security: true,
		Effect: "lets the WAF look at every request", Note: "put a WAF in front of Envoy, or into it by an extension",
	},
	{
		Key: "enable-owasp-modsecurity-crs", Default: "false", Annotation: "enable-owasp-core-rules", Security: true,
		Effect: "loads the OWASP core rules into the WAF", Note: "belongs to enable-modsecurity",
	},
	{
		Key: "modsecurity-snippet", Annotation: "modsecurity-snippet", Security: true,
		Effect: "adds rules to the WAF", Note: "belongs to enable-modsecurity",
	},
	{
		Key: "ssl-reject-handshake", Default: "false", Security: true,
		Effect: "refuses TLS handshakes for names of no host, in place of the default certificate",
		Note:   "nothing to do where no fallbackCertificate is set: Envoy refuses them, too",
	},
	{
		Key: "limit-req-status-code", Part: intent.RequestLimit, Default: "503", Honoured: HonouredByExplicit,
		Effect: "is the status for requests above a limit", Note: "becomes responseStatusCode of the rate limit policy; a rate limit service refuses with 429",
	},
	{
		Key: "limit-conn-status-code", Part: intent.ConnectionLimit, Default: "503", Honoured: HonouredByExplicit,
		Effect: "is the status for connections above a limit", Note: "no field: Envoy answers 503",
	},
	{
		Key: "limit-conn-zone-variable", Default: "$binary_remote_addr",
		Effect: "is what limits of connections and requests count by", Note: "choose the descriptors of a global rate limit policy",
	},
	{
		Key: "limit-rate", Part: intent.RateLimit, Default: "0", Annotation: "limit-rate", Honoured: HonouredByExplicit,
		Effect: "sends responses at most at this many kilobytes a second", Note: "no field: throttle in the application",
	},
	{
		Key: "limit-rate-after", Part: intent.RateLimit, Default: "0", Annotation: "limit-rate-after", Honoured: HonouredByExplicit,
		Effect: "sends the first kilobytes without limit-rate", Note: "no field: throttle in the application",
	},
}

// snippetsSettings: text that only nginx reads.
var snippetsSettings = []Setting{
	{
		Key: "main-snippet", Security: true,
		Effect: "adds directives to the top of the configuration", Note: "read the directives, and say them by other means",
	},
	{Key: "http-snippet", Security: true, Effect: "adds directives for all hosts", Note: "read the directives, and say them by other means"},
	{
		Key: "server-snippet", Annotation: "server-snippet", Security: true,
		Effect: "adds directives to every host", Note: "read the directives, and say them by other means",
	},
	{
		Key: "location-snippet", Annotation: "configuration-snippet", Security: true,
		Effect: "adds directives to every path", Note: "read the directives, and say them by other means",
	},
	{
		Key: "stream-snippet", Annotation: "stream-snippet",
		Effect: "adds directives for TCP and UDP", Note: "say them in the new listener's configuration",
	},
}
