package golden

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// edited is what the conversion says of the route that a request reaches.
type edited struct {
	host    *convert.Host // nil: the request is for no host of the input
	read    *intent.Host  // nil: likewise
	route   *intent.Route // nil: none of the host answers
	request table.Request
	edits   []intent.Edit  // that are about the request
	worst   ledger.Outcome // of all edits of the route and the host
}

// editsOf are the edits that are about a request.
func (c *Converted) editsOf(r *Request) edited {
	q := c.before.ask(r)
	e := edited{request: table.Request{Scheme: r.scheme(), Host: r.Host, Method: r.method(), URI: r.Path}, worst: ledger.Exact}
	for name, values := range q.header {
		e.request.Headers = append(e.request.Headers, table.Header{Name: name, Value: values[0]})
	}
	d := c.read.Match(e.request)
	if d.Host == nil {
		return e
	}
	e.host, e.read, e.route = c.hosts[d.Host.Name], d.Host, d.Route
	if e.host == nil {
		return e
	}
	read := e.request // as its path is read
	path, query, asked := strings.Cut(r.Path, "?")
	if read.URI = strings.ReplaceAll(cleaned(path), "?", "%3F"); asked {
		read.URI += "?" + query
	}
	for _, edit := range e.host.Edits {
		if edit.Route == d.RouteIndex || edit.Route < 0 {
			e.worst = max(e.worst, edit.Outcome)
		}
		if equivalence.Holds(edit, read, d.Host, d.RouteIndex) {
			e.edits = append(e.edits, edit)
		}
	}
	return e
}

// asked says whether something of the input asks for a part of the route.
func (e *edited) asked(part intent.Dimension) bool {
	return e.route != nil && slices.ContainsFunc(e.route.Asked, func(a intent.Asked) bool { return a.Dimension == part })
}

// blocked says whether the answer after is the 503 of a route that is not carried over.
func (x *expectation) blocked() bool {
	r := x.after.decision.Route
	if r == nil || r.Respond == nil || r.Respond.Status != http.StatusServiceUnavailable || x.after.kind != responded {
		return false
	}
	for _, e := range x.edited.edits {
		if e.To == "503" {
			return true
		}
	}
	return false
}

// why is the reason of a difference, and whether it is a row of the platform profile; "" if
// nothing names it.
func (x *expectation) why(d Difference) (reason string, platform bool) {
	if h := x.edited.host; h != nil && h.Withheld != "" {
		if strings.HasPrefix(h.Withheld, "unexplained difference") || strings.HasPrefix(h.Withheld, "less strict than before") {
			return "", false // convert's own proof found a bug
		}
		return "withheld", false
	}
	if x.blocked() {
		return "blocked", false
	}
	if x.chance(FactsOf(&x.line.Observed)) {
		return "platform/runtime: auto-http-connections", true
	}
	if row := x.row(d); row != "" {
		return "platform/contour: " + row, true
	}
	for _, e := range x.edited.edits {
		if x.names(e, d) {
			return "edit: " + label(e), false
		}
	}
	return "", false
}

// label is an edit as it is counted.
func label(e intent.Edit) string {
	text := string(e.Dimension)
	if e.Dimension == intent.Feature {
		text += " " + strings.TrimPrefix(e.From, nginx.Prefix)
	}
	if e.Guard != intent.Always {
		text += " (" + string(e.Guard) + ")"
	}
	return text
}

// whole says whether somebody else answers after.
func (x *expectation) whole() bool {
	return x.before.kind != x.after.kind || x.before.options[""] == nil != (x.after.options[""] == nil)
}

// elsewhere says whether other backends answer after, with a status and headers of their own.
func (x *expectation) elsewhere() bool {
	for name := range x.after.options {
		if x.before.options[name] != nil {
			return false
		}
	}
	return x.before.kind == forwarded && x.after.kind == forwarded
}

