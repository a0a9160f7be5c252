// Package httpproxy is Contour's HTTPProxy (projectcontour.io/v1) as a target. Lower makes
// of a forest what HTTPProxy can say and names every difference as an edit; Encode writes
// the objects; Decode reads objects back into a model by Contour's own rules, faults
// included. The three know each other's forms and are tested against each other.
package httpproxy

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Options steer what is written.
type Options struct {
	Class              string        // ingressClassName of every object; default "contour"
	PlainPrefix        bool          // string prefixes where the input has segment prefixes
	DefaultCertificate manifest.Name // for hosts that used the controller's default certificate
	KeepCertificates   bool          // delegate Secrets where cert-manager could move them
	KeepRedirectStatus bool          // http is sent to https with the input's status, by a route of its own, instead of 301
	TrustedHops        *int          // Contour's network.num-trusted-hops: the proxies in front, all of them on every way; nil: nobody has said
	RateLimitService   manifest.Name // the ExtensionService that counts the requests of each client; zero: Envoy counts those of all
	Allow              []Allow       // what may be left out although it guards

	zones map[string]Zone // of the whole forest, see Over
}

// Allow lets one key through, on one host or on all.
type Allow struct {
	Key    string // annotation key, with or without its prefix
	Host   string // empty: every host
	Reason string
}

// ParseAllow reads "KEY", "KEY@HOST", either with "=REASON".
func ParseAllow(s string) Allow {
	spec, reason, _ := strings.Cut(s, "=")
	key, host, _ := strings.Cut(spec, "@")
	return Allow{Key: key, Host: host, Reason: reason}
}

func (o Options) class() string {
	if o.Class == "" {
		return "contour"
	}
	return o.Class
}

// allows says whether a key may be left out on a host, and why.
func (o Options) allows(key, host string) (Allow, bool) {
	for _, a := range o.Allow {
		short := key[strings.LastIndex(key, "/")+1:]
		if (a.Key == key || a.Key == short) && (a.Host == "" || a.Host == host) {
			return a, true
		}
	}
	return Allow{}, false
}
