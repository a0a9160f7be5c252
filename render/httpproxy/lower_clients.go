package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// lowerClient is what clientValidation says of client certificates.
func lowerClient(c *intent.ClientValidation) *intent.ClientValidation {
	if c == nil {
		return nil
	}
	low := &intent.ClientValidation{Optional: c.Optional, Unchecked: c.Unchecked, Depth: tlsDepth, Forward: c.Forward}
	if !c.Unchecked {
		low.CASecret, low.CRL, low.LeafOnly = c.CASecret, c.CRL, c.LeafOnly
	}
	if c.Forward {
		low.Fields = []string{"subject", "cert"}
	}
	return low
}

// gap is a part of what is asked of client certificates that cannot be said.
type gap struct {
	key    string // of the entry that asks for it, without its prefix
	reason string
}

// gaps are those without which more clients would be let in. The length of chains counts
// where somebody has asked for one: nginx's own default of 1 bounds how far an authority may
// delegate, which the authority's certificates say themselves (decision 0014).
func (l *lowering) gaps(c *intent.ClientValidation, asked []intent.Asked) []gap {
	if !l.certified() {
		return []gap{{"auth-tls-secret", "only a host with a certificate of its own asks clients for theirs: give --default-certificate NAMESPACE/NAME"}}
	}
	var out []gap
	if c.MatchCN != "" {
		out = append(out, gap{"auth-tls-match-cn", "HTTPProxy does not compare the subjects of client certificates: compare them in the application, or give these clients an authority of their own"})
	}
	if _, deep := byKey(asked, "auth-tls-verify-depth"); deep && !c.Unchecked {
		out = append(out, gap{"auth-tls-verify-depth", fmt.Sprintf("Envoy takes client certificates with chains of up to %d instead of %d: --allow auth-tls-verify-depth@%s=REASON, if the authority's certificates bound them", tlsDepth, c.Depth, l.host)})
	}
	return out
}

// byKey is what asks under a key without its prefix.
func byKey(asked []intent.Asked, key string) (intent.Asked, bool) {
	i := slices.IndexFunc(asked, func(a intent.Asked) bool { return a.Key[strings.LastIndex(a.Key, "/")+1:] == key })
	if i < 0 {
		return intent.Asked{Key: key}, false
	}
	return asked[i], true
}

// clientCertificates notes what becomes of client certificates on a route: the root asks for
// them. The keys of what would let more clients in, and has not been let go, are given back.
func (l *lowering) clientCertificates(o *owned) (keys []string) {
	if l.tls == nil || l.tls.Client == nil {
		return nil
	}
	c, asked := l.tls.Client, l.tls.AskedFor(intent.ClientCertificates)
	v := verdict{outcome: ledger.Approximated, reason: clientDifference(c)}
	for _, g := range l.gaps(c, asked) {
		if l.certified() {
			if allow, allowed := l.allows(o.Index, g.key); allowed {
				v.outcome, v.reason = ledger.Untranslated, g.key+" left out, as --allow says: "+cmp.Or(allow.Reason, "no reason given")+"; "+v.reason
				continue
			}
		}
		a, _ := byKey(asked, g.key)
		keys = append(keys, a.Key)
		l.edit(o, intent.WholeAnswer, intent.Always, ledger.Blocked, a.Key, "503", g.reason, origins([]intent.Asked{a})...)
	}
	if len(keys) == 0 {
		l.edit(o, intent.ClientCertificates, intent.HTTPSOnly, v.outcome, l.tls.Text(intent.ClientCertificates), lowerTLS(l.tls, l.opts).Text(intent.ClientCertificates), v.reason, origins(asked)...)
	}
	return keys
}

