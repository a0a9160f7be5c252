package httpproxy

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// said is a template as HTTPProxy can say it.
type said struct {
	template intent.Template
	verdict
}

// headers brings the changes of headers on a route into forms that HTTPProxy has.
func (l *lowering) headers(o *owned, f *intent.Forward) {
	host := l.sentHost(o)
	if host.outcome > ledger.Exact {
		l.edit(o, intent.Header, intent.Always, host.outcome, "Host: "+string(f.Host), hostLine(host.template), host.reason, o.ask(intent.Header, "upstream-vhost")...)
	}
	f.Host = host.template
	f.Request, f.Response = l.changes(o, f.Request), l.changes(o, f.Response)
}

func hostLine(t intent.Template) string {
	if t == "" {
		return ""
	}
	return "Host: " + string(t)
}

// ask are the entries that ask for a header by a key, and snippets, which may; or any where
// there is none of these.
func (o *owned) ask(part intent.Dimension, key string) []ledger.Origin {
	var found []ledger.Origin
	for _, origin := range o.Origins {
		if origin.Known() && strings.HasSuffix(origin.Key, "/"+key) {
			found = append(found, origin)
		}
	}
	asked := origins(askedFor(o.Route, part))
	if found == nil {
		return asked
	}
	for _, origin := range asked {
		if strings.HasSuffix(origin.Key, "-snippet") && part == intent.Header {
			found = append(found, origin)
		}
	}
	return found
}

// sentHost is the Host that a route sends, as HTTPProxy can say it; empty is the request's.
func (l *lowering) sentHost(o *owned) said {
	t := l.fixed(o, o.Forward.Host)
	text, constant := t.Constant()
	switch {
	case t == "{http-host}", constant && text == "":
		return said{}
	case constant && hostHeader.MatchString(text):
		return said{verdict: verdict{outcome: ledger.Untranslated, reason: "Contour takes " + text + " for a variable: the application gets the request's own Host"}}
	case constant:
		return said{template: t}
	case t == "{host}", t == "{lower-host}":
		return said{verdict: verdict{outcome: ledger.Approximated, reason: "the application gets the Host as the client sends it, with its port and letter case, and got it without"}}
	}
	if found := variableOf.FindStringSubmatch(string(t)); found != nil {
		if header, ok := headerOf(found[1]); ok {
			return said{intent.Template("{var:REQ(" + header + ")}"), verdict{outcome: ledger.Approximated, reason: "where a request has no header " + header + ", the application gets the request's own Host, and got none"}}
		}
	}
	return said{verdict: verdict{outcome: ledger.Untranslated, reason: "HTTPProxy sets Host to a constant or to one header of the request: the application gets the request's own"}}
}

// fixed puts in what is the same for all requests that a route sends on: the name of a host
// that has no other, and https where plain http is redirected.
func (l *lowering) fixed(o *owned, t intent.Template) intent.Template {
	secure := o.HTTPS != nil && l.certified()
	return t.Map(func(name string) intent.Template {
		switch {
		case name == "lower-host" && !l.shared && !strings.HasPrefix(l.host, "*."):
			return intent.Literal(l.host)
		case name == "scheme" && secure:
			return "https"
		case name == "port" && secure:
			return "443"
		}
		return intent.Template("{" + name + "}")
	})
}

// changes are the changes that Contour takes: of two of one name the first, and nothing is set
// to nothing.
func (l *lowering) changes(o *owned, all []intent.HeaderChange) []intent.HeaderChange {
	var kept []intent.HeaderChange
	for _, h := range all {
		now, v := l.change(o, h)
		same := func(k intent.HeaderChange) bool {
			return k.Remove == now.Remove && http.CanonicalHeaderKey(k.Name) == http.CanonicalHeaderKey(now.Name)
		}
		if slices.ContainsFunc(kept, same) {
			continue
		}
		to := now.Name + ": " + string(now.Value)
		if v.outcome == ledger.Untranslated {
			to = ""
		} else {
			kept = append(kept, now)
		}
		if v.outcome > ledger.Exact {
			l.edit(o, intent.Header, intent.Always, v.outcome, h.Name+": "+string(h.Value), to, v.reason, o.ask(intent.Header, keyOfHeader(h))...)
		}
	}
	return kept
}

// keyOfHeader is the annotation that most likely asks for a header.
func keyOfHeader(h intent.HeaderChange) string {
	switch strings.ToLower(h.Name) {
	case "x-forwarded-prefix":
		return "x-forwarded-prefix"
	case verifyHeader:
		return "auth-tls-verify-client"
	}
	return "custom-headers"
}

// change is one change in a form that Contour takes.
func (l *lowering) change(o *owned, h intent.HeaderChange) (intent.HeaderChange, verdict) {
	if len(validation.IsHTTPHeaderName(h.Name)) > 0 {
		return h, verdict{outcome: ledger.Untranslated, reason: "Contour takes no header name with other characters than letters, digits and dashes, and " + h.Name + " is none"}
	}
	if h.Remove {
		return h, verdict{}
	}
	if strings.EqualFold(h.Name, verifyHeader) && l.fixed(o, h.Value) == "{var:ssl_client_verify}" {
		return intent.HeaderChange{Name: h.Name, Remove: true}, verdict{outcome: ledger.Approximated,
			reason: "nobody is asked for a certificate: over https the application got " + verifyHeader + ": NONE, and gets no such header, since the route serves plain http, too"}
	}
	value, known := l.value(o, h)
	if known.outcome == ledger.Untranslated {
		return h, known
	}
	reasons := slices.DeleteFunc([]string{known.reason, added(h)}, func(s string) bool { return s == "" })
	now := intent.HeaderChange{Name: h.Name, Value: value, Remove: value == ""}
	if len(reasons) > 0 {
		return now, verdict{outcome: ledger.Approximated, reason: strings.Join(reasons, "; ")}
	}
	return now, verdict{}
}

// added is what is different where a line is added to others, or on some answers only; "" if
// neither is.
func added(h intent.HeaderChange) string {
	switch {
	case h.On == intent.Success:
		return "HTTPProxy sets " + h.Name + " on every answer of the application, in the place of what that sends; nginx adds a line to it, unless the answer is an error"
	case h.Add:
		return "HTTPProxy sets " + h.Name + " once, and nginx sends a second line of it"
	}
	return ""
}

// value is the value of a header in a form that Contour takes.
func (l *lowering) value(o *owned, h intent.HeaderChange) (intent.Template, verdict) {
	t := l.fixed(o, h.Value)
	text, constant := t.Constant()
	switch {
	case constant && variable.MatchString(text):
		return t, verdict{outcome: ledger.Untranslated, reason: "Contour takes a part of " + text + " for a variable of Envoy, which has no escape: send " + h.Name + " from the application"}
	case constant && text == "":
		return "", verdict{}
	case constant:
		return t, verdict{}
	}
	in, reason := envoyTemplate(t)
	if reason == "" {
		return t, verdict{outcome: ledger.Untranslated, reason: "HTTPProxy sets headers to constants, headers of the request and the client's address only, and " + h.Name + " is " + string(t)}
	}
	return in, verdict{outcome: ledger.Approximated, reason: "Envoy makes " + h.Name + " of " + reason}
}
