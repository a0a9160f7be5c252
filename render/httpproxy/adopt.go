package httpproxy

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Wildcard is the host with a wildcard for the first label of another one: "*.example.com"
// for "www.example.com"; "" for a host that is none of these.
func Wildcard(host string) string {
	label, rest, ok := strings.Cut(host, ".")
	if !ok || label == "*" || strings.HasPrefix(host, "~") {
		return ""
	}
	return "*." + rest
}

// Adopt gives roots without a certificate that of their wildcard host. Envoy chooses a
// listener's filter chain by SNI, and a root without TLS has none: the wildcard's routes
// would answer https requests to the host (Contour 1.33, one filter chain for each fqdn
// with TLS). The forest that comes in stays as it is.
func Adopt(f delegation.Forest, opts Options) delegation.Forest {
	certificates := map[string]*intent.TLS{}
	for _, root := range f.Roots {
		if t := lowerTLS(root.TLS, opts); t != nil && !relayed(t) && strings.HasPrefix(root.Host, "*.") {
			certificates[root.Host] = t
		}
	}
	out := delegation.Forest{Paths: f.Paths}
	for _, root := range f.Roots {
		wild := Wildcard(root.Host)
		if t := certificates[wild]; t != nil && !certified(root.TLS, opts) && !relayed(root.TLS) {
			root = adopted(root, wild, t)
		}
		out.Roots = append(out.Roots, root)
	}
	return out
}

// adopted takes over Secret and issuer: a Secret that its issuer keeps elsewhere from now on
// would expire where it was.
func adopted(root *delegation.Root, wild string, from *intent.TLS) *delegation.Root {
	r, tls := *root, intent.TLS{}
	if root.TLS != nil {
		tls = *root.TLS
	}
	tls.Secret, tls.Issuance = from.Secret, from.Issuance
	r.TLS, r.Adopted = &tls, wild
	return &r
}
