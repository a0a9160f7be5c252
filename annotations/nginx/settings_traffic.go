package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

// clientsSettings: what is believed of a client, and what of its requests is taken.
var clientsSettings = []Setting{
	{
		Key: "use-forwarded-headers", Part: intent.TrustPart, Default: "false", Honoured: HonouredByExplicit,
		Effect: "believes X-Forwarded-* of the client", Note: "say --trusted-hops, and set network.num-trusted-hops in Contour's configuration",
	},
	{
		Key: "compute-full-forwarded-for", Part: intent.TrustPart, Default: "false", Honoured: HonouredByExplicit,
		Effect: "appends to X-Forwarded-For in place of writing it anew", Note: "Envoy appends in any case",
	},
	{
		Key: "enable-real-ip", Part: intent.TrustPart, Default: "false", Honoured: HonouredByExplicit,
		Effect: "takes the client's address from a header", Note: "say --trusted-hops, and set network.num-trusted-hops in Contour's configuration",
	},
	{
		Key: "forwarded-for-header", Part: intent.TrustPart, Default: "X-Forwarded-For", Honoured: HonouredByExplicit,
		Effect: "is the header with the client's address", Note: "Envoy reads X-Forwarded-For only",
	},
	{
		Key: "forwarded-for-proxy-protocol-header", Default: "X-Forwarded-For-Proxy-Protocol",
		Effect: "is the header for the address that the PROXY protocol tells", Note: "Envoy sends none",
	},
	{
		Key: "forwarded-host-header", Default: "X-Forwarded-Host",
		Effect: "is the header with the host that the client asked for", Note: "Envoy reads and sends X-Forwarded-Host only",
	},
	{
		Key: "proxy-real-ip-cidr", Part: intent.TrustPart, Default: "0.0.0.0/0", Honoured: HonouredByExplicit,
		Effect: "says which addresses are believed", Note: "set network.num-trusted-hops in Contour's configuration; it counts proxies and names none",
	},
	{
		Key: "use-proxy-protocol", Default: "false",
		Effect: "reads the client's address from the PROXY protocol", Note: "start Contour with --use-proxy-protocol",
	},
	{Key: "proxy-protocol-header-timeout", Default: "5s", Effect: "waits that long for the PROXY protocol", Note: "no field"},
	{
		Key: "proxy-add-original-uri-header", Default: "false",
		Effect: "sends X-Original-Uri upstream", Note: "set it in requestHeadersPolicy where the application reads it",
	},
	{
		Key: "generate-request-id", Default: "true",
		Effect: "sends X-Request-ID, generated where the client has none", Note: "Envoy sends it in any case",
	},
	{
		Key: "enable-underscores-in-headers", Default: "false",
		Effect: "lets headers with _ in their name through", Note: "set Contour's headers policy for underscores (allow, reject or drop is Envoy's)",
	},
	{
		Key: "ignore-invalid-headers", Default: "true",
		Effect: "drops headers with invalid names in place of refusing the request", Note: "Envoy refuses such requests",
	},
	{Key: "client-header-buffer-size", Default: "1k", Inert: true, Effect: "is the first buffer for a request's head"},
	{
		Key: "large-client-header-buffers", Default: "4 8k",
		Effect: "limits a request's head: 414 or 400 above", Note: "Envoy takes 60 kB in all",
	},
	{
		Key: "client-header-timeout", Default: "60",
		Effect: "closes connections whose request's head takes longer, in seconds", Note: "set Contour's request timeout",
	},
	{
		Key: "client-body-timeout", Default: "60",
		Effect: "closes connections that send nothing of the body for so many seconds", Note: "set Contour's stream idle timeout",
	},
	{
		Key: "client-body-buffer-size", Default: "8k", Annotation: "client-body-buffer-size",
		Effect: "is the memory for a request's body, before a file is used", Note: noteBuffer,
	},
	{
		Key: "keep-alive", Default: "75",
		Effect: "closes idle connections of clients after so many seconds; 0 closes each after its request", Note: "set Contour's connection idle timeout",
	},
	{
		Key: "keep-alive-requests", Default: "1000",
		Effect: "closes connections of clients after so many requests", Note: "set Contour's maximum of requests a connection",
	},
}

