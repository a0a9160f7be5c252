package report

// runtimeRules are those of the runtime.
func runtimeRules() []Rule {
	return []Rule{
		{"certificate-unusable", "A Secret lacks the certificate, key, authority or revocation list that is asked of it, or holds one that cannot be read. " +
			"A host of Contour's then has no https, a host of ingress-nginx's the default certificate, and no client certificate is taken. Mend the Secret."},
		{"cipher-unknown", "The list of ciphers names some that the runtime cannot speak. " +
			"They are left out; if none remains, the host has no https. Name ciphers of TLS 1.2 with ECDHE."},
		{"class-unserved", "The class of the object is none of those that are served, so that it answers nothing. " +
			"Name its class in the runtime's options if it shall be served, or leave it to its own controller."},
		{"cluster-ip-mixed", "Some routes ask for the address of a Service in place of its endpoints, and others for the endpoints. " +
			"All of them get the endpoints. Ask for one of both everywhere."},
		{"external-name-refused", "A route leads to a Service of type ExternalName, which is not allowed, or whose name is an address of the runtime's own machine or link. " +
			"Such requests get 503. Allow external names, and name a host outside."},
		{"host-in-both", "HTTPProxies, or Ingresses of Contour's class, and Ingresses of ingress-nginx speak of one host. " +
			"The runtime serves it by Contour's rules and leaves the others out. Remove one of both once the cutover is decided."},
		{"no-endpoints", "No endpoint of a Service takes requests: there is none, none is ready, or what is written is no address. " +
			"Such requests get 503. Look at the EndpointSlices of the Service."},
		{"not-honoured", "The object asks for something that the runtime does not do. " +
			"If leaving it out would let more requests in, the route answers 503; else it is served without it. Set it by other means, or take it away."},
		{"not-served", "The data plane could not make a host, a route or its certificate ready, though the objects can be read. " +
			"The route answers 503, the host's https is refused, or the last good state goes on, as the finding says. Mend what it names."},
		{"object-fault", "A part of an object cannot be served as it is written: a condition that contradicts another, an include of nothing, a host that another root has. " +
			"The finding names the reason as Contour's status does, and what is served instead. Mend the object."},
		{"orphaned", "No root includes the HTTPProxy, directly or over others, so that nothing of it is served. " +
			"Contour's status says the same. Include it, or remove it."},
		{"port-missing", "A route leads to a port that the Service does not have, or not for TCP. " +
			"Such requests get 503. Name a port of the Service."},
		{"secret-missing", "A route refers to a Secret that is not there. " +
			"What needs it fails closed: nobody gets in by it, and connections that need it are refused. Add the Secret."},
		{"secret-not-delegated", "An object refers to a Secret of another namespace, and no TLSCertificateDelegation beside the Secret gives it to that namespace. " +
			"It is as if the Secret were not there. Add the delegation, or use a Secret of the own namespace."},
		{"service-missing", "A route leads to a Service that is not there, and no EndpointSlice bears its name. " +
			"Such requests get 503. Add the Service with its EndpointSlices."},
		{"tls-version-unknown", "The object names a TLS version that does not exist. " +
			"The default holds in its place. Write 1.2 or 1.3."},
		{"unreadable-source", "A file or document that is served cannot be read. " +
			"The objects that it held before go on being served as they were; the finding names them. Mend the document."},
	}
}
