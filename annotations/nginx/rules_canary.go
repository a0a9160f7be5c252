package nginx

// canaryRules send part of the requests of another Ingress's path to another Service.
var canaryRules = []Rule{
	{
		Key: "canary", Scope: ScopeIngress, Validate: isBool, Default: "false", Routing: true,
		Effect: "makes the Ingress an alternative of paths that other Ingresses have, with no path of its own",
	},
	{
		Key: "canary-by-header", Scope: ScopeUpstream, Validate: squeezed(plainChars, wantPlain), Routing: true,
		Effect: "names the request header that decides: always, never, or the value or pattern given",
	},
	{
		Key: "canary-by-header-value", Scope: ScopeUpstream, Validate: squeezed(plainChars, wantPlain), Routing: true,
		Effect: "is the header value that picks the canary, in place of always and never; nothing without canary-by-header",
	},
	{
		Key: "canary-by-header-pattern", Scope: ScopeUpstream,
		Validate: matching(regexChars, "a regular expression without blanks, ',', ';' and quotes"),
		Routing:  true,
		Effect:   "is the expression that picks the canary, unanchored and case-sensitive; nothing beside canary-by-header-value",
	},
	{
		Key: "canary-by-cookie", Scope: ScopeUpstream, Validate: squeezed(plainChars, wantPlain), Routing: true,
		Effect: "names the cookie that decides, if no header did: always or never",
	},
	{
		Key: "canary-weight", Scope: ScopeUpstream, Validate: isInt, Default: "0", Routing: true,
		Effect: "sends this share of the undecided requests to the canary, out of canary-weight-total",
	},
	{
		Key: "canary-weight-total", Scope: ScopeUpstream, Validate: isInt, Default: "100", Routing: true,
		Effect: "is what canary-weight is a share of; less than 100 counts as 100",
	},
}
