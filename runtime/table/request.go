package table

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Request is what a client sends.
type Request struct {
	Scheme  string   // "http" or "https"; empty: http
	Host    string   // the Host header as sent: any case, maybe with a port
	Method  string   // empty: GET
	URI     string   // the request target as sent: path and query; an empty path is "/"
	Headers []Header // in order; cookies are in Cookie headers
	// Vars gives the variables of templates that have no name in package intent,
	// "var:NAME", their values; nil, or false, leaves one in its text as it is.
	Vars func(name string) (string, bool)
}

// Header is one header line.
type Header struct {
	Name, Value string
	Add         bool // to set: one line more, instead of those that are there
}

// Prepared is a parsed request: its path is read once for each path form, so that many
// tables can be asked about it. It changes by Set only, and may be shared.
type Prepared struct {
	secure   bool   // the scheme is https
	method   string // as sent
	httpHost string // as sent
	host     string // without its port
	name     string // lower case, without a trailing dot
	headers  []Header
	lines    []Header // the same, those of one name joined
	views    [2]view  // by intent.PathForm
	vars     func(name string) (string, bool)
}

// view is the request target as data planes of one path form see it.
type view struct {
	path   string // what routes match, and what a rewrite starts from
	uri    string // path and query that go on where nothing is rewritten
	tail   string // "?" and the query behind a rewritten path; may be empty
	reject bool   // the target is answered 400
}

// Prepare parses a request.
func Prepare(r Request) *Prepared {
	p := &Prepared{}
	p.Set(r)
	return p
}

// Set makes p what Prepare makes of a request, in the room that it has. Nobody else may be
// using p.
func (p *Prepared) Set(r Request) {
	*p = Prepared{
		secure: strings.EqualFold(r.Scheme, "https"), method: r.Method,
		httpHost: r.Host, host: withoutPort(r.Host), headers: r.Headers, vars: r.Vars,
	}
	p.lines = joinLines(r.Headers)
	p.name = hostName(p.host)
	if p.method == "" {
		p.method = "GET"
	}
	uri := r.URI
	if uri == "" || uri[0] == '?' {
		uri = "/" + uri
	}
	if !wellFormed(uri) {
		p.views = [2]view{{uri: uri, reject: true}, {uri: uri, reject: true}}
		return
	}
	p.views[intent.Decoded] = decodedView(uri)
	p.views[intent.Normalized] = normalizedView(uri)
}

// Refused says whether a data plane of a path form answers 400 to the target, whatever the
// host.
func (p *Prepared) Refused(paths intent.PathForm) bool { return p.views[paths].reject }

// wellFormed says whether a target can stand in a request line: nginx and Envoy answer
// 400 to blanks and control characters, and to what is no path.
func wellFormed(uri string) bool {
	for i := range len(uri) {
		if uri[i] <= ' ' || uri[i] == 0x7f {
			return false
		}
	}
	return uri[0] == '/'
}

func (p *Prepared) scheme() string {
	if p.secure {
		return "https"
	}
	return "http"
}

// port is the one that the request came in by.
func (p *Prepared) port() string {
	if p.secure {
		return "443"
	}
	return "80"
}

// header is the first one of that name, compared without case.
func (p *Prepared) header(name string) (string, bool) {
	for i := range p.headers {
		if equal(p.headers[i].Name, name, true) {
			return p.headers[i].Value, true
		}
	}
	return "", false
}

// joined is the value of a header as Envoy compares it: all lines of that name with "," in
// between.
func (p *Prepared) joined(name string) (string, bool) {
	for i := range p.lines {
		if equal(p.lines[i].Name, name, true) {
			return p.lines[i].Value, true
		}
	}
	return "", false
}

// joinLines makes one line of all that have one name; headers in which none stands twice
// stay as they are.
func joinLines(headers []Header) []Header {
	twice := func(i int) bool {
		return slices.ContainsFunc(headers[:i], func(h Header) bool { return equal(h.Name, headers[i].Name, true) })
	}
	again := 0
	for again < len(headers) && !twice(again) {
		again++
	}
	if again == len(headers) {
		return headers
	}
	out := slices.Clone(headers[:again])
	for _, h := range headers[again:] {
		if i := slices.IndexFunc(out, func(o Header) bool { return equal(o.Name, h.Name, true) }); i >= 0 {
			out[i].Value += "," + h.Value
		} else {
			out = append(out, h)
		}
	}
	return out
}

// pseudo is what Envoy holds in a pseudo header, or sets itself: HTTPProxy conditions may
// ask for these names like for any other.
func (p *Prepared) pseudo(name string, v *view) (value string, known bool) {
	switch name {
	case ":path":
		return v.uri, true
	case ":authority", "host":
		return p.httpHost, true
	case ":method":
		return p.method, true
	case ":scheme", "x-forwarded-proto":
		return p.scheme(), true
	}
	return "", false
}

// argument is the first query argument of that name, not decoded: neither nginx's $arg_
// variables nor Envoy's query matchers decode them.
func argument(v *view, name string, fold bool) (string, bool) {
	query := strings.TrimPrefix(v.tail, "?")
	for query != "" {
		var arg string
		arg, query, _ = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(arg, "="); equal(key, name, fold) {
			return value, true
		}
	}
	return "", false
}
