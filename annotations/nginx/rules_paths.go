package nginx

// pathRules say how paths match and what becomes of the URI.
var pathRules = []Rule{
	{
		Key: "rewrite-target", Scope: ScopeLocation, Validate: matching(pathChars, wantPath), Routing: true,
		Effect: "replaces the request URI by this target; puts the whole host into regex mode, unless the target equals the path; " +
			"a target that begins with http://, https:// or $scheme is answered as a redirect, 302, with the captures and the query",
	},
	{
		Key: "use-regex", Scope: ScopeLocation, Validate: isBool, Default: "false", Routing: true,
		Effect: "takes the paths as regular expressions, and with them every path of the host",
	},
	{
		Key: "x-forwarded-prefix", Scope: ScopeLocation, Invalid: InvalidDropsIngress,
		Validate: squeezed(pathChars, wantPath), Routing: true,
		Effect: "sends the header X-Forwarded-Prefix upstream, but only beside an effective rewrite-target",
	},
	{
		Key: "app-root", Scope: ScopeServer, Validate: matching(pathChars, wantPath), Routing: true,
		Effect: "redirects exactly / of the host to this path with 302, before any redirect to https",
	},
}

// hostRules give a host further names.
var hostRules = []Rule{
	{
		Key: "server-alias", Scope: ScopeServer, Invalid: InvalidDropsIngress, Validate: isServerNames, Routing: true,
		Effect: "gives the host further names; the host's first Ingress with aliases counts",
	},
	{
		Key: "from-to-www-redirect", Scope: ScopeServer, Invalid: InvalidDropsIngress, Validate: isBool,
		EmptyCancelsRedirects: true, Default: "false", Routing: true,
		Effect: "redirects the name with www. to the one without, or the other way round, unless an Ingress has that name",
	},
}
