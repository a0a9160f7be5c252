package report

// policyRules are those about what a root needs for its policies.
func policyRules() []Rule {
	return []Rule{
		{"limit-of-all", "ingress-nginx counted the requests of each client address, and without a rate limit service Envoy counts those of all visitors together, in each Envoy: a limit that was meant for one client holds for the whole site, and one client can use it up. " +
			"Count each client with --rate-limit-service, or take the annotation away."},
		{"auth-service", "The ownership plan names an ExtensionService for the host. Envoy asks it about every request over https, but for the routes that asked nobody before, which say authPolicy.disabled; a route that comes later is asked about. " +
			"The service is not written here: make it, a gRPC service of Envoy's ext_authz protocol that does what the edits say, before the host moves. Until then every request is refused."},
		{"address-lists", "The ownership plan says ipPolicy: root, and all routes of the host ask for the same list of addresses: it stands on the root, and no longer on each route. Envoy holds it for all that the host answers: redirects, the way from http to https, routes that come later, " +
			"and Ingresses that Contour reads beside it. ACME servers that ask over HTTP get 403, unless they are on the list."},
		{"address-lists-apart", "The ownership plan says ipPolicy: root, and routes of the host ask for different lists of addresses, or only some for one: they stay on the teams' routes, and the plan gets an exception for each. Let the routes ask alike, or take ipPolicy from the plan."},
		{"auth-service-unused", "The ownership plan names an ExtensionService for a host on which no route asks for a password or another service. It is not written. Take it from the plan, or set authorization on the root by hand."},
		{"client-ca", "The host asks clients for certificates. Contour takes the authorities from ca.crt of the Secret, and revoked certificates from crl.pem; if one is missing, it does not serve the host at all. " +
			"Look into the Secret before the host moves. ingress-nginx reads revoked certificates from ca.crl: copy them to crl.pem."},
	}
}
