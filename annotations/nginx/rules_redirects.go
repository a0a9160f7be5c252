package nginx

// redirectRules answer with a redirect instead of the Service.
var redirectRules = []Rule{
	{
		Key: "permanent-redirect", Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		EmptyCancelsRedirects: true, Validate: matching(urlChars, wantURL), Routing: true,
		Effect: "answers with a redirect to this URL as it stands, before https, access lists and authentication",
	},
	{
		Key: "permanent-redirect-code", Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isInt,
		EmptyCancelsRedirects: true, Default: "301", Routing: true,
		Effect: "sets the status of the permanent redirect, 300 to 308; others mean 301",
	},
	{
		Key: "temporal-redirect", Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		EmptyCancelsRedirects: true, Validate: matching(urlChars, wantURL), Routing: true,
		Effect: "as permanent-redirect, which it beats, with status 302; the URL must start with http",
	},
	{
		Key: "temporal-redirect-code", Scope: ScopeLocation, Invalid: InvalidDropsIfTemporalRedirect, Validate: isInt,
		EmptyCancelsRedirects: true, Default: "302", Routing: true,
		Effect: "sets the status of the temporal redirect, 300 to 307; others mean 302; read only beside a temporal-redirect",
	},
	{
		Key: "relative-redirects", Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isBool,
		EmptyCancelsRedirects: true, Default: "false", Routing: true,
		Effect: "leaves redirects to a path relative, instead of adding scheme and host",
	},
}

// httpsRules are about plain http and the redirect to https.
var httpsRules = []Rule{
	{
		Key: "ssl-redirect", Scope: ScopeLocation, Security: true, Validate: isBool, Default: "true", Routing: true,
		Effect: "redirects http to https with 308 where the host has a certificate entry",
	},
	{
		Key: "force-ssl-redirect", Scope: ScopeLocation, Security: true, Validate: isBool, Default: "false", Routing: true,
		Effect: "redirects http to https with 308 even where the host has no certificate entry",
	},
	{
		Key: "preserve-trailing-slash", Scope: ScopeLocation, Validate: isBool, Default: "false", Routing: true,
		Effect: "keeps a final slash in the redirect to https, which otherwise loses one",
	},
	{
		Key: "use-port-in-redirects", Scope: ScopeLocation, Validate: isBool, Default: "false", Routing: true,
		Effect: "writes the https port into the redirect to https",
	},
}
