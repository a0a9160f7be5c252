package golden

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// asking are headers that tell upstreams who asks, of one data plane or the other.
var asking = []string{
	"X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Scheme", "Host", "X-Scheme", "X-Original-Forwarded-For",
	"X-Original-Forwarded-Host", "X-Envoy-External-Address", "X-Envoy-Expected-Rq-Timeout-Ms", "X-Request-Start",
}

// row is the row of the platform profile that is about a difference, by its ID, or "".
func (x *expectation) row(d Difference) string {
	id := x.candidate(d)
	if !slices.ContainsFunc(equivalence.Profile(), func(l equivalence.Lemma) bool { return l.ID == id }) {
		return ""
	}
	return id
}

func (x *expectation) candidate(d Difference) string {
	if id := x.rowOfDimension(d); id != "" {
		return id
	}
	if id := x.rowOfAnswer(); id != "" && (x.whole() || d.Dimension == "status") {
		return id
	}
	if x.unseen() {
		return "connection-names"
	}
	if x.unknownPath() {
		return "unknown-path-policies"
	}
	host := ""
	if x.edited.host != nil {
		host = x.edited.host.Name
	}
	for _, id := range equivalence.Outside(x.edited.request, host) {
		if x.outside(id) {
			return id
		}
	}
	return ""
}

// outside says whether a row about hosts and paths that are written in unusual ways has
// anything to do with what answers. Rows about one dimension are looked at there.
func (x *expectation) outside(id string) bool {
	switch id {
	case "redirect-port", "empty-query":
		return false
	case "host-dot", "wildcard-label":
		return x.after.decision.Host == nil || x.after.decision.Route == nil
	case "above-root", "broken-escape":
		return x.before.decision.Status == http.StatusBadRequest
	}
	r := x.line.Request // as nginx reads its path
	r.Path = cleaned(r.Path)
	p, query, asked := strings.Cut(r.Path, "?")
	if r.Path = intent.EscapePath(p); asked {
		r.Path += "?" + query
	}
	plain, d := x.Converted.after.decide(&r), x.after.decision
	return plain.RouteIndex != d.RouteIndex || plain.Host != d.Host || plain.Status != d.Status || x.before.decision.Status == http.StatusBadRequest
}

// rowOfDimension is a row about one dimension of answers.
func (x *expectation) rowOfDimension(d Difference) string {
	name := d.Dimension
	if header, ok := strings.CutPrefix(strings.Replace(name, "also seen", "backend", 1), "backend header "); ok {
		switch {
		case (header == "Connection" || header == "Upgrade") && x.line.Request.Headers["Upgrade"] != "":
			return "upgrades"
		case header == "X-Forwarded-For":
			return "forwarded-for"
		case contains(asking, header):
			return "told-upstreams"
		case x.inConnection(header):
			return "connection-names"
		case header == "Proxy" || strings.ContainsAny(header, "_."):
			return "header-names"
		}
		return ""
	}
	switch name {
	case "shares":
		if x.before.kind == upgraded && x.after.kind == upgraded {
			return "redirect-status"
		}
	case "header Strict-Transport-Security":
		return "hsts"
	case "answer", "status":
		if x.line.Request.Headers["Upgrade"] != "" && d.Want == "400" && d.Got == "502" && x.before.failing("400") && x.after.failing("502") {
			return "upgrades"
		}
		if x.before.kind == forwarded && x.after.kind == forwarded && x.failed(d) {
			return "upstream-failures"
		}
		if x.before.kind == upgraded && x.after.kind == upgraded && d.Want == "308" && d.Got == "301" {
			return "redirect-status"
		}
	case "also seen":
		if strings.HasSuffix(d.Want, " tries") && !x.edited.asked(intent.RetryPart) {
			return "retries"
		}
	case "backend path", "also seen path":
		if cleaned(d.Got) == cleaned(d.Want) {
			return "upstream-path"
		}
		if cleaned(d.Got) == cleaned(dotsFirst(d.Want)) {
			return "slashes-and-dots"
		}
		if strings.TrimSuffix(d.Got, "?") == strings.TrimSuffix(d.Want, "?") {
			return "empty-query"
		}
	case "header Location":
		return x.rowOfLocation(d)
	}
	return ""
}