// names says whether an edit names a difference: it is of a dimension that bears on it.
func (x *expectation) names(e intent.Edit, d Difference) bool {
	switch e.Dimension {
	case intent.WholeAnswer:
		return x.whole() || x.elsewhere() && (d.Dimension == "status" || strings.HasPrefix(d.Dimension, "header ")) || strings.HasPrefix(d.Dimension, "backend") || d.Dimension == "header X-Echo-Backend" || d.Dimension == "also seen" || x.kinds(responded, redirected) ||
			e.To == "503" && x.kinds(upgraded) && strings.HasPrefix(d.Dimension, "header ") && d.Dimension != "header Location" // what is blocked has no headers either
	case intent.StatusCode:
		return d.Dimension == "status" && d.Got == e.To
	case intent.Location:
		return d.Dimension == "header Location" && (e.Guard != intent.HasQuery || sameTarget(d.Got, d.Want))
	case intent.RewritePath:
		return d.Dimension == "backend path" || d.Dimension == "also seen path"
	case intent.Backends:
		return d.Dimension == "shares" || d.Dimension == "backend" || d.Dimension == "header X-Echo-Backend" || strings.HasPrefix(d.Dimension, "backend protocol") || x.whole() && contains([]string{forwarded, nobody}, x.after.kind)
	case intent.Certificate:
		return d.Dimension == "certificate" || d.Dimension == "answer" || d.Dimension == "also seen" && x.after.kind == noAnswer
	case intent.Connection:
		return x.kinds(stuck) || x.before.kind == x.after.kind && x.kinds(forwarded) && x.slow()
	case intent.Header:
		return x.namesHeader(e, d) || x.misread() && x.namesHeader(e, Difference{Dimension: "backend header Host"})
	case intent.Feature:
		if strings.HasSuffix(e.From, "-snippet") { // of which nobody says what it does
			return x.whole() || x.kinds(responded, redirected)
		}
		return x.bears(partOf(e), d)
	}
	return x.bears(e.Dimension, d)
}

// partOf is the part of a route that the key of an edit bears on.
func partOf(e intent.Edit) intent.Dimension {
	rule, _ := nginx.RuleFor(strings.TrimPrefix(e.From, nginx.Prefix))
	return rule.Part
}

// bears says whether a part of a route shows in a dimension of its answers.
func (x *expectation) bears(part intent.Dimension, d Difference) bool {
	kinds := x.kinds
	in := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(d.Dimension, p) {
				return true
			}
		}
		return false
	}
	switch part {
	case intent.CORSPart:
		return in("header Access-Control", "header Vary") || x.instead(preflight)
	case intent.RequestLimit, intent.ConnectionLimit, intent.RateLimit:
		return in("shares") || x.instead(limited)
	case intent.BodySize:
		return x.instead(tooLarge)
	case intent.AccessPart:
		return kinds(denied)
	case intent.BasicPart, intent.ExternalPart, intent.Satisfy:
		return true
	case intent.TrustPart:
		return x.saysOf("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port") && (x.whole() || in("status", "backend header X-", "header Location"))
	case intent.ErrorPart:
		return kinds(errorPage) || in("also seen")
	case intent.RetryPart, intent.BufferingPart, intent.UpstreamTLSPart, intent.PrimaryPart, intent.ConnectTimeout:
		unread := x.slow() || part == intent.BufferingPart && x.headTooLong()
		return in("status", "shares", "also seen", "backend protocol") || x.whole() || unread && in("backend", "header X-Echo-Backend") ||
			part == intent.BufferingPart && x.headTooLong() && in("header")
	case intent.BalancePart, intent.AffinityPart:
		return in("shares", "header Set-Cookie", "backend header Cookie")
	case intent.MirrorPart:
		return in("also seen")
	case intent.CookiePart:
		return in("header Set-Cookie")
	case intent.LocationPart:
		return in("header Location")
	case intent.HTTPVersion, intent.ConnectionHeader:
		return in("backend protocol", "backend header Connection", "also seen protocol", "also seen header Connection")
	case intent.ClusterIPPart:
		return in("backend cluster IP", "also seen cluster IP", "shares") || x.podless() && in("backend", "status", "header")
	case intent.UntoldPart:
		return in("backend header", "backend host", "also seen")
	case intent.TLSCiphers:
		return kinds(noAnswer)
	case intent.ClientCertificates:
		return in("answer", "status", "backend header Ssl-Client", "backend header X-Forwarded-Client-Cert") || x.whole()
	case intent.Header:
		return in("header", "backend header", "backend host")
	case intent.Backends:
		return in("backend", "status", "header X-Echo-Backend", "shares", "also seen") || x.whole()
	}
	return false
}

