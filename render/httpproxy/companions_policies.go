package httpproxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/translate/delegation"
)

// clients lets a root use the Secrets by which it checks client certificates, and says what
// has to be in them.
func (c *companions) clients(root *delegation.Root) {
	v := root.TLS.Client
	wants := map[string]string{}
	if v.CASecret != "" {
		wants[v.CASecret] = "ca.crt (the certificates of the authorities, in PEM)"
	}
	if v.CRL != "" {
		also := "crl.pem (the lists of revoked certificates of these authorities, in PEM; ingress-nginx reads them from ca.crl)"
		if wants[v.CRL] != "" {
			also = wants[v.CRL] + " and " + also
		}
		wants[v.CRL] = also
	}
	for _, secret := range slices.Sorted(maps.Keys(wants)) {
		namespace, short, _ := strings.Cut(secret, "/")
		key := name{namespace, short}
		if !slices.Contains(c.hosts[key], root.Host) {
			c.hosts[key] = append(c.hosts[key], root.Host)
		}
		if namespace != root.Namespace {
			c.delegate(key, root.Namespace)
		}
		c.find("client-ca", root, fmt.Sprintf("clients are asked for certificates by Secret %s, which must hold %s: else Contour does not serve the host at all", secret, wants[secret]),
			"look into it before the host moves: kubectl get secret -n "+namespace+" "+short+" -o jsonpath='{.data}'")
	}
}

// authorization says what the service that people have named has to be, and whom it is not
// asked about.
func (c *companions) authorization(root *delegation.Root) {
	message := "ExtensionService " + root.Auth.Service + ", which the plan names, decides about all requests over https, those to routes that come later, too"
	if len(root.Auth.Exempt) > 0 {
		message += ", but for " + someOf(root.Auth.Exempt) + " (authPolicy.disabled)"
	}
	c.find("auth-service", root, message+"; it is not written here", "make it before the host moves: a gRPC service of Envoy's ext_authz protocol, by h2 or h2c")
}
