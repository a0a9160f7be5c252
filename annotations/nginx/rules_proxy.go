package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteBuffer  = "no field: Envoy streams; its buffer limits are global settings"
	noteRetry   = "becomes retryPolicy of the team's routes, with count = tries - 1"
	noteTimeout = "becomes timeoutPolicy of the team's routes: response infinity, idle the larger of both timeouts"
)

// bufferRules size what the proxy keeps of a request or response.
var bufferRules = []Rule{
	{
		Key: "proxy-body-size", Part: intent.BodySize, Scope: ScopeLocation, Validate: squeezed(size, wantSize), Default: "1m",
		Effect: "answers 413 to a larger request body; 0 is no limit", Note: "no field: limit it in the application",
	},
	{
		Key: "client-body-buffer-size", Part: intent.BufferingPart, Scope: ScopeLocation, Invalid: InvalidDropsIngress,
		Validate: squeezed(size, wantSize), Default: "8k",
		Effect: "keeps a request body of that size in memory, the rest in a file", Note: noteBuffer,
	},
	{
		Key: "proxy-buffering", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: oneOf("on", "off"), Default: "off",
		Effect: "takes the response from the application faster than the client reads it", Note: noteBuffer,
	},
	{
		Key: "proxy-request-buffering", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: oneOf("on", "off"), Default: "on",
		Effect: "reads the whole request body before it asks the application", Note: noteBuffer,
	},
	{
		Key: "proxy-buffer-size", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: squeezed(size, wantSize), Default: "4k",
		Effect: "answers 502 to a larger response header", Note: noteBuffer,
	},
	{
		Key: "proxy-buffers-number", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: isInt, Default: "4",
		Effect: "is how many buffers a response has", Note: noteBuffer,
	},
	{
		Key: "proxy-busy-buffers-size", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: squeezed(size, wantSize),
		Effect: "limits the buffers that are being sent to the client", Note: noteBuffer,
	},
	{
		Key: "proxy-max-temp-file-size", Part: intent.BufferingPart, Scope: ScopeLocation, Validate: squeezed(size, wantSize), Default: "1024m",
		Effect: "limits the file that a buffered response may fill", Note: noteBuffer,
	},
}

// timeoutRules limit time and attempts.
var timeoutRules = []Rule{
	{
		Key: "proxy-connect-timeout", Part: intent.ConnectTimeout, Scope: ScopeLocation, Validate: isInt, Default: "5",
		Effect: "gives the application that many seconds to accept a connection",
		Note:   "set timeouts.connect-timeout in Contour's configuration, for all applications",
	},
	{
		Key: "proxy-read-timeout", Part: intent.Connection, Scope: ScopeLocation, Validate: isInt, Default: "60",
		Effect: "answers 504 when the application is silent for that many seconds", Note: noteTimeout,
	},
	{
		Key: "proxy-send-timeout", Part: intent.Connection, Scope: ScopeLocation, Validate: isInt, Default: "60",
		Effect: "gives up when the application takes nothing for that many seconds", Note: noteTimeout,
	},
	{
		Key: "proxy-next-upstream", Part: intent.RetryPart, Scope: ScopeLocation, Default: "error timeout",
		Validate: matching(`^((error|timeout|invalid_header|http_500|http_502|http_503|http_504|http_403|http_404|http_429|non_idempotent|off)\s?)+$`,
			"a list of error, timeout, invalid_header, http_500, ..., non_idempotent, off"),
		Effect: "says which failures make it try another endpoint", Note: noteRetry,
	},
	{
		Key: "proxy-next-upstream-timeout", Part: intent.RetryPart, Scope: ScopeLocation, Validate: isInt, Default: "0",
		Effect: "stops trying after that many seconds; 0 is never", Note: noteRetry,
	},
	{
		Key: "proxy-next-upstream-tries", Part: intent.RetryPart, Scope: ScopeLocation, Validate: isInt, Default: "3",
		Effect: "stops trying after that many attempts", Note: noteRetry,
	},
}
