package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteCORS     = "becomes corsPolicy of the root, if all paths of the host ask for the same; else --allow enable-cors@HOST=REASON gives it to all of them"
	noteCookie   = "write cookieRewritePolicies on the team's routes, an entry for each cookie that the application sets"
	noteLocation = "no field: let the application redirect to its public address"
)

// corsRules let scripts of other origins in. Leaving them out is stricter.
var corsRules = []Rule{
	{
		Key: "enable-cors", Part: intent.CORSPart, Scope: ScopeLocation, Validate: isBool, Default: "false",
		Effect: "adds CORS headers to every response and answers preflights with 204", Note: noteCORS,
	},
	{
		Key: "cors-allow-origin", Part: intent.CORSPart, Scope: ScopeLocation, Default: "*",
		Validate: squeezed(`^((((([a-z]+://)?(\*\.)?[A-Za-z0-9\-.]*(:\d+)?,?)|null)+)|\*)?$`, "origins separated by commas, or *"),
		Effect:   "lists the origins that may read responses", Note: noteCORS,
	},
	{
		Key: "cors-allow-methods", Part: intent.CORSPart, Scope: ScopeLocation, Default: "GET, PUT, POST, DELETE, PATCH, OPTIONS",
		Validate: squeezed(`^([A-Za-z]+,?\s?)+$`, "methods separated by commas"),
		Effect:   "lists the methods that a preflight allows", Note: noteCORS,
	},
	{
		Key: "cors-allow-headers", Part: intent.CORSPart, Scope: ScopeLocation, Validate: squeezed(nameList, wantNames),
		Default: "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
		Effect:  "lists the request headers that a preflight allows", Note: noteCORS,
	},
	{
		Key: "cors-expose-headers", Part: intent.CORSPart, Scope: ScopeLocation, Validate: squeezed(`^(([A-Za-z0-9\-\_]+|\*),?\s?)+$`, wantNames+", or *"),
		Effect: "lists the response headers that scripts may read", Note: noteCORS,
	},
	{
		Key: "cors-allow-credentials", Part: intent.CORSPart, Scope: ScopeLocation, Validate: isBool, Default: "true",
		Effect: "lets scripts send cookies and credentials", Note: noteCORS,
	},
	{
		Key: "cors-max-age", Part: intent.CORSPart, Scope: ScopeLocation, Validate: isInt, Default: "1728000",
		Effect: "lets browsers keep a preflight's answer for that many seconds", Note: noteCORS,
	},
}

// headerRules change headers on either side.
var headerRules = []Rule{
	{
		Key: "custom-headers", Part: intent.Header, Scope: ScopeLocation, Security: true, Validate: squeezed(plainChars, wantPlain),
		Effect: "adds the response headers of a ConfigMap; 503 unless the controller allows each of them",
		Note:   "becomes responseHeadersPolicy of the team's routes, if its ConfigMap is in the input, and with --controller-config what the controller allows",
	},
	{
		Key: "upstream-vhost", Part: intent.Header, Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isServerName, Default: "the request's Host",
		Effect: "sets the Host header upstream; nginx variables expand",
		Note:   "a constant, or one header of the request, becomes Host in requestHeadersPolicy; no field for other variables",
	},
	{
		Key: "connection-proxy-header", Part: intent.ConnectionHeader, Scope: ScopeLocation, Invalid: InvalidDropsIngress,
		Validate: squeezed(`^(close|keep-alive)$`, "close or keep-alive"), Default: "$connection_upgrade",
		Effect: "sets the Connection header upstream, which ends WebSockets",
		Note:   "nothing: Envoy manages this header itself, and WebSockets stay off on the route",
	},
	{
		Key: "proxy-cookie-domain", Part: intent.CookiePart, Scope: ScopeLocation, Default: "off",
		Validate: matching(`^(off|[\-\.\_\~a-zA-Z0-9\/:]+\s+[\-\.\_\~a-zA-Z0-9\/:]+)$`, "off, or two domains"),
		Effect:   "changes the domain of cookies that the application sets",
		Note:     noteCookie,
	},
	{
		Key: "proxy-cookie-path", Part: intent.CookiePart, Scope: ScopeLocation, Default: "off", Validate: squeezed(urlChars, wantURL),
		Effect: "changes the path of cookies that the application sets",
		Note:   noteCookie,
	},
	{
		Key: "proxy-redirect-from", Part: intent.LocationPart, Scope: ScopeLocation, Default: "off", Validate: squeezed(urlChars, wantURL),
		Effect: "is the start of Location headers that proxy-redirect-to replaces",
		Note:   noteLocation,
	},
	{
		Key: "proxy-redirect-to", Part: intent.LocationPart, Scope: ScopeLocation, Default: "off", Validate: squeezed(urlChars, wantURL),
		Effect: "replaces the start of Location headers that the application sends",
		Note:   noteLocation,
	},
}
