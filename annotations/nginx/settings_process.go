package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

// tlsSettings: TLS towards clients, and HTTP/2.
var tlsSettings = []Setting{
	{
		Key: "ssl-protocols", Part: intent.TLSCiphers, Default: "TLSv1.2 TLSv1.3", Honoured: HonouredByExplicit,
		Effect: "lists the TLS versions", Note: "becomes minimumProtocolVersion and maximumProtocolVersion of the roots, from 1.2 on",
	},
	{
		Key: "ssl-ciphers", Part: intent.TLSCiphers, Default: "the AEAD suites of TLS 1.2", Annotation: "ssl-ciphers", Honoured: HonouredByExplicit,
		Effect: "lists the ciphers", Note: "set tls.cipher-suites in Contour's configuration",
	},
	{Key: "ssl-ecdh-curve", Default: "auto", Effect: "lists the curves", Note: "no field"},
	{Key: "ssl-dh-param", Effect: "names the Secret with parameters for DHE", Note: "nothing to do: Envoy has no DHE"},
	{Key: "ssl-early-data", Default: "false", Effect: "takes requests in the first flight of TLS 1.3", Note: "no field: Envoy takes none"},
	{Key: "ssl-buffer-size", Default: "4k", Inert: true, Effect: "is the size of a TLS record's buffer"},
	{Key: "ssl-session-cache", Default: "true", Inert: true, Effect: "keeps TLS sessions"},
	{Key: "ssl-session-cache-size", Default: "10m", Inert: true, Effect: "is the size of that store"},
	{Key: "ssl-session-tickets", Default: "false", Inert: true, Effect: "gives TLS sessions to clients to keep"},
	{Key: "ssl-session-ticket-key", Inert: true, Effect: "is the key of those sessions"},
	{Key: "ssl-session-timeout", Default: "10m", Inert: true, Effect: "is how long a TLS session lasts"},
	{Key: "enable-ocsp", Default: "false", Effect: "staples OCSP answers", Note: "no field"},
	{Key: "use-http2", Default: "true", Effect: "offers HTTP/2 on https", Note: "set default-http-versions in Contour's configuration"},
	{
		Key: "http2-max-concurrent-streams", Default: "128",
		Effect: "limits the requests at once on one HTTP/2 connection", Note: "Envoy's limit is in Contour's configuration",
	},
	{Key: "http2-max-field-size", Inert: true, Effect: "was a limit of HTTP/2 heads, which nginx has no longer"},
	{Key: "http2-max-header-size", Inert: true, Effect: "was a limit of HTTP/2 heads, which nginx has no longer"},
	{Key: "http2-max-requests", Default: "0", Inert: true, Effect: "was a limit of requests a connection, which nginx has no longer"},
}

// logsSettings: logs, traces and metrics.
var logsSettings = []Setting{
	{Key: "access-log-params", Inert: true, Effect: "sets options of the access log"},
	{Key: "access-log-path", Default: "/var/log/nginx/access.log", Inert: true, Effect: "is the file of the access log"},
	{Key: "http-access-log-path", Inert: true, Effect: "is the file of the access log of HTTP"},
	{Key: "stream-access-log-path", Inert: true, Effect: "is the file of the access log of TCP and UDP"},
	{Key: "disable-access-log", Default: "false", Annotation: "enable-access-log", Inert: true, Effect: "writes no access log"},
	{Key: "disable-http-access-log", Default: "false", Inert: true, Effect: "writes no access log of HTTP"},
	{Key: "disable-stream-access-log", Default: "false", Inert: true, Effect: "writes no access log of TCP and UDP"},
	{Key: "enable-access-log-for-default-backend", Default: "false", Inert: true, Effect: "logs requests to the default backend"},
	{Key: "enable-auth-access-log", Default: "false", Inert: true, Effect: "logs questions to authentication services"},
	{Key: "skip-access-log-urls", Inert: true, Effect: "leaves these URLs out of the access log"},
	{Key: "error-log-level", Default: "notice", Inert: true, Effect: "is the level of the error log"},
	{Key: "error-log-path", Default: "/var/log/nginx/error.log", Inert: true, Effect: "is the file of the error log"},
	{Key: "log-format-escape-json", Default: "false", Inert: true, Effect: "escapes the access log as JSON"},
	{Key: "log-format-escape-none", Default: "false", Inert: true, Effect: "escapes nothing in the access log"},
	{Key: "log-format-stream", Default: "a line of text", Inert: true, Effect: "is the format of the access log of TCP and UDP"},
	{Key: "log-format-upstream", Default: "a line of text", Inert: true, Effect: "is the format of the access log"},
	{Key: "enable-syslog", Default: "false", Inert: true, Effect: "sends logs to syslog"},
	{Key: "syslog-host", Inert: true, Effect: "is the host of syslog"},
	{Key: "syslog-port", Default: "514", Inert: true, Effect: "is the port of syslog"},
	{Key: "debug-connections", Inert: true, Effect: "logs more of connections from these addresses"},
	{Key: "enable-opentelemetry", Default: "false", Annotation: "enable-opentelemetry", Inert: true, Effect: "sends traces"},
	{
		Key: "opentelemetry-config", Default: "/etc/ingress-controller/telemetry/opentelemetry.toml", Inert: true,
		Effect: "is the configuration of traces",
	},
	{Key: "opentelemetry-operation-name", Annotation: "opentelemetry-operation-name", Inert: true, Effect: "names the spans"},
	{
		Key: "opentelemetry-trust-incoming-span", Default: "true", Annotation: "opentelemetry-trust-incoming-span", Inert: true,
		Effect: "goes on with the client's trace",
	},
	{Key: "otel-max-export-batch-size", Default: "512", Inert: true, Effect: "is the number of spans that are sent at once"},
	{Key: "otel-max-queuesize", Default: "2048", Inert: true, Effect: "is the number of spans that may wait"},
	{Key: "otel-sampler", Default: "AlwaysOn", Inert: true, Effect: "says which requests are traced"},
	{Key: "otel-sampler-parent-based", Default: "true", Inert: true, Effect: "goes by the client's choice"},
	{Key: "otel-sampler-ratio", Default: "0.01", Inert: true, Effect: "is the share of requests that are traced"},
	{Key: "otel-schedule-delay-millis", Default: "5000", Inert: true, Effect: "is how often spans are sent"},
	{Key: "otel-service-name", Default: "nginx", Inert: true, Effect: "is the name in the traces"},
	{Key: "otlp-collector-host", Inert: true, Effect: "is the host that traces go to"},
	{Key: "otlp-collector-port", Default: "4317", Inert: true, Effect: "is its port"},
}

