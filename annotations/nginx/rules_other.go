package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteErrorPage = "HTTPProxy has no error pages: let the application answer, or serve a static answer from Envoy's global settings"
	noteMirror    = "becomes a service of the route with mirror: true, if it is one of the team's namespace"
	noteLog       = "Contour logs and traces for all hosts alike, in its configuration"
)

// errorRules answer in place of the application.
var errorRules = []Rule{
	{
		Key: "custom-http-errors", Part: intent.ErrorPart, Scope: ScopeLocation, Invalid: InvalidDropsIngress,
		Validate: squeezed(`^(?:[4,5]\d{2},?)*$`, "statuses from 400 to 599 separated by commas"), Default: "the ConfigMap's",
		Effect: "asks the default backend again for the answers with these statuses; the client gets its status", Note: noteErrorPage,
	},
	{
		Key: "default-backend", Part: intent.ErrorPart, Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isServiceName,
		Default: "the controller's default backend",
		Effect:  "is the Service that answers when the path's own has no endpoints, and for custom-http-errors", Note: noteErrorPage,
	},
	{
		Key: "disable-proxy-intercept-errors", Part: intent.ErrorPart, Scope: ScopeLocation, Validate: isBool, Default: "false",
		Effect: "takes custom-http-errors back for the paths, unless the ConfigMap sets them", Note: noteErrorPage,
	},
}

// mirrorRules send copies of requests elsewhere.
var mirrorRules = []Rule{
	{
		Key: "mirror-target", Part: intent.MirrorPart, Scope: ScopeLocation, Invalid: InvalidMirrorsToApp, Validate: isServerName,
		Effect: "sends a copy of every request to this URL, the client's headers included",
		Note:   noteMirror,
	},
	{
		Key: "mirror-host", Part: intent.MirrorPart, Scope: ScopeLocation, Validate: isServerName, Default: "the host of mirror-target",
		Effect: "sets the Host header of the copy", Note: noteMirror,
	},
	{
		Key: "mirror-request-body", Part: intent.MirrorPart, Scope: ScopeLocation, Validate: squeezed(onOff, wantOnOff), Default: "on",
		Effect: "says whether the copy has a body", Note: noteMirror,
	},
}

// observeRules write logs and traces, and change no answer.
var observeRules = []Rule{
	{
		Key: "enable-access-log", Scope: ScopeLocation, Validate: isBool, Default: "true", Inert: true,
		Effect: "logs requests", Note: noteLog,
	},
	{
		Key: "enable-rewrite-log", Scope: ScopeLocation, Validate: isBool, Default: "false", Inert: true,
		Effect: "logs rewrites", Note: noteLog,
	},
	{
		Key: "enable-opentelemetry", Scope: ScopeLocation, Validate: isBool, Default: "the ConfigMap's", Inert: true,
		Effect: "traces requests", Note: noteLog,
	},
	{
		Key: "opentelemetry-operation-name", Scope: ScopeLocation, Inert: true,
		Validate: squeezed(`^[A-Za-z0-9_\-]*$`, "letters, digits, - and _ only"),
		Effect:   "names the spans of the traces", Note: noteLog,
	},
	{
		Key: "opentelemetry-trust-incoming-span", Scope: ScopeLocation, Validate: isBool, Default: "true", Inert: true,
		Effect: "continues the traces that clients begin", Note: noteLog,
	},
}
