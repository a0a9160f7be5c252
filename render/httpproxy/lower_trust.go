package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// trustEdit says what a host loses on which the controller believes proxies in front of it.
// Envoy knows the scheme by itself: where plain http is redirected, a proxy that ends TLS and
// goes on in the clear is sent in circles, which is why such a host is untranslated.
func trustEdit(root *delegation.Root, l *lowering, opts Options) (intent.Edit, bool) {
	t := root.Trust
	if t == nil {
		return intent.Edit{}, false
	}
	e := intent.Edit{
		Host: root.Host, Route: -1, Dimension: intent.TrustPart, Guard: intent.Always, Outcome: ledger.Approximated,
		From: "trust " + strings.Join(t.From, " ") + " " + t.Header, To: "num-trusted-hops not said",
	}
	if n := opts.TrustedHops; n != nil {
		e.To = fmt.Sprintf("num-trusted-hops %d", *n)
	}
	tells := []string{"Envoy adds the address of the connection to X-Forwarded-For, where nginx wrote the one that " +
		cmp.Or(t.Header, "X-Forwarded-For") + " tells"}
	if t.Append {
		tells[0] = "Envoy adds the address of the connection to X-Forwarded-For, as nginx did"
	}
	upgrades := slices.ContainsFunc(l.all, func(o *owned) bool { return o.HTTPS != nil })
	switch {
	case t.AddressOnly:
	case opts.TrustedHops == nil || *opts.TrustedHops == 0:
		tells = append(tells, "applications get the scheme of the connection in X-Forwarded-Proto, unless Contour's network.num-trusted-hops is above 0")
	default:
		tells = append(tells, "with network.num-trusted-hops above 0 in Contour's configuration, X-Forwarded-Proto is passed on")
	}
	if !t.AddressOnly && upgrades {
		e.Outcome = ledger.Untranslated
		tells = append(tells, "plain http is redirected to https whatever X-Forwarded-Proto says: a proxy in front that ends TLS must speak https to Envoy, or its visitors are sent in circles")
	}
	e.Reason = strings.Join(tells, "; ")
	return e, true
}
