package httpproxy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// upstreamRules are about which endpoint gets a request, and how it is spoken to.
var upstreamRules = []partRule{
	{intent.BalancePart, lowerBalance},
	{intent.AffinityPart, lowerAffinity},
	{intent.UpstreamTLSPart, lowerUpstreamTLS},
	without(intent.ClusterIPPart, ledger.Approximated, "Envoy sends to the pods, and chooses among them itself; nginx sent to the Service's address, where the cluster chooses"),
	without(intent.PrimaryPart, ledger.Approximated, "the shares hold whether there are endpoints or not: a Service without any answers its share with 503"),
}

// lowerUpstreamTLS says how the certificates of applications are checked. What is checked
// before is checked afterwards, or the route is blocked.
func lowerUpstreamTLS(l *lowering, o *owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	name, _ := l.sentHost(o).template.Constant()
	var v verdict
	for i := range r.Forward.Backends {
		b := &r.Forward.Backends[i]
		was := b.TLS
		b.TLS = nil
		if !o.reaches(*b) {
			continue
		}
		if p := l.protocol(o, *b); p == intent.HTTPS || p == intent.H2 {
			b.TLS = &intent.UpstreamTLS{ServerName: name}
		}
		one := verdict{}
		switch {
		case was != nil && b.TLS == nil:
			one = verdict{outcome: ledger.Approximated, reason: "no request comes over https, which alone went on over TLS"}
		case was != nil:
			one = l.unlessLetGo(o, checkedTLS(b, *was))
		case name != "" && b.TLS != nil:
			one = verdict{outcome: ledger.Approximated, reason: "Envoy names " + name + ", the Host that it sends, in the handshake with the application (SNI), and nginx named nothing"}
		}
		if one.outcome > v.outcome {
			v = one
		}
	}
	return v
}

// unlessLetGo is a verdict of which Blocked has been let go: the application is then spoken to
// over TLS all the same.
func (l *lowering) unlessLetGo(o *owned, v verdict) verdict {
	asked := askedFor(o.Route, intent.UpstreamTLSPart)
	if v.outcome != ledger.Blocked || len(asked) == 0 {
		return v
	}
	var reason string
	for _, a := range asked {
		allow, allowed := l.allows(o.Index, a.Key)
		if !allowed {
			return v
		}
		reason = "left out, as --allow says: " + cmp.Or(allow.Reason, "no reason given")
	}
	return verdict{outcome: ledger.Untranslated, reason: reason}
}

// checkedTLS puts what proxy-ssl-* ask for into a backend with TLS, as far as HTTPProxy has
// it.
func checkedTLS(b *intent.Backend, was intent.UpstreamTLS) verdict {
	v, said := verdict{outcome: ledger.Approximated}, []string(nil)
	if was.Secret != "" {
		v.outcome = ledger.Untranslated
		said = append(said, "Envoy shows applications only the certificate of Contour's configuration (tls.envoy-client-certificate), and nginx the one of Secret "+was.Secret+
			": an application that asks for it refuses all requests until it is set there")
	}
	if was.ServerName != "" && !was.NoSNI && was.ServerName != b.TLS.ServerName {
		said = append(said, "Envoy names "+cmp.Or(b.TLS.ServerName, "nothing")+" in the handshake (SNI), and nginx "+was.ServerName)
	}
	if authority := cmp.Or(was.CA, was.Secret); was.Verify {
		if namespace, _, _ := strings.Cut(authority, "/"); namespace != b.Namespace {
			return verdict{outcome: ledger.Blocked, reason: "the authority of the application's certificate is in Secret " + authority + ", and the route's namespace is " + b.Namespace + ": put it into a Secret there"}
		}
		b.TLS.CA, b.TLS.Verify, b.TLS.Names = authority, true, []string{was.ServerName}
		said = append(said, fmt.Sprintf("the application's certificate must have %s as a DNS name, its common name does not count, and its chain may be longer than %d", was.ServerName, was.Depth))
	}
	if len(said) == 0 || was.Verify {
		said = append(said, "versions and ciphers are those of Contour's configuration (cluster.upstream-tls; TLS 1.2 and 1.3 by default)")
	}
	v.reason = strings.Join(said, "; ")
	return v
}
