package catalog

// certManagerGroups: what the certificate shim reads from an Ingress goes into a
// Certificate of our own, because the shim's one goes away with the Ingress.
var certManagerGroups = []group{
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "names the issuer; it goes into the Certificate, never onto an HTTPProxy"},
		[]string{
			"cert-manager.io/issuer", "cert-manager.io/cluster-issuer",
			"cert-manager.io/issuer-kind", "cert-manager.io/issuer-group",
		},
	},
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "asks for a certificate of cert-manager's default issuer, which only its start-up flags name: the Certificate needs that name"},
		[]string{"kubernetes.io/tls-acme"},
	},
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "describes the certificate; it becomes a field of the Certificate"},
		[]string{
			"cert-manager.io/common-name", "cert-manager.io/duration", "cert-manager.io/usages",
			"cert-manager.io/renew-before", "cert-manager.io/renew-before-percentage",
			"cert-manager.io/alt-names", "cert-manager.io/ip-sans", "cert-manager.io/uri-sans", "cert-manager.io/email-sans",
			"cert-manager.io/subject-organizations", "cert-manager.io/subject-organizationalunits",
			"cert-manager.io/subject-countries", "cert-manager.io/subject-provinces", "cert-manager.io/subject-localities",
			"cert-manager.io/subject-streetaddresses", "cert-manager.io/subject-postalcodes", "cert-manager.io/subject-serialnumber",
			"cert-manager.io/private-key-algorithm", "cert-manager.io/private-key-encoding",
			"cert-manager.io/private-key-size", "cert-manager.io/private-key-rotation-policy",
			"cert-manager.io/revision-history-limit", "cert-manager.io/secret-template",
		},
	},
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "tells the issuer how to issue; it becomes an annotation of the Certificate"},
		[]string{"cert-manager.io/issue-temporary-certificate", "venafi.cert-manager.io/custom-fields"},
	},
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "is the class of the challenge's Ingress; it becomes an override on the Certificate, and must be a class that Contour reads once the host has moved"},
		[]string{"acme.cert-manager.io/http01-ingress-class", "acme.cert-manager.io/http01-ingress-ingressclassname"},
	},
	{
		CrossRule{Family: CertManager, Disposition: Carry, Reason: "names the Gateway of the challenge's route; it becomes an annotation of the Certificate"},
		[]string{
			"acme.cert-manager.io/http01-parentrefname", "acme.cert-manager.io/http01-parentrefkind",
			"acme.cert-manager.io/http01-parentrefnamespace",
		},
	},
	{
		CrossRule{Family: CertManager, Reason: "has the challenge written into this very Ingress, which goes away: the challenge gets an Ingress of its own, of the issuer's class"},
		[]string{"acme.cert-manager.io/http01-edit-in-place", "acme.cert-manager.io/http01-override-ingress-name"},
	},
	{
		CrossRule{Family: CertManager, Disposition: Stop, Reason: "marks an object that cert-manager makes for one challenge and deletes again: it is not to be converted"},
		[]string{"acme.cert-manager.io/http01-solver", "acme.cert-manager.io/http-domain", "acme.cert-manager.io/http-token"},
	},
	{
		CrossRule{Family: CertManager, Reason: "is read on Certificates and their requests, and does nothing on an Ingress"},
		[]string{
			"acme.cert-manager.io/http01-override-ingress-class", "acme.cert-manager.io/http01-override-ingress-ingressclassname",
			"cert-manager.io/issuer-name", "cert-manager.io/certificate-name", "cert-manager.io/certificate-revision",
			"cert-manager.io/private-key-secret-name", "cert-manager.io/next-private-key",
			"venafi.cert-manager.io/pickup-id", "controller.cert-manager.io/fao", "acme.cert-manager.io/finalizer",
			"experimental.cert-manager.io/*", "venafi.experimental.cert-manager.io/*",
		},
	},
	{
		CrossRule{Family: CertManager, Reason: "asks for CA injection into webhooks and API services, and does nothing on an Ingress"},
		[]string{
			"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret",
			"cert-manager.io/inject-apiserver-ca", "cert-manager.io/allow-direct-injection",
		},
	},
	{
		CrossRule{Family: CertManager, Reason: "is read on Gateways and their listeners, and does nothing on an Ingress"},
		[]string{"cert-manager.io/ignore-tls-listeners", "acme.cert-manager.io/http01-parentreffallback"},
	},
	{
		CrossRule{Family: CertManager, Reason: "no cert-manager since 0.11 reads this prefix, so nothing renews the Secret; use cert-manager.io/ if something should"},
		[]string{
			"certmanager.k8s.io/cluster-issuer", "certmanager.k8s.io/issuer",
			"certmanager.k8s.io/acme-challenge-type", "certmanager.k8s.io/acme-http01-edit-in-place",
		},
	},
}
