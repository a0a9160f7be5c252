package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteClientCert = "becomes clientValidation of the root, for which the host needs a certificate of its own; put the authority into the Secret as ca.crt"
	noteIPFilter   = "becomes ipAllowPolicy or ipDenyPolicy of the team's routes; where proxies stand in front, say how many with --trusted-hops"
	noteLocalRate  = "becomes buckets that all clients share; with --rate-limit-service each client is counted"
)

// clientCertRules ask for a client certificate. They hold for the whole host; its first
// Ingress with a CA wins.
var clientCertRules = []Rule{
	{
		Key: "auth-tls-secret", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(plainChars, wantPlain),
		Effect:   "asks clients of the host for a certificate of this CA; 403 for all if the Secret is missing", Note: noteClientCert,
	},
	{
		Key: "auth-tls-verify-client", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true,
		Validate: squeezed(`^(on|off|optional|optional_no_ca)$`, "on, off, optional or optional_no_ca"), Default: "on",
		Effect: "says whether the client certificate must be there and valid", Note: noteClientCert,
	},
	{
		Key: "auth-tls-verify-depth", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true, Validate: isInt, Default: "1",
		Effect: "limits the length of the client certificate's chain", Note: "Envoy takes chains of up to 100: let it go with --allow, if the authority bounds the chains of its certificates",
	},
	{
		Key: "auth-tls-match-cn", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress, Validate: isCommonName,
		Effect: "answers 403, to plain http too, unless the certificate's subject matches",
		Note:   "compare the subject in the application, which gets it in ssl-client-subject-dn, or give these clients an authority of their own; then let it go with --allow",
	},
	{
		Key: "auth-tls-error-page", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(`^(@[A-Za-z0-9_-]+|((https?://)?[A-Za-z0-9\-.]+(:\d+)?)?(/[A-Za-z0-9\-_.]+)*/?)$`, "a URL, a path or @name"),
		Effect:   "redirects clients without a valid certificate to this page",
		Note:     "HTTPProxy refuses such clients during the handshake: there is no page to show",
	},
	{
		Key: "auth-tls-pass-certificate-to-upstream", Part: intent.ClientCertificates, Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress,
		Validate: isBool, Default: "false",
		Effect: "sends the client certificate upstream in the header ssl-client-cert",
		Note:   "nothing: the application gets the certificate in ssl-client-cert, as before",
	},
}

// accessRules let requests in by address.
var accessRules = []Rule{
	{
		Key: "allowlist-source-range", Part: intent.AccessPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDenies, Empty: InvalidDenies,
		Validate: isCIDRs, Default: "the ConfigMap's whitelist-source-range",
		Effect: "answers 403 to all other client addresses", Note: noteIPFilter,
	},
	{
		Key: "whitelist-source-range", Part: intent.AccessPart, AliasOf: "allowlist-source-range", Scope: ScopeLocation, Security: true,
		Invalid: InvalidDenies, Validate: isCIDRs, Default: "the ConfigMap's whitelist-source-range",
		Effect: "is the old name of allowlist-source-range", Note: noteIPFilter,
	},
	{
		Key: "denylist-source-range", Part: intent.AccessPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDenies, Empty: InvalidDenies,
		Validate: isCIDRs, Default: "the ConfigMap's denylist-source-range",
		Effect: "answers 403 to these client addresses, before the allow list", Note: noteIPFilter,
	},
	{
		Key: "satisfy", Part: intent.Satisfy, Scope: ScopeLocation, Security: true, Validate: oneOf("any", "all"), Default: "all",
		Effect: "any lets a request pass by address or by credentials, all asks for both",
		Note:   "HTTPProxy asks for all guards: where one was enough, have the authorization service look at addresses, too, and let the list go with --allow",
	},
}

// limitRules limit what one client address may ask for.
var limitRules = []Rule{
	{
		Key: "limit-rps", Part: intent.RequestLimit, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress, Validate: isInt, Default: "0",
		Effect: "lets a client address make this many requests a second, with a burst; then 503", Note: noteLocalRate,
	},
	{
		Key: "limit-rpm", Part: intent.RequestLimit, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress, Validate: isInt, Default: "0",
		Effect: "lets a client address make this many requests a minute, with a burst; then 503", Note: noteLocalRate,
	},
	{
		Key: "limit-burst-multiplier", Part: intent.RequestLimit, Scope: ScopeLocation, Security: true, Validate: isInt, Default: "5",
		Effect: "is how many times its rate a client may burst", Note: noteLocalRate,
	},
	{
		Key: "limit-connections", Part: intent.ConnectionLimit, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress, Validate: isInt, Default: "0",
		Effect: "lets a client address have this many requests open at once; then 503",
		Note:   "limit it in front of Envoy, and let it go with --allow",
	},
	{
		Key: "limit-rate", Part: intent.RateLimit, Scope: ScopeLocation, Validate: isInt, Default: "0",
		Effect: "sends a response at most at this many kilobytes a second", Note: "no field: throttle in the application",
	},
	{
		Key: "limit-rate-after", Part: intent.RateLimit, Scope: ScopeLocation, Validate: isInt, Default: "0",
		Effect: "sends the first kilobytes without limit-rate", Note: "no field: throttle in the application",
	},
	{
		Key: "limit-allowlist", Part: intent.RequestLimit, Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isCIDRs,
		Effect: "exempts these addresses from the limits", Note: noteLocalRate,
	},
	{
		Key: "limit-whitelist", Part: intent.RequestLimit, AliasOf: "limit-allowlist", Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isCIDRs,
		Effect: "is the old name of limit-allowlist", Note: noteLocalRate,
	},
}
