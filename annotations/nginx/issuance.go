package nginx

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// issue reads cert-manager's ingress-shim annotations: it keeps a Certificate per tls
// entry that names a Secret, in the Ingress's namespace.
func (cert *certificate) issue(o *object, t manifest.TLS) {
	if t.Secret == "" {
		return
	}
	is := &intent.Issuance{Hosts: t.Hosts}
	acme := false
	for _, a := range o.Annotations {
		switch {
		case a.Key == "cert-manager.io/cluster-issuer":
			is.Issuer, is.Kind = a.Value, "ClusterIssuer"
		case a.Key == "cert-manager.io/issuer":
			is.Issuer, is.Kind = a.Value, cmp.Or(is.Kind, "Issuer")
		case a.Key == "cert-manager.io/issuer-kind":
			is.Kind = a.Value
		case a.Key == "cert-manager.io/issuer-group":
			is.Group = a.Value
		case a.Key == "kubernetes.io/tls-acme":
			acme, _ = strconv.ParseBool(a.Value)
		case strings.Contains(a.Key, "cert-manager.io/"):
			is.Params = append(is.Params, intent.Carried{Key: a.Key, Value: a.Value})
		default:
			continue
		}
		cert.origins = append(cert.origins[:len(cert.origins):len(cert.origins)], a.Origin)
	}
	if is.Issuer != "" || acme {
		cert.issuance = is
	}
}