// failed says whether a difference is how each data plane tells of a backend that does not
// answer: nginx by 502, Envoy by 503, and each of them otherwise where the 400 of one that does not
// read the request has arrived, or a part of it.
func (x *expectation) failed(d Difference) bool {
	unread := x.after.failing("400")
	if d.Dimension == "answer" {
		return d.Got == "none" && unread || d.Want == "none" && x.before.failing("400")
	}
	switch d.Want + " " + d.Got {
	case "502 503":
		return unread || x.before.failing("502") && (x.after.failing("503") || x.after.failing("502"))
	case "502 400", "400 503":
		return unread
	}
	return false
}

// inConnection says whether the client's Connection names a header.
func (x *expectation) inConnection(header string) bool {
	return named(x.connection(), header)
}

// connection is what the client says in Connection.
func (x *expectation) connection() string {
	for name, value := range x.line.Request.Headers {
		if strings.EqualFold(name, "Connection") {
			return string(value)
		}
	}
	return ""
}

// named says whether a Connection names a header that goes no further.
func named(connection, header string) bool {
	for name := range strings.SplitSeq(connection, ",") {
		if strings.EqualFold(strings.TrimSpace(name), header) {
			return !strings.EqualFold(header, "te")
		}
	}
	return false
}

// unseen says whether another route answers after since Connection names a header that it asks for.
func (x *expectation) unseen() bool {
	if x.connection() == "" {
		return false
	}
	r := x.line.Request
	r.Headers = maps.Clone(r.Headers)
	maps.DeleteFunc(r.Headers, func(name string, _ Text) bool { return strings.EqualFold(name, "Connection") })
	plain := x.Converted.after.decide(&r)
	return plain.RouteIndex != x.after.decision.RouteIndex || plain.Host != x.after.decision.Host
}

// rowOfLocation is a row about where redirects lead.
func (x *expectation) rowOfLocation(d Difference) string {
	if x.before.kind != x.after.kind || x.before.kind != upgraded && x.before.kind != redirected {
		return ""
	}
	got, err := url.Parse(d.Got)
	want, bad := url.Parse(d.Want)
	switch {
	case err != nil || bad != nil:
		return ""
	case strings.TrimSuffix(d.Got, "?") == strings.TrimSuffix(d.Want, "?"):
		return "empty-query"
	case strings.TrimSuffix(d.Got, "/") == strings.TrimSuffix(d.Want, "/"):
		return "trailing-slash"
	case strings.EqualFold(d.Got, d.Want) && got.RequestURI() == want.RequestURI():
		return "redirect-host"
	case !strings.EqualFold(got.Hostname(), want.Hostname()) || got.Scheme != want.Scheme:
		return ""
	case got.RequestURI() == want.RequestURI() && want.Port() != "" && got.Port() == "":
		return "default-port"
	case got.RequestURI() == want.RequestURI():
		return "redirect-port"
	case strings.TrimSuffix(got.RequestURI(), "/") == strings.TrimSuffix(want.RequestURI(), "/"):
		return "trailing-slash"
	case strings.TrimSuffix(cleaned(got.RequestURI()), "/") == strings.TrimSuffix(cleaned(want.RequestURI()), "/"):
		return "upstream-path"
	case strings.TrimSuffix(cleaned(got.RequestURI()), "/") == strings.TrimSuffix(cleaned(dotsFirst(want.RequestURI())), "/"), x.readOtherwise(got.Path, want.Path):
		return "slashes-and-dots"
	}
	return ""
}

// readOtherwise says whether two paths end in the request's, as Envoy reads its slashes and dots
// and as nginx does, and are alike before that.
func (x *expectation) readOtherwise(got, want string) bool {
	path, _, _ := strings.Cut(x.line.Request.Path, "?")
	envoy, nginx := cleaned(dotsFirst(path)), cleaned(path)
	after, ok := strings.CutSuffix(got, envoy)
	before, also := strings.CutSuffix(want, nginx)
	return ok && also && after == before && envoy != nginx
}

