package catalog

// externalDNSGroups come in pairs: the prefix of deployed manifests and its successor.
var externalDNSGroups = []group{
	{
		CrossRule{
			Family: ExternalDNS, Disposition: Carry, NeedsCarryDNS: true,
			Reason: "publishing the name may be the cutover itself, so it goes onto the root only with --carry-dns",
		},
		bothDNS(
			"hostname", "target", "ttl", "alias", "record-type", "set-identifier", "controller",
			"aws-*", "azure-tags", "cloudflare-*", "coredns-*", "scw-*", "webhook-*",
		),
	},
	{
		CrossRule{Family: ExternalDNS, Reason: "is about records of Services, and does nothing on an Ingress"},
		bothDNS("internal-hostname", "endpoints-type", "access"),
	},
	{
		CrossRule{Family: ExternalDNS, Reason: "tells external-dns how to read Ingresses and Gateways; it reads nothing of the kind from an HTTPProxy"},
		bothDNS("ingress", "ingress-hostname-source", "gateway-hostname-source"),
	},
}

func bothDNS(names ...string) []string {
	var keys []string
	for _, n := range names {
		keys = append(keys, "external-dns.alpha.kubernetes.io/"+n, "external-dns.kubernetes.io/"+n)
	}
	return keys
}