// upstreamSettings: how applications are asked.
var upstreamSettings = []Setting{
	{
		Key: "proxy-connect-timeout", Part: intent.ConnectTimeout, Default: "5", Annotation: "proxy-connect-timeout", Honoured: HonouredByRouting,
		Effect: "answers 504 if an application takes no connection for so many seconds",
	},
	{
		Key: "proxy-read-timeout", Part: intent.Connection, Default: "60", Annotation: "proxy-read-timeout", Honoured: HonouredByRouting,
		Effect: "answers 504 when an application is silent for so many seconds",
	},
	{
		Key: "proxy-send-timeout", Part: intent.Connection, Default: "60", Annotation: "proxy-send-timeout", Honoured: HonouredByRouting,
		Effect: "gives up when an application takes nothing for so many seconds",
	},
	{
		Key: "proxy-body-size", Part: intent.BodySize, Default: "1m", Annotation: "proxy-body-size", Honoured: HonouredByExplicit,
		Effect: "answers 413 to a larger request body; 0 is no limit", Note: "no field: limit it in the application",
	},
	{
		Key: "proxy-buffer-size", Part: intent.BufferingPart, Default: "4k", Annotation: "proxy-buffer-size", Honoured: HonouredByExplicit,
		Effect: "answers 502 to a larger response header", Note: "no field: Envoy takes 60 kB",
	},
	{
		Key: "proxy-buffering", Default: "off", Annotation: "proxy-buffering",
		Effect: "reads a response as fast as the application sends it", Note: noteBuffer,
	},
	{
		Key: "proxy-buffers-number", Default: "4", Annotation: "proxy-buffers-number",
		Effect: "is the number of buffers of a response", Note: noteBuffer,
	},
	{
		Key: "proxy-busy-buffers-size", Annotation: "proxy-busy-buffers-size",
		Effect: "is how much of them may wait for the client", Note: noteBuffer,
	},
	{
		Key: "proxy-max-temp-file-size", Default: "1024m", Annotation: "proxy-max-temp-file-size",
		Effect: "limits the file that a buffered response may fill", Note: noteBuffer,
	},
	{
		Key: "proxy-request-buffering", Part: intent.BufferingPart, Default: "on", Annotation: "proxy-request-buffering", Honoured: HonouredByExplicit,
		Effect: "reads a whole request before the application is asked", Note: noteBuffer,
	},
	{
		Key: "proxy-cookie-domain", Part: intent.CookiePart, Default: "off", Annotation: "proxy-cookie-domain", Honoured: HonouredByExplicit,
		Effect: "changes the domain of cookies of the application", Note: noteCookie,
	},
	{
		Key: "proxy-cookie-path", Part: intent.CookiePart, Default: "off", Annotation: "proxy-cookie-path", Honoured: HonouredByExplicit,
		Effect: "changes the path of cookies of the application", Note: noteCookie,
	},
	{
		Key: "proxy-redirect-from", Part: intent.LocationPart, Default: "off", Annotation: "proxy-redirect-from", Honoured: HonouredByExplicit,
		Effect: "is the text that Location headers of the application begin with", Note: noteLocation,
	},
	{
		Key: "proxy-redirect-to", Part: intent.LocationPart, Default: "off", Annotation: "proxy-redirect-to", Honoured: HonouredByExplicit,
		Effect: "is what takes its place", Note: noteLocation,
	},
	{
		Key: "proxy-http-version", Part: intent.HTTPVersion, Default: "1.1", Annotation: "proxy-http-version", Honoured: HonouredByExplicit,
		Effect: "is the HTTP version that applications are asked in", Note: "Envoy asks in HTTP/1.1",
	},
	{
		Key: "proxy-next-upstream", Part: intent.RetryPart, Default: "error timeout", Annotation: "proxy-next-upstream", Honoured: HonouredByExplicit,
		Effect: "says what is tried again with another endpoint", Note: noteRetry,
	},
	{
		Key: "proxy-next-upstream-timeout", Part: intent.RetryPart, Default: "0", Annotation: "proxy-next-upstream-timeout", Honoured: HonouredByExplicit,
		Effect: "limits the time for all tries in seconds", Note: noteRetry,
	},
	{
		Key: "proxy-next-upstream-tries", Part: intent.RetryPart, Default: "3", Annotation: "proxy-next-upstream-tries", Honoured: HonouredByExplicit,
		Effect: "limits the number of tries", Note: noteRetry,
	},
	{
		Key: "retry-non-idempotent", Part: intent.RetryPart, Default: "false", Honoured: HonouredByExplicit,
		Effect: "tries POST, LOCK and PATCH again, too", Note: noteRetry,
	},
	{
		Key:    "proxy-set-headers",
		Effect: "sends the headers of a ConfigMap upstream", Note: "set requestHeadersPolicy in Contour's configuration",
	},
	{Key: "proxy-headers-hash-max-size", Default: "512", Inert: true, Effect: "is the size of a table of nginx"},
	{Key: "proxy-headers-hash-bucket-size", Default: "64", Inert: true, Effect: "is the size of its rows"},
	{
		Key: "proxy-ssl-location-only", Part: intent.UpstreamTLSPart, Default: "false", Honoured: HonouredByExplicit,
		Effect: "keeps proxy-ssl-secret to the paths of its Ingress; else it holds for the whole host",
		Note:   "nothing to do: each path gets what holds for it",
	},
	{
		Key: "load-balance", Part: intent.BalancePart, Default: "round_robin", Annotation: "load-balance", Honoured: HonouredByExplicit,
		Effect: "is how endpoints are chosen", Note: "becomes loadBalancerPolicy of the team's routes",
	},
	{
		Key: "service-upstream", Part: intent.ClusterIPPart, Default: "false", Annotation: "service-upstream", Honoured: HonouredByExplicit,
		Effect: "sends to the Service's cluster address instead of to its pods", Note: "Envoy sends to the pods",
	},
	{
		Key: "upstream-keepalive-connections", Default: "320", Inert: true,
		Effect: "is the number of idle connections to applications that are kept",
	},
	{
		Key: "upstream-keepalive-requests", Default: "10000", Inert: true,
		Effect: "closes a connection to an application after so many requests",
	},
	{Key: "upstream-keepalive-time", Default: "1h", Inert: true, Effect: "closes a connection to an application after that time"},
	{
		Key: "upstream-keepalive-timeout", Part: intent.KeepAlive, Default: "60", Honoured: HonouredByExplicit,
		Effect: "closes a connection to an application after so many idle seconds", Note: "becomes idleConnection of the team's timeoutPolicy",
	},
	{Key: "grpc-buffer-size-kb", Default: "0", Effect: "is the buffer for the head of a gRPC response", Note: "no field: Envoy takes 60 kB"},
}

