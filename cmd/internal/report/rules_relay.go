package report

// relayRules are those of TLS that is relayed.
func relayRules() []Rule {
	return []Rule{
		{"issuer-relayed", "cert-manager keeps the certificate of a host whose TLS is relayed (ssl-passthrough). The root needs none, but the application may use that Secret, and cert-manager lets it go with the Ingress. " +
			"If the application uses it, write a Certificate for it before the Ingress goes."},
		{"relays-nothing", "An Ingress asks for ssl-passthrough where the controller relays nothing: for a wildcard, since it compares the name that a client asks for with the host as it is written, " +
			"or for a Service that is not there. nginx ends TLS of such a host, and the conversion does what nginx does."},
		{"relays-nowhere", "The controller relays TLS of a host to the Service of its path /, and where no rule has that path, to no address at all: connections by https fail. The root gets no TLS, so that they go on failing. " +
			"Add the path, or take ssl-passthrough away, and convert again."},
		{"tls-relayed", "The controller was started with --enable-ssl-passthrough, and an Ingress has TLS of its host relayed to the application undecrypted. What the host's paths ask of requests, " +
			"lists of addresses and passwords among them, holds over plain http only, in nginx as in Contour. It is a warning where something of that kind is asked for."},
	}
}
