package nginx

// honoured are the keys, without Prefix, that Explicit says in the words of the model.
var honoured = []string{
	"affinity", "affinity-canary-behavior", "affinity-mode", "allowlist-source-range", "auth-always-set-cookie",
	"auth-cache-duration", "auth-cache-key", "auth-method", "auth-proxy-set-headers", "auth-realm", "auth-request-redirect",
	"auth-response-headers", "auth-secret", "auth-secret-type", "auth-signin", "auth-signin-redirect-param",
	"auth-tls-error-page", "auth-tls-match-cn", "auth-tls-pass-certificate-to-upstream", "auth-tls-secret",
	"auth-tls-verify-client", "auth-tls-verify-depth", "auth-type", "auth-url", "backend-protocol", "configuration-snippet",
	"connection-proxy-header",
	"cors-allow-credentials", "cors-allow-headers", "cors-allow-methods", "cors-allow-origin", "cors-expose-headers",
	"cors-max-age", "custom-headers", "custom-http-errors", "default-backend", "denylist-source-range",
	"disable-proxy-intercept-errors", "enable-cors", "enable-global-auth", "limit-allowlist", "limit-burst-multiplier",
	"limit-connections", "limit-rate", "limit-rate-after", "limit-rpm", "limit-rps", "limit-whitelist", "load-balance",
	"mirror-host", "mirror-request-body", "mirror-target", "proxy-body-size", "proxy-buffer-size", "proxy-connect-timeout",
	"proxy-cookie-domain", "proxy-cookie-path", "proxy-http-version", "proxy-next-upstream", "proxy-next-upstream-timeout",
	"proxy-next-upstream-tries", "proxy-read-timeout", "proxy-redirect-from", "proxy-redirect-to", "proxy-request-buffering",
	"proxy-send-timeout", "proxy-ssl-ciphers", "proxy-ssl-name", "proxy-ssl-protocols", "proxy-ssl-secret",
	"proxy-ssl-server-name", "proxy-ssl-verify", "proxy-ssl-verify-depth", "satisfy", "server-snippet", "service-upstream",
	"session-cookie-change-on-failure", "session-cookie-conditional-samesite-none", "session-cookie-domain",
	"session-cookie-expires", "session-cookie-max-age", "session-cookie-name", "session-cookie-path",
	"session-cookie-samesite", "session-cookie-secure", "ssl-ciphers", "upstream-hash-by", "upstream-hash-by-subset",
	"upstream-hash-by-subset-size", "upstream-vhost", "whitelist-source-range",
}

// withoutEffect are keys that change no answer of a data plane that streams: sizes of
// buffers, and how connections to an authentication service are kept. The server's order
// of ciphers is what Go's TLS goes by in any case.
var withoutEffect = []string{
	"auth-keepalive", "auth-keepalive-requests", "auth-keepalive-share-vars", "auth-keepalive-timeout",
	"client-body-buffer-size", "proxy-buffering", "proxy-buffers-number", "proxy-busy-buffers-size",
	"proxy-max-temp-file-size", "ssl-prefer-server-ciphers",
}

// Unhonoured are the keys, with Prefix, that stay opaque on a route whatever their value:
// text that only nginx and ModSecurity understand, FastCGI, and TLS that is relayed.
var Unhonoured = []string{
	Prefix + "auth-snippet", Prefix + "enable-modsecurity", Prefix + "enable-owasp-core-rules", Prefix + "fastcgi-index",
	Prefix + "fastcgi-params-configmap", Prefix + "modsecurity-snippet", Prefix + "ssl-passthrough", Prefix + "stream-snippet",
}