// responsesSettings: what clients get.
var responsesSettings = []Setting{
	{
		Key:    "add-headers",
		Effect: "adds the headers of a ConfigMap to every response", Note: "set responseHeadersPolicy in Contour's configuration",
	},
	{
		Key: "hide-headers", Part: intent.Header, Honoured: HonouredByExplicit,
		Effect: "drops these headers of applications' responses", Note: "becomes responseHeadersPolicy of the team's routes",
	},
	{
		Key: "global-allowed-response-headers", Part: intent.Header, Honoured: HonouredByExplicit,
		Effect: "lists the headers that the annotation custom-headers may set", Note: "nothing to do: the conversion looks custom-headers up",
	},
	{
		Key: "allow-backend-server-header", Default: "false",
		Effect: "lets the header Server of applications through", Note: "Contour's serverHeaderTransformation says what becomes of it",
	},
	{Key: "server-tokens", Default: "false", Effect: "sends nginx's version in the header Server", Note: "Envoy says envoy"},
	{
		Key: "custom-http-errors", Part: intent.ErrorPart, Annotation: "custom-http-errors", Honoured: HonouredByExplicit,
		Effect: "asks the default backend for the answer to these statuses", Note: "no field: let the application answer, or a service of its own",
	},
	{
		Key: "disable-proxy-intercept-errors", Part: intent.ErrorPart, Default: "false", Annotation: "disable-proxy-intercept-errors", Honoured: HonouredByExplicit,
		Effect: "lets errors of applications through; only nginx's own are replaced", Note: "belongs to custom-http-errors",
	},
	{Key: "default-type", Default: "text/html", Effect: "is the Content-Type of nginx's own answers", Note: "nothing to do"},
	{
		Key: "use-gzip", Default: "false",
		Effect: "compresses responses", Note: "Envoy compresses by Contour's configuration (compression: gzip, brotli, zstd or disabled)",
	},
	{Key: "gzip-disable", Effect: "does not compress for these user agents", Note: "belongs to use-gzip"},
	{Key: "gzip-level", Default: "1", Effect: "is the level of compression", Note: "belongs to use-gzip"},
	{Key: "gzip-min-length", Default: "256", Effect: "is the shortest response that is compressed, in bytes", Note: "belongs to use-gzip"},
	{Key: "gzip-types", Default: "the usual texts", Effect: "are the media types that are compressed", Note: "belongs to use-gzip"},
	{
		Key: "enable-brotli", Default: "false",
		Effect: "compresses with brotli", Note: "Envoy compresses by Contour's configuration (compression: gzip, brotli, zstd or disabled)",
	},
	{Key: "brotli-level", Default: "4", Effect: "is its level", Note: "belongs to enable-brotli"},
	{
		Key: "brotli-min-length", Default: "20",
		Effect: "is the shortest response that it compresses, in bytes", Note: "belongs to enable-brotli",
	},
	{Key: "brotli-types", Default: "the usual texts", Effect: "are the media types that it compresses", Note: "belongs to enable-brotli"},
}
