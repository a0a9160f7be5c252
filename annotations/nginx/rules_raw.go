package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteSnippet = "headers, address lists, answers, redirects and conditions that HTTPProxy has are carried over; say the rest with its fields, or in the application"
	noteWAF     = "put a web application firewall in front of Contour, or behind it"
)

// snippetRules put text into nginx's own configuration. Of what is not read in it nobody can
// say what it protects.
var snippetRules = []Rule{
	{
		Key: "configuration-snippet", Part: intent.Header, Scope: ScopeLocation, Security: true, Critical: true, Empty: InvalidDropsIngress,
		Effect: "adds nginx configuration to the paths", Note: noteSnippet,
	},
	{
		Key: "server-snippet", Scope: ScopeServer, Security: true, Critical: true, Empty: InvalidDropsIngress,
		Effect: "adds nginx configuration to the host; its first Ingress with one wins", Note: noteSnippet,
	},
	{
		Key: "stream-snippet", Scope: ScopeGlobal, Security: true, Critical: true, Empty: InvalidDropsIngress,
		Effect: "adds configuration for TCP and UDP to the whole controller", Note: "say what it does in the configuration of a listener of its own beside Contour, and let it go with --allow",
	},
	{
		Key: "auth-snippet", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Critical: true, Empty: InvalidDropsIngress,
		Effect: "adds nginx configuration to the question to auth-url", Note: "let the authorization service of the plan do without what it adds, and take it away",
	},
}

// wafRules inspect requests with ModSecurity.
var wafRules = []Rule{
	{
		Key: "enable-modsecurity", Scope: ScopeLocation, Security: true, Validate: isBool, Default: "the ConfigMap's",
		Effect: "inspects requests with ModSecurity", Note: noteWAF,
	},
	{
		Key: "enable-owasp-core-rules", Scope: ScopeLocation, Security: true, Validate: isBool, Default: "false",
		Effect: "inspects requests with the OWASP core rule set", Note: noteWAF,
	},
	{
		Key: "modsecurity-snippet", Scope: ScopeLocation, Security: true, Critical: true, Empty: InvalidDropsIngress,
		Effect: "adds ModSecurity rules to the paths", Note: noteWAF,
	},
	{
		Key: "modsecurity-transaction-id", Scope: ScopeLocation, Validate: squeezed(varChars, wantVars), Inert: true,
		Effect: "sets the id under which ModSecurity logs a request", Note: noteWAF,
	},
}