// processSettings: the process: workers, tables, addresses, TCP and UDP.
var processSettings = []Setting{
	{Key: "bind-address", Inert: true, Effect: "listens on these addresses only"},
	{Key: "disable-ipv6", Default: "false", Inert: true, Effect: "does not listen on IPv6"},
	{Key: "disable-ipv6-dns", Default: "false", Inert: true, Effect: "asks DNS for IPv4 only"},
	{Key: "enable-aio-write", Default: "true", Inert: true, Effect: "writes files in the background"},
	{Key: "enable-multi-accept", Default: "true", Inert: true, Effect: "takes many connections at once"},
	{Key: "enable-serial-reloads", Default: "false", Inert: true, Effect: "starts new workers only when the old ones are gone"},
	{Key: "geoip2-autoreload-in-minutes", Default: "0", Inert: true, Effect: "reads the GeoIP databases again"},
	{Key: "use-geoip2", Default: "false", Inert: true, Effect: "looks clients up in GeoIP databases, for snippets and logs"},
	{Key: "lua-shared-dicts", Inert: true, Effect: "are the sizes of tables of the controller"},
	{Key: "map-hash-bucket-size", Default: "64", Inert: true, Effect: "is the size of a table of nginx"},
	{Key: "max-worker-connections", Default: "16384", Inert: true, Effect: "limits the connections of a worker"},
	{Key: "max-worker-open-files", Default: "0", Inert: true, Effect: "limits the files of a worker"},
	{Key: "nginx-status-ipv4-whitelist", Default: "127.0.0.1", Inert: true, Effect: "may read nginx's status"},
	{Key: "nginx-status-ipv6-whitelist", Default: "::1", Inert: true, Effect: "may read nginx's status"},
	{Key: "reuse-port", Default: "true", Inert: true, Effect: "gives each worker a socket of its own"},
	{Key: "server-name-hash-max-size", Default: "1024", Inert: true, Effect: "is the size of a table of nginx"},
	{Key: "server-name-hash-bucket-size", Inert: true, Effect: "is the size of its rows"},
	{Key: "variables-hash-bucket-size", Default: "256", Inert: true, Effect: "is the size of a table of nginx"},
	{Key: "variables-hash-max-size", Default: "2048", Inert: true, Effect: "is the size of its rows"},
	{Key: "worker-cpu-affinity", Inert: true, Effect: "binds workers to processors"},
	{Key: "worker-processes", Default: "the number of processors", Inert: true, Effect: "is the number of workers"},
	{Key: "worker-shutdown-timeout", Default: "240s", Inert: true, Effect: "is how long an old worker may finish its requests"},
	{
		Key: "proxy-stream-timeout", Default: "600s",
		Effect: "closes TCP and UDP connections that are silent for so long", Note: "set it in the new listener's configuration",
	},
	{
		Key: "proxy-stream-next-upstream", Default: "true",
		Effect: "tries the next endpoint of TCP and UDP", Note: "set it in the new listener's configuration",
	},
	{
		Key: "proxy-stream-next-upstream-timeout", Default: "600s",
		Effect: "limits the time for these tries", Note: "set it in the new listener's configuration",
	},
	{
		Key: "proxy-stream-next-upstream-tries", Default: "3",
		Effect: "limits their number", Note: "set it in the new listener's configuration",
	},
	{
		Key: "proxy-stream-responses", Default: "1",
		Effect: "is the number of answers of UDP to expect", Note: "set it in the new listener's configuration",
	},
}