// clientDifference says how Envoy asks for client certificates in another way than nginx.
func clientDifference(c *intent.ClientValidation) string {
	refused := "clients without a valid certificate get no connection (nginx: 400)"
	switch {
	case c.Unchecked:
		return "certificates of any authority are taken, as before; Envoy does not tell clients which one is wanted"
	case c.ErrorPage != "":
		refused = "clients without a valid certificate get no connection (nginx: a redirect to " + c.ErrorPage + ")"
	case c.Optional:
		refused = "clients with a certificate that is not valid get no connection (nginx: 400)"
	}
	return refused + fmt.Sprintf("; chains may be %d long (nginx: %d)", tlsDepth, c.Depth)
}

// The headers in which ingress-nginx tells applications of client certificates.
const (
	verifyHeader  = "ssl-client-verify"
	subjectHeader = "ssl-client-subject-dn"
	issuerHeader  = "ssl-client-issuer-dn"
	certHeader    = "ssl-client-cert"
)

// tellClient sends a route's application what it was told of client certificates. What
// clients write into these headers themselves never reaches it.
func (l *lowering) tellClient(o *owned, r intent.Route, f *intent.Forward) {
	if l.tls == nil || l.tls.Client == nil {
		return
	}
	c := l.tls.Client
	var names []string
	var removed, set []intent.HeaderChange
	tell := func(name, value string) {
		names = append(names, name)
		if value != "" {
			set = append(set, intent.HeaderChange{Name: name, Value: intent.Template(value)})
		}
		if value == "" || value[0] == '{' { // Envoy leaves a header as it is where a variable has no value
			removed = append(removed, intent.HeaderChange{Name: name, Remove: true})
		}
	}
	subject, issuer, verified, how := "{var:DOWNSTREAM_PEER_SUBJECT}", "{var:DOWNSTREAM_PEER_ISSUER}", "SUCCESS", "as before"
	switch {
	case c.Unchecked: // nobody has checked who they are
		subject, issuer, verified, how = "", "", "", "but for "+verifyHeader+", "+subjectHeader+" and "+issuerHeader+", which are not sent"
	case c.Optional || r.HTTPS == nil:
		verified, how = "", "but for "+verifyHeader+", which is not sent"
	}
	tell(verifyHeader, verified)
	tell(subjectHeader, subject)
	tell(issuerHeader, issuer)
	if c.Forward {
		tell(certHeader, "{var:DOWNSTREAM_PEER_CERT}")
		how += "; X-Forwarded-Client-Cert holds the certificate, too"
	}
	f.Request = slices.Concat(removed, f.Request, set)
	l.edit(o, intent.Header, intent.Always, ledger.Approximated, "", "set or removed: "+strings.Join(names, ", "),
		"the application gets the headers about client certificates "+how, origins(l.tls.AskedFor(intent.ClientCertificates))...)
}

// ciphers notes what becomes of the versions and ciphers of TLS on a route.
func (l *lowering) ciphers(o *owned) {
	low := lowerTLS(l.tls, l.opts)
	if low == nil {
		return
	}
	asked := slices.Concat(l.tls.AskedFor(intent.TLSCiphers), askedFor(o.Route, intent.TLSCiphers))
	var why []string
	if v := l.tls.MinVersion; v != "" && v < low.MinVersion {
		why = append(why, "clients of TLS below "+low.MinVersion+" get no connection (nginx: "+v+")")
	}
	if v := l.tls.MaxVersion; v != "" && v < low.MaxVersion {
		why = append(why, "Envoy speaks TLS "+low.MaxVersion+" (nginx: up to "+v+")")
	}
	if l.tls.Ciphers != "" {
		why = append(why, "Contour has one list of ciphers for all hosts (tls.cipher-suites of its configuration), in Envoy's own order")
	}
	if l.tls.AnyOrder {
		why = append(why, "Envoy chooses the cipher, and nginx left that to clients")
	}
	if len(why) == 0 {
		return
	}
	l.edit(o, intent.TLSCiphers, intent.HTTPSOnly, ledger.Approximated, l.tls.Text(intent.TLSCiphers), low.Text(intent.TLSCiphers), strings.Join(why, "; "), origins(asked)...)
}
