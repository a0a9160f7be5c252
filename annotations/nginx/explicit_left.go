package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// remaining are the opaque parts that are not explicit now; each is a finding, unless the
// model is for a target, which accounts for them. What is explicit is asked for.
func (x *explicit) remaining(h *intent.Host, qs []intent.Opaque) (left []intent.Opaque, explicit []intent.Asked) {
	for _, q := range qs {
		stays, why := x.stays(h, q)
		if !stays {
			explicit = x.asksFor(explicit, q)
			continue
		}
		if why.reason != "" {
			q.Reason, q.Security = why.reason, q.Security || why.guards
		}
		if q.Key == Prefix+"ssl-passthrough" && !x.converting {
			q.Reason, q.Security = "the controller relays TLS with --enable-ssl-passthrough only, which is off by default", false
		}
		left = append(left, q)
		severity, does := ledger.Warning, "the data plane leaves it out"
		if q.Security {
			severity, does = ledger.Refusal, "the data plane answers 503"
		}
		x.tell("not-honoured", severity, q.Origin, q.Reason+": "+does, "take it away, or say it by other means")
	}
	return left, explicit
}

// stays says whether an opaque part of a route stays so, and why if there is a reason of
// its own.
func (x *explicit) stays(h *intent.Host, q intent.Opaque) (bool, kept) {
	if setting, ok := strings.CutPrefix(q.Key, "ConfigMap "); ok {
		return !HonoursSetting(setting), kept{}
	}
	short, ours := strings.CutPrefix(q.Key, Prefix)
	if !ours { // it stops a conversion; whoever serves the Ingress does not read it
		return x.converting, kept{}
	}
	a := x.asks[documentOf(q.Origin)]
	if short == locationSnippet || short == serverSnippet { // snipped says it again, if need be
		return false, kept{}
	}
	if a == nil || !(slices.Contains(honoured, short) || slices.Contains(withoutEffect, short)) {
		return true, kept{}
	}
	if x.converting && (a.holes[short] || x.withoutTLS(h, short)) {
		return true, kept{}
	}
	why, stays := a.kept[short]
	return stays, why
}
