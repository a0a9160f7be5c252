package httpproxy

import (
	"cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// lowerTLS is a host's TLS with a Secret that the root can name; nil if there is none.
// HSTS goes to the Service routes.
func lowerTLS(t *intent.TLS, opts Options) *intent.TLS {
	if relayed(t) {
		return &intent.TLS{Passthrough: t.Passthrough, Origins: t.Origins}
	}
	if !certified(t, opts) {
		return nil
	}
	low := *t
	low.HSTS, low.Why, low.Asked, low.AnyOrder, low.Client = nil, "", nil, false, lowerClient(low.Client)
	low.MinVersion, low.MaxVersion, low.Ciphers = max(low.MinVersion, tlsMin), max(cmp.Or(low.MaxVersion, tlsMax), tlsMin), tlsCiphers
	if low.Secret == "" {
		low.Secret = opts.DefaultCertificate.String()
	}
	return &low
}

// certified says whether there is a Secret that the root of a host can name.
func certified(t *intent.TLS, opts Options) bool {
	return t != nil && !relayed(t) && (t.Secret != "" || opts.DefaultCertificate != (manifest.Name{}))
}

// relayed says whether TLS of a host goes to an application undecrypted.
func relayed(t *intent.TLS) bool { return t != nil && t.Passthrough != nil }

// unrelayed is why TLS of a host cannot be relayed, as it is asked for.
func unrelayed(root *delegation.Root, low *lowering) string {
	if !relayed(root.TLS) || low.fanout.Relay() != nil {
		return ""
	}
	to := root.TLS.Passthrough
	return "TLS was relayed to Service " + to.Namespace + "/" + to.Service + " of the path /, and the plan gives / to no team of that namespace: give it the path, as a prefix"
}

// unlike is why a root cannot share the routes that were lowered for another one: one of the
// two has a certificate, and its redirect of plain http with it.
func (l *lowering) unlike(root *delegation.Root) string {
	own := certified(root.TLS, l.opts)
	switch {
	case relayed(root.TLS) || relayed(l.tls):
		return unrelayed(root, l)
	case own == l.certified():
		return ""
	case own:
		return "it shares the routes of " + l.host + ", which has no certificate, and has one itself: plain http would be redirected here"
	}
	return "it shares the routes of " + l.host + ", which has a certificate, and has none itself: plain http would be served here; add it to spec.tls, or give --default-certificate NAMESPACE/NAME"
}

// withheldEdit holds a whole host back.
func withheldEdit(root *delegation.Root, why string) intent.Edit {
	return intent.Edit{
		Host: root.Host, Route: -1, Dimension: intent.WholeAnswer, Guard: intent.Always,
		Outcome: ledger.Blocked, To: "withheld", Reason: why,
	}
}

// certificateEdit says what becomes of a host whose certificate was the controller's
// default one.
func certificateEdit(root *delegation.Root, opts Options) (intent.Edit, bool) {
	t := root.TLS
	if t == nil || relayed(t) || t.Secret != "" && root.Adopted == "" {
		return intent.Edit{}, false
	}
	e := intent.Edit{
		Host: root.Host, Route: -1, Dimension: intent.Certificate, Guard: intent.HTTPSOnly,
		From: "the controller's default certificate", Outcome: ledger.Approximated, Origins: t.Origins,
	}
	if root.Adopted != "" {
		e.To, e.Reason = t.Secret, "the certificate of "+root.Adopted+", which is valid for this host: without one, Envoy would answer https with the routes of "+root.Adopted
		return e, true
	}
	if low := lowerTLS(t, opts); low != nil {
		e.To, e.Reason = low.Secret, "--default-certificate stands for the controller's own"
		return e, true
	}
	e.To = "no https"
	e.Reason = "the controller served its default certificate (" + cmp.Or(t.Why, "none of its own") + "); a root without a Secret has no https: give --default-certificate NAMESPACE/NAME"
	return e, true
}
