package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// reaches says whether HTTPProxy can send requests of the route to a backend.
func (o *owned) reaches(b intent.Backend) bool {
	return b.Unresolved == "" && b.Namespace == o.namespace()
}

// protocol is what is spoken to a backend. One that gets the client's scheme is spoken to over
// TLS, unless only plain http comes in.
func (l *lowering) protocol(_ *owned, b intent.Backend) intent.Protocol {
	switch {
	case b.Protocol != intent.AutoHTTP:
		return b.Protocol
	case l.certified():
		return intent.HTTPS
	}
	return intent.HTTP
}

// autoReason is what differs where the client's scheme was spoken to a backend; nothing where
// plain http is redirected.
func (l *lowering) autoReason(o *owned) string {
	switch {
	case !l.certified():
		return "the application is spoken to in plain http: the host has no certificate, and nothing else comes in"
	case o.HTTPS == nil:
		return "the application is spoken to over TLS, whatever the client speaks, and was asked over plain http where the client did"
	}
	return ""
}

// timeouts brings two times for silence into one: Envoy has one for both directions.
func (l *lowering) timeouts(o *owned, f *intent.Forward) {
	t := &f.Timeouts
	if t.Send == 0 || t.Send == t.Idle {
		t.Send = 0
		return
	}
	longer := max(t.Idle, t.Send)
	l.edit(o, intent.Connection, intent.Always, ledger.Approximated, "read "+timeoutText(t.Idle)+", send "+timeoutText(t.Send), "idle "+timeoutText(longer),
		fmt.Sprintf("Envoy gives up after %s without a byte in either direction; nginx after %s without one from the application, and after %s in which it takes none", timeoutText(longer), timeoutText(t.Idle), timeoutText(t.Send)),
		origins(askedFor(o.Route, intent.Connection))...)
	t.Idle, t.Send = longer, 0
}

// ownAnswers says of headers for every answer which ones do not get them.
func (l *lowering) ownAnswers(o *owned, r intent.Route) {
	if r.Respond != nil {
		r.Response = slices.DeleteFunc(slices.Clone(r.Response), saysPlainText)
	}
	headers := r.Response
	if r.Forward != nil && slices.ContainsFunc(askedFor(o.Route, intent.Header), ofSnippet) { // it stands with those of the application
		headers = slices.Concat(headers, slices.DeleteFunc(slices.Clone(r.Forward.Response), func(h intent.HeaderChange) bool { return h.Remove }))
	}
	if len(headers) == 0 {
		return
	}
	outcome, guard, which := ledger.Untranslated, intent.Always, "this answer does not have them"
	if r.Forward != nil {
		if r.HTTPS == nil {
			return
		}
		outcome, guard, which = ledger.Approximated, intent.HTTPOnly, "the redirect of plain http does not have them"
	}
	l.edit(o, intent.Header, guard, outcome, cmp.Or(headers[0].Name, "headers"), "", "Contour adds headers to answers of applications, and to no redirect or answer of its own: "+which,
		o.ask(intent.Header, "custom-headers")...)
}

// ofSnippet says whether it is a snippet that asks.
func ofSnippet(a intent.Asked) bool { return strings.HasSuffix(a.Key, "-snippet") }

// plainText is the media type of bodies that Envoy answers with itself.
const plainText = "text/plain"

// saysPlainText says whether a change of a header is to what Envoy sends anyhow.
func saysPlainText(h intent.HeaderChange) bool {
	return strings.EqualFold(h.Name, "content-type") && h.Value == plainText
}

// mediaType says that a text of nginx's has another media type.
func (l *lowering) mediaType(o *owned, r *intent.Route) {
	if r.Respond == nil || r.Respond.Type == "" {
		return
	}
	respond := *r.Respond
	if respond.Type != plainText {
		l.edit(o, intent.Header, intent.Always, ledger.Approximated, "Content-Type: "+respond.Type, "Content-Type: "+plainText,
			"Envoy answers with "+plainText+", and nginx with "+respond.Type, origins(askedFor(o.Route, intent.WholeAnswer))...)
	}
	respond.Type = ""
	r.Respond = &respond
}
