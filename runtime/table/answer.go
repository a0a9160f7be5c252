package table

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Decision is what a model answers to a request. It points into the model and must not be
// changed.
type Decision struct {
	Host       *intent.Host  // nil: no host of that name and no default one
	Route      *intent.Route // nil: none matched, or the target was refused
	RouteIndex int           // in the host's routes; -1 without a route

	// Status is 0 for a forwarded request, else what is answered at once: 404 where
	// nothing matches, 400 for a target that the data plane refuses, 500 for a rewrite
	// to nothing, 503 where no backend can have an endpoint, or what the route says.
	Status   int
	Location string // of a redirect

	// The rest is set for forwarded requests only, but for headers of the host (HSTS).
	Backends        []intent.Backend // candidates with their weights
	UpstreamURI     string           // path and query that the upstream sees
	UpstreamHost    string           // the Host header that the upstream sees
	RequestHeaders  []Header         // set towards the upstream
	RequestRemoved  []string         // taken away before the upstream
	ResponseHeaders []Header         // set towards the client
	ResponseRemoved []string         // taken away before the client
}

// refuse is the answer to a target that the data plane does not take.
func (h *HostTable) refuse() Decision {
	return Decision{Host: h.host, RouteIndex: -1, Status: 400}
}

// miss is the answer to a request that no route matches.
func (h *HostTable) miss(p *Prepared, v *view) Decision {
	d := Decision{Host: h.host, RouteIndex: -1, Status: 404}
	d.ResponseHeaders, d.ResponseRemoved = h.fallback.apply(&expander{request: p, view: v})
	return d
}

// answer is what the route at index i says to a request that it matches. A rewrite to
// nothing comes first, then the redirect to https, then the action.
func (h *HostTable) answer(i int, p *Prepared, v *view) Decision {
	r := &h.routes[i]
	d := Decision{Host: h.host, Route: r.Route, RouteIndex: i}
	x := expander{request: p, view: v, paths: h.paths}
	path, rewritten := r.rewritten(&x)
	switch {
	case rewritten && r.rewrite != nil && path == "":
		d.Status = 500
	case r.HTTPS != nil && !p.secure:
		d.Status, d.Location = r.HTTPS.Status, httpsLocation(r.HTTPS, &x)
	case r.Redirect != nil:
		x.moved = true
		if r.rewrite != nil {
			r.capture(&x)
		}
		d.Status, d.Location = r.Redirect.Status, location(r.Redirect, &x)
	case r.Respond != nil:
		d.Status = r.Respond.Status
	case r.dead:
		d.Status = 503
	default:
		d.UpstreamURI = v.uri
		if rewritten {
			d.UpstreamURI = h.encode(path) + v.tail
		}
		forward(&d, r, &x)
		return d
	}
	if !r.Bare {
		d.ResponseHeaders, d.ResponseRemoved = h.fallback.apply(&x)
	}
	return d
}

// encode writes a rewritten path for the upstream: nginx escapes what RFC 3986 forbids in a
// path (NGX_ESCAPE_URI since nginx 1.21.1), and "%", "?" and "#" as well.
func (h *HostTable) encode(path string) string {
	if h.paths == intent.Decoded {
		return intent.EscapePath(path)
	}
	return path
}

func forward(d *Decision, r *route, x *expander) {
	d.Backends = r.Forward.Backends
	d.UpstreamHost = x.request.httpHost
	if r.Forward.Host != "" {
		host := r.Forward.Host.Expand(x.lookup)
		if host != "" || x.paths == intent.Decoded { // Envoy keeps the Host where there is none to set
			d.UpstreamHost = host
		}
	}
	d.RequestHeaders, d.RequestRemoved = r.request.apply(x)
	d.ResponseHeaders, d.ResponseRemoved = r.response.apply(x)
}

func anyEndpoint(backends []intent.Backend) bool {
	for i := range backends {
		if backends[i].Unresolved == "" {
			return true
		}
	}
	return false
}

// rewritten is the path that the route's rewrite makes, and whether it applies. It sets
// the captures.
func (r *route) rewritten(x *expander) (string, bool) {
	if r.to == nil {
		return "", false
	}
	w, path := r.to, x.view.path
	switch w.Kind {
	case intent.FullPath:
		return w.To, true
	case intent.SwapPrefix:
		if !hasPrefix(path, w.From, w.Fold) {
			return "", false
		}
		return w.To + path[len(w.From):], true
	}
	if !r.capture(x) {
		return "", false
	}
	return substitute(w.To, &x.captures), true
}

// capture sets the captures; false where the expression is not found.
func (r *route) capture(x *expander) bool {
	path := x.view.path
	at := r.rewrite.submatches(path)
	for i := 1; i < len(x.captures) && 2*i < len(at); i++ {
		if at[2*i] >= 0 {
			x.captures[i] = path[at[2*i]:at[2*i+1]]
		}
	}
	return at != nil
}

// substitute puts the captures in the place of $1 to $9; any other "$" is itself.
func substitute(to string, captures *[10]string) string {
	if !strings.Contains(to, "$") {
		return to
	}
	var b strings.Builder
	for i := 0; i < len(to); i++ {
		if to[i] == '$' && i+1 < len(to) && '1' <= to[i+1] && to[i+1] <= '9' {
			i++
			b.WriteString(captures[to[i]-'0'])
			continue
		}
		b.WriteByte(to[i])
	}
	return b.String()
}

func httpsLocation(r *intent.HTTPSRedirect, x *expander) string {
	uri := x.view.uri
	if r.TrimSlash {
		uri = strings.TrimSuffix(uri, "/")
	}
	return "https://" + x.ownHost("https", r.Port != "") + withColon(r.Port) + uri
}

// ownHost is the request's own host for a redirect to a scheme. nginx leaves its port out;
// Envoy keeps it, unless the redirect names another port, or leaves a scheme of which it is
// the default port.
func (x *expander) ownHost(scheme string, otherPort bool) string {
	p := x.request
	if x.paths == intent.Decoded || otherPort || scheme != p.scheme() && p.httpHost == p.host+":"+p.port() {
		return p.host
	}
	return p.httpHost
}

// location is where a redirect points to. A path that is no path stands for the whole
// Location if nothing else is given: an absolute URL, or a text that goes out verbatim.
func location(r *intent.Redirect, x *expander) string {
	path := r.Path.Expand(x.lookup)
	own := r.Scheme == "" && r.Host == "" && r.Port == ""
	if r.Relative || own && !strings.HasPrefix(path, "/") {
		return path
	}
	scheme, port := r.Scheme, r.Port.Expand(x.lookup)
	if scheme == "" {
		scheme = x.request.scheme()
	}
	host := ""
	if r.Host != "" {
		host = r.Host.Expand(x.lookup)
	} else {
		host = x.ownHost(scheme, port != "")
	}
	return scheme + "://" + host + withColon(port) + path
}

func withColon(port string) string {
	if port == "" {
		return ""
	}
	return ":" + port
}
