package httpproxy

import (
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Delegations are the namespaces that may use a Secret of another one; "*" stands for all.
type Delegations map[manifest.Name][]string

// ReadDelegations reads TLSCertificateDelegations as Contour v1.33 does: "*" means every
// namespace only where it stands alone.
func ReadDelegations(all []*contour.TLSCertificateDelegation) Delegations {
	out := Delegations{}
	for _, d := range all {
		for _, c := range d.Spec.Delegations {
			to := c.TargetNamespaces
			if len(to) > 1 {
				to = slices.DeleteFunc(slices.Clone(to), func(n string) bool { return n == "*" })
			}
			secret := manifest.Name{Namespace: d.Namespace, Name: c.SecretName}
			out[secret] = append(slices.Clip(out[secret]), to...)
		}
	}
	return out
}

// everywhere is the delegation of one Secret, "namespace/name", to all namespaces.
func everywhere(secret string) Delegations {
	namespace, name, _ := strings.Cut(secret, "/")
	return Delegations{{Namespace: namespace, Name: name}: {"*"}}
}

// Permit says whether an object of a namespace may use a Secret.
func (d Delegations) Permit(secret manifest.Name, namespace string) bool {
	return secret.Namespace == namespace || slices.Contains(d[secret], "*") || slices.Contains(d[secret], namespace)
}
