package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteAuthService = "name a gRPC ExtensionService for the host in the plan (authService: namespace/name), which decides alike, or authenticate in the application"
	noteWithAuthURL = "goes with auth-url: the authorization service of the plan does the same, where it matters"
	noteSignIn      = "the authorization service of the plan answers with the redirect itself"
	noteBasic       = "HTTPProxy has no password check: name an authorization service for the host in the plan (authService: namespace/name), or authenticate in the application"
)

// externalAuthRules ask an HTTP service whether a request may pass.
var externalAuthRules = []Rule{
	{
		Key: "auth-url", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(urlVarChars, wantURLVars),
		Effect:   "lets a request pass only if a GET of this URL answers 2xx", Note: noteAuthService,
	},
	{
		Key: "auth-method", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDenies,
		Validate: squeezed(`^(GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE)$`, "an HTTP method in capitals"),
		Default:  "a GET",
		Effect:   "sets the method of the question to auth-url", Note: noteWithAuthURL,
	},
	{
		Key: "auth-signin", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Validate: squeezed(urlVarChars, wantURLVars),
		Effect: "turns a 401 into a redirect to this URL, which gets the request's URL as a parameter",
		Note:   noteSignIn,
	},
	{
		Key: "auth-signin-redirect-param", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Validate: squeezed(urlChars, wantURL),
		Default: "rd", Effect: "names that parameter of auth-signin",
		Note: noteSignIn,
	},
	{
		Key: "auth-response-headers", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDenies,
		Validate: squeezed(nameList, wantNames),
		Effect:   "copies these headers of the auth answer to the upstream request, in place of the client's",
		Note:     noteWithAuthURL,
	},
	{
		Key: "auth-proxy-set-headers", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Validate: squeezed(plainChars, wantPlain),
		Effect: "adds the headers of a ConfigMap to the question; 503 if the ConfigMap is missing", Note: noteWithAuthURL,
	},
	{
		Key: "auth-request-redirect", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidRemovesAuth,
		Validate: squeezed(urlChars, wantURL),
		Default:  "$request_uri", Effect: "sets the header X-Auth-Request-Redirect of the question", Note: noteWithAuthURL,
	},
	{
		Key: "auth-always-set-cookie", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidRemovesAuth,
		Validate: isBool, Default: "false",
		Effect: "passes the auth answer's cookies on with every status", Note: noteWithAuthURL,
	},
	{
		Key: "auth-cache-key", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Validate: squeezed(varChars, wantVars),
		Effect: "keeps auth answers for requests with the same key", Note: noteWithAuthURL,
	},
	{
		Key: "auth-cache-duration", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Invalid: InvalidRemovesAuth,
		Validate: matching(`^[/\-\.\_\~a-zA-Z0-9\/:, ]*$`, "statuses and a time, such as 200 202 5m"),
		Default:  "200 202 401 5m", Effect: "says how long auth answers are kept, by status", Note: noteWithAuthURL,
	},
	{
		Key: "auth-keepalive", Part: intent.ExternalPart, Scope: ScopeLocation, Validate: isInt, Default: "0",
		Effect: "keeps this many connections to auth-url open, unless HTTP/2 is on, as it is by default", Note: noteWithAuthURL,
	},
	{
		Key: "auth-keepalive-requests", Part: intent.ExternalPart, Scope: ScopeLocation, Validate: isInt, Default: "1000",
		Effect: "limits the requests on one such connection", Note: noteWithAuthURL,
	},
	{
		Key: "auth-keepalive-timeout", Part: intent.ExternalPart, Scope: ScopeLocation, Validate: isInt, Default: "60",
		Effect: "closes such a connection after that many idle seconds", Note: noteWithAuthURL,
	},
	{
		Key: "auth-keepalive-share-vars", Part: intent.ExternalPart, Scope: ScopeLocation, Validate: isBool, Default: "false",
		Effect: "shares nginx variables between request and question", Note: noteWithAuthURL,
	},
	{
		Key: "enable-global-auth", Part: intent.ExternalPart, Scope: ScopeLocation, Security: true, Validate: isBool, Default: "true",
		Effect: "false takes the paths out of the ConfigMap's global-auth-url",
		Note:   "give the controller's ConfigMap with --controller-config; where it sets global-auth-url, each host needs an authService in the plan",
	},
}

// basicAuthRules ask for a user name and a password.
var basicAuthRules = []Rule{
	{
		Key: "auth-type", Part: intent.BasicPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(`basic|digest`, "basic or digest"),
		Effect:   "asks for a password, basic or digest (which is open without auth-realm)", Note: noteBasic,
	},
	{
		Key: "auth-secret", Part: intent.BasicPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDenies, Empty: InvalidDenies,
		Validate: squeezed(plainChars, wantPlain),
		Effect:   "names the Secret with users and passwords; without auth-type it protects nothing", Note: noteBasic,
	},
	{
		Key: "auth-secret-type", Part: intent.BasicPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(`auth-file|auth-map`, "auth-file or auth-map"), Default: "auth-file",
		Effect: "says whether the Secret holds one htpasswd file or a key per user", Note: noteBasic,
	},
	{
		Key: "auth-realm", Part: intent.BasicPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		Validate: matching(`^[/\-\.\_\~a-zA-Z0-9\/: ]*$`, "letters, digits, blanks and - . _ ~ / : only"),
		Effect:   "is the realm that the password prompt shows", Note: noteBasic,
	},
}