// unknownPath says whether no rule speaks of the path, before and after.
func (x *expectation) unknownPath() bool { return implicit(x.edited.route) && x.gone() }

// implicit says whether a route is nginx's for what no rule speaks of.
func implicit(r *intent.Route) bool { return r != nil && r.Respond != nil && r.Respond.Implicit }

// gone says whether there is nothing after: no route, or a 404 that is written down: in a root where
// a host has no route at all, and for what no rule spoke of before where a snippet did.
func (x *expectation) gone() bool {
	a := x.after.decision
	return x.after.kind == noRoute || x.after.kind == responded && a.Route.Respond.Status == http.StatusNotFound && (len(a.Host.Routes) == 1 || implicit(x.before.decision.Route))
}

// rowOfAnswer is a row about who answers.
func (x *expectation) rowOfAnswer() string {
	before, after := x.before, x.after
	r := before.decision.Route
	gone := x.gone()
	switch {
	case implicit(r) && before.kind == upgraded && gone:
		return "unknown-path-http"
	case before.kind == emptyRest && gone:
		return "unknown-path-rewrite"
	case after.kind == noAnswer && (x.edited.read == nil || x.edited.read.TLS == nil):
		return "default-certificate"
	case before.kind == refused && x.line.Request.Method == http.MethodTrace:
		return "trace"
	case before.decision.Status >= 400 && before.decision.Route != nil && after.kind == responded && after.decision.Status == http.StatusServiceUnavailable:
		return "closed-errors"
	case after.kind == belowWild:
		return "wildcard-label"
	case after.kind == stuck:
		return "upgrades"
	case after.kind == refused && after.decision.Status == http.StatusMisdirectedRequest:
		return "misdirected"
	case before.decision.Host == nil || before.decision.Host.Name == "":
		if gone && x.edited.host == nil {
			return "unknown-host"
		}
	case contains([]string{forwarded, nobody}, before.kind) && after.kind == forwarded && x.stoodIn(r.Forward):
		return "canary-endpoints"
	case x.instead(tooLarge) && r != nil && r.Policies.Limits.Body == 1<<20:
		return "body-size"
	}
	return ""
}

// stoodIn says whether the answer after is the one of a canary without endpoints, for which the
// primary answers before, or of anybody where nobody does as the primary has none, and nobody asked
// for that.
func (x *expectation) stoodIn(f *intent.Forward) bool {
	if f.Primary == nil || x.edited.asked(intent.PrimaryPart) {
		return false
	}
	q := &question{side: &x.Converted.before, r: &x.line.Request}
	if q.endpoint(*f.Primary) == nil {
		return x.before.kind == nobody
	}
	return x.option == "" && x.after.options[""] != nil && slices.ContainsFunc(f.Backends, func(b intent.Backend) bool { return q.endpoint(b) == nil })
}

// cleaned is a path with its query as both data planes read it: decoded, with slashes merged
// and dot segments resolved.
func cleaned(uri string) string {
	p, query, asked := strings.Cut(uri, "?")
	if decoded, err := url.PathUnescape(p); err == nil {
		p = decoded
	}
	slash := strings.HasSuffix(p, "/") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")
	if p = path.Clean("/" + p); slash && p != "/" {
		p += "/"
	}
	if asked && query != "" {
		p += "?" + query
	}
	return p
}

// dotsFirst is a path with its query in which ".." takes away the segment before it, as Envoy
// has it: an empty one, too.
func dotsFirst(uri string) string {
	p, query, asked := strings.Cut(uri, "?")
	if decoded, err := url.PathUnescape(p); err == nil {
		p = decoded
	}
	out := []string{""}
	segments := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range segments {
		if s != "." && s != ".." {
			out = append(out, s)
			continue
		}
		if s == ".." && len(out) > 1 {
			out = out[:len(out)-1]
		}
		if i == len(segments)-1 {
			out = append(out, "")
		}
	}
	if p = strings.Join(out, "/"); asked {
		p += "?" + query
	}
	return p
}