// misread says whether no server read what it got before, and one does after.
func (x *expectation) misread() bool {
	return x.before.failing("400") && x.after.kind == forwarded && !x.after.failing("400")
}

// podless says whether a Service has no endpoint after, and had an answer at its own address.
func (x *expectation) podless() bool {
	nobody := x.after.options[""]
	return x.before.kind == forwarded && x.after.kind == forwarded && x.before.options[""] == nil && nobody["status"] == statusText(http.StatusServiceUnavailable)
}

// headTooLong says whether nginx answers 502 in the place of any answer of the backend.
func (x *expectation) headTooLong() bool {
	r := x.before.decision.Route
	return x.before.kind == forwarded && r.Forward.Buffering != nil && tooShort(r.Forward.Buffering)
}

// saysOf says whether the client sent one of the headers.
func (x *expectation) saysOf(names ...string) bool {
	for name := range x.line.Request.Headers {
		if contains(names, http.CanonicalHeaderKey(name)) {
			return true
		}
	}
	return false
}

func (x *expectation) kinds(all ...string) bool {
	return contains(all, x.before.kind) || contains(all, x.after.kind)
}

// instead says whether a part of a route answers on one side only, and on the other what stands
// behind it: nobody else has come in between. Where it answers on both, its status may differ.
func (x *expectation) instead(kind string) bool {
	behind := []string{kind, forwarded, upgraded, redirected, nobody, noRoute, emptyRest, errorPage}
	if x.edited.asked(intent.AccessPart) {
		behind = append(behind, denied)
	}
	if x.edited.asked(intent.RequestLimit) {
		behind = append(behind, limited)
	}
	if r := x.edited.route; r != nil && r.Respond != nil {
		behind = append(behind, responded)
	}
	if r := x.before.decision.Route; r != nil && r.Respond != nil && r.Respond.Status == x.after.decision.Status {
		behind = append(behind, responded) // a snippet's answer
	} else if r != nil && r.Forward != nil && len((&question{side: &x.Converted.before, r: &x.line.Request}).ready(r.Forward)) == 0 {
		behind = append(behind, responded) // its 503 is written down
	}
	return x.kinds(kind) && contains(behind, x.before.kind) && contains(behind, x.after.kind)
}

// namesHeader says whether an edit about headers is about the one that differs: it names it, or
// the route sets it.
func (x *expectation) namesHeader(e intent.Edit, d Difference) bool {
	at := strings.LastIndexByte(d.Dimension, ' ')
	name := strings.ToLower(d.Dimension[at+1:])
	if !strings.Contains(d.Dimension, "header ") && name != "host" {
		return false
	}
	r := x.edited.route
	return strings.Contains(strings.ToLower(e.From+" "+e.To), name) || r != nil && slices.ContainsFunc(r.Response, func(c intent.HeaderChange) bool { return strings.EqualFold(c.Name, name) }) ||
		r != nil && r.Forward != nil && slices.ContainsFunc(r.Forward.Response, func(c intent.HeaderChange) bool { return strings.EqualFold(c.Name, name) })
}

// slow says whether a backend does not answer on one side, or too slowly.
func (x *expectation) slow() bool {
	for _, p := range []prediction{x.before, x.after} {
		for _, f := range p.options {
			if f["status"] == statusText(http.StatusGatewayTimeout) || f["status"] == statusText(http.StatusBadGateway) {
				return true
			}
		}
	}
	return false
}

// sameTarget says whether two redirects differ in query, port and a last slash only.
func sameTarget(a, b string) bool {
	u, err := url.Parse(a)
	v, bad := url.Parse(b)
	return err == nil && bad == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Hostname(), v.Hostname()) &&
		strings.TrimSuffix(u.EscapedPath(), "/") == strings.TrimSuffix(v.EscapedPath(), "/")
}
