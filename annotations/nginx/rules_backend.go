package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteBackendTLS = "becomes validation of the service: a CA Secret, and the name that the certificate must have"
	noteFCGI       = "HTTPProxy does not speak FastCGI: put an HTTP server before the application"
	noteServerTLS  = "set tls.cipher-suites in Contour's configuration, for all hosts"
)

// backendRules say how the application is spoken to.
var backendRules = []Rule{
	{
		Key: "backend-protocol", Part: intent.Backends, Scope: ScopeLocation, Default: "HTTP",
		Validate: oneOfFold("auto_http", "http", "https", "grpc", "grpcs", "fcgi"),
		Effect:   "is the protocol that the application speaks; HTTPS is not verified",
		Note:     "becomes protocol of the service: HTTPS is tls, GRPC is h2c, GRPCS is h2; for FCGI put an HTTP server before the application",
	},
	{
		Key: "proxy-http-version", Part: intent.HTTPVersion, Scope: ScopeLocation, Validate: oneOf("1.0", "1.1"), Default: "1.1",
		Effect: "is the HTTP version that the application is asked in", Note: "nothing, unless the application needs HTTP/1.0: Envoy asks in HTTP/1.1",
	},
	{
		Key: "service-upstream", Part: intent.ClusterIPPart, Scope: ScopeUpstream, Validate: isBool, Default: "false",
		Effect: "sends to the Service's cluster address instead of to its pods",
		Note:   "Envoy sends to the pods; a mesh that needs the cluster address must be told of Envoy",
	},
	{
		Key: "fastcgi-index", Scope: ScopeLocation, Invalid: InvalidDropsIngress,
		Validate: squeezed(`^[A-Za-z0-9.\-\_]+$`, "a file name"), Effect: "names the file that FastCGI serves for a directory", Note: noteFCGI,
	},
	{
		Key: "fastcgi-params-configmap", Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: squeezed(plainChars, wantPlain),
		Effect: "sends the parameters of a ConfigMap by FastCGI; 503 if it is missing", Note: noteFCGI,
	},
	{
		Key: "http2-push-preload", Scope: ScopeLocation, Invalid: InvalidDropsIngress, Validate: isBool, Default: "false", Inert: true,
		Effect: "pushed preloaded files; nginx has it no longer", Note: "leave it out",
	},
}

// backendTLSRules are about certificates: towards the application, which count only beside
// proxy-ssl-secret, and the host's own TLS.
var backendTLSRules = []Rule{
	{
		Key: "proxy-ssl-secret", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Invalid: InvalidDropsIngress,
		Validate: squeezed(plainChars, wantPlain),
		Effect:   "names the Secret with the client certificate for the application and the CA of its certificate", Note: "its authority becomes validation of the service; set the client certificate in Contour's configuration (tls.envoy-client-certificate)",
	},
	{
		Key: "proxy-ssl-verify", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Validate: squeezed(onOff, wantOnOff), Default: "off",
		Effect: "answers 502 unless the application's certificate is valid", Note: noteBackendTLS,
	},
	{
		Key: "proxy-ssl-verify-depth", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Validate: isInt, Default: "1",
		Effect: "limits the length of that certificate's chain", Note: "no field: Envoy takes longer chains",
	},
	{
		Key: "proxy-ssl-name", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Validate: isServerName, Default: "$proxy_host",
		Effect: "is the name that the application's certificate must have", Note: noteBackendTLS,
	},
	{
		Key: "proxy-ssl-server-name", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Validate: squeezed(onOff, wantOnOff), Default: "off",
		Effect: "sends that name in the handshake (SNI)", Note: "no field: Envoy names the Host that it sends, if upstream-vhost sets one; else let the application choose its certificate without a name",
	},
	{
		Key: "proxy-ssl-protocols", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Default: "TLSv1.2",
		Validate: squeezed(`^(TLSv1\.2|TLSv1\.3| )*$`, "TLSv1.2, TLSv1.3 or both"),
		Effect:   "lists the TLS versions towards the application", Note: "set cluster.upstream-tls in Contour's configuration, for all applications",
	},
	{
		Key: "proxy-ssl-ciphers", Part: intent.UpstreamTLSPart, Scope: ScopeLocation, Security: true, Default: "DEFAULT",
		Validate: squeezed(`^[A-Za-z0-9\+:\_\-!]*$`, "an OpenSSL cipher list"),
		Effect:   "lists the ciphers towards the application", Note: "set cluster.upstream-tls in Contour's configuration, for all applications",
	},
	{
		Key: "ssl-passthrough", Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress, Validate: isBool, Default: "false",
		Effect: "hands TLS connections undecrypted to the Service of /, if the controller was started for it",
		Note:   "with --enable-ssl-passthrough, if the controller has that flag, TLS is relayed by the root's tcpproxy; if it has not, let the annotation go with --allow",
	},
	{
		Key: "ssl-ciphers", Part: intent.TLSCiphers, Scope: ScopeServer, Security: true, Invalid: InvalidDropsIngress, Default: "the ConfigMap's",
		Validate: squeezed(`^(?:(?:[A-Za-z0-9!:+\-_])*(?:@STRENGTH)*(?:@SECLEVEL=[0-5])*(?:@STRENGTH)*)*$`, "an OpenSSL cipher list"),
		Effect:   "lists the ciphers that the host offers", Note: noteServerTLS,
	},
	{
		Key: "ssl-prefer-server-ciphers", Part: intent.TLSCiphers, Scope: ScopeServer, Security: true, Validate: isBool, Default: "the ConfigMap's",
		Effect: "lets the server choose among the ciphers that both sides have", Note: noteServerTLS,
	},
}
