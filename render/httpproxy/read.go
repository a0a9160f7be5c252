package httpproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Keys of what only some routes of a host are under.
const (
	virtualHost      = "virtualhost."
	keyAuthorization = virtualHost + "authorization"
	keyJWT           = virtualHost + "jwtProviders"
	keyTLS           = virtualHost + "tls"
	keyMaxVersion    = projectContour + "tls-maximum-protocol-version"
)

// intent reads a flat route of a site.
func (f *flat) intent(s *site) intent.Route {
	if f.answer != nil {
		r := *f.answer
		r.Match, r.Opaque = f.match(), append(slices.Clip(r.Opaque), f.beside(s)...)
		return r
	}
	r := intent.Route{Match: f.match(), Origins: []ledger.Origin{f.origin}}
	c := f.route
	if s.enforcesTLS() && !c.PermitInsecure && f.badStatus == 0 {
		r.HTTPS = &intent.HTTPSRedirect{Status: 301}
	}
	switch {
	case f.badStatus != 0:
		r.Respond = &intent.Respond{Status: f.badStatus, Blocked: f.why}
	case c.RequestRedirectPolicy != nil:
		r.Redirect = readRedirectPolicy(c.RequestRedirectPolicy, f.path.Value)
	case c.DirectResponsePolicy != nil:
		r.Respond = &intent.Respond{Status: c.DirectResponsePolicy.StatusCode, Body: c.DirectResponsePolicy.Body}
	case len(c.Services) == 0:
		r.Respond = &intent.Respond{Status: 503}
	default:
		r.Forward = f.forward()
	}
	r.Opaque = append(opaqueOfHost(s.root.Spec.VirtualHost, f.origin), opaque(c, f.origin)...)
	return r
}

// beside lists what a root puts on the routes of Ingresses beside it, on the listeners
// that it is on itself: authorization is one of https, and no JWT is asked for.
func (f *flat) beside(s *site) []intent.Opaque {
	secure := f.on&onHTTPS != 0 && s.enforcesTLS()
	if s.root == nil || f.on == onHTTPS && !secure {
		return nil
	}
	return slices.DeleteFunc(opaqueOfHost(s.root.Spec.VirtualHost, f.origin), func(q intent.Opaque) bool {
		return q.Key == keyJWT || q.Key == keyAuthorization && !secure
	})
}

// match reads the merged conditions; conditions on :path that Encode writes are part of
// the path, and redundant ones are dropped.
func (f *flat) match() intent.Match {
	m := intent.Match{Path: f.path}
	for _, h := range f.headers {
		if strings.EqualFold(h.Name, pathHeader) {
			if p, ok := ReadPathRegex(h.Regex); ok && narrow(&m.Path, p) {
				continue
			}
			if h.Present {
				continue
			}
		}
		if h.Present && strings.EqualFold(h.Name, methodHeader) {
			continue // every request has one
		}
		if c, ok := readCookieRegex(h.Regex); ok && strings.EqualFold(h.Name, "cookie") {
			m.Cookies = append(m.Cookies, c)
			continue
		}
		m.Headers = append(m.Headers, readHeader(h))
	}
	m.Headers = slices.DeleteFunc(m.Headers, func(c intent.Cond) bool { return implied(c, m) })
	for _, q := range f.queries {
		m.Query = append(m.Query, readQuery(q))
	}
	m.Path = readPath(m.Path)
	return m
}

// narrow joins a path with a condition on :path; false if one path condition cannot say
// both.
func narrow(p *intent.Path, c intent.Path) bool {
	under := c.Value == "/" || p.Value == c.Value || strings.HasPrefix(p.Value, trimSlash(c.Value)+"/")
	switch {
	case p.Kind == intent.StringPrefix && p.Value == c.Value:
		*p = c
		return true
	case c.Kind == intent.SegmentPrefix && p.Kind != intent.RegexPath && under:
		return true // the path lies below it anyway
	case c.Kind == intent.ExactPath && p.Kind == intent.ExactPath && p.Value == c.Value:
		return true
	case p.Kind == intent.RegexPath:
		path, ok := readWholePrefix(p.Value)
		return ok && path == c.Value // exactly the prefix, which both kinds let through
	case p.Kind == intent.SegmentPrefix && p.Value == c.Value:
		*p = c // exact is narrower
		return true
	}
	return false
}

// readPath reads the forms of regexes that Encode writes; others keep their anchors.
func readPath(p intent.Path) intent.Path {
	if p.Kind != intent.RegexPath {
		return p
	}
	if path, ok := readWholePrefix(p.Value); ok {
		return intent.Path{Kind: intent.ExactPath, Value: path}
	}
	if fold, ok := readFoldRegex(p.Value); ok {
		return fold
	}
	return intent.Path{Kind: intent.RegexPath, Value: `^(?:` + p.Value + `)$`}
}

// implied says whether a condition that a header is there follows from another.
func implied(c intent.Cond, m intent.Match) bool {
	if c.Op != intent.Present {
		return false
	}
	if strings.EqualFold(c.Name, "cookie") && len(m.Cookies) > 0 {
		return true
	}
	return slices.ContainsFunc(m.Headers, func(o intent.Cond) bool {
		positive := o.Op == intent.Is || o.Op == intent.Contains || o.Op == intent.Matches
		return positive && strings.EqualFold(o.Name, c.Name)
	})
}

func readHeader(h contour.HeaderMatchCondition) intent.Cond {
	c := intent.Cond{Name: strings.ToLower(h.Name), Fold: h.IgnoreCase, MissingEmpty: h.TreatMissingAsEmpty}
	switch {
	case h.NotPresent:
		c.Op = intent.Absent
	case h.Exact != "":
		c.Op, c.Value = intent.Is, h.Exact
	case h.NotExact != "":
		c.Op, c.Value = intent.IsNot, h.NotExact
	case h.Contains != "":
		c.Op, c.Value = intent.Contains, h.Contains
	case h.NotContains != "":
		c.Op, c.Value = intent.NotHas, h.NotContains
	case h.Regex != "":
		c.Op, c.Value = intent.Matches, h.Regex
	}
	return c
}

func readQuery(q contour.QueryParameterMatchCondition) intent.Cond {
	c := intent.Cond{Name: q.Name, Fold: q.IgnoreCase}
	switch {
	case q.Exact != "":
		c.Op, c.Value = intent.Is, q.Exact
	case q.Prefix != "":
		c.Op, c.Value = intent.HasPrefix, q.Prefix
	case q.Suffix != "":
		c.Op, c.Value = intent.HasSuffix, q.Suffix
	case q.Contains != "":
		c.Op, c.Value = intent.Contains, q.Contains
	case q.Regex != "":
		c.Op, c.Value = intent.Matches, q.Regex
	}
	return c
}

// forward reads the Services of a route.
func (f *flat) forward() *intent.Forward {
	c := f.route
	fwd := &intent.Forward{Websocket: c.EnableWebsockets, Request: readHeadersPolicy(c.RequestHeadersPolicy), Response: readHeadersPolicy(c.ResponseHeadersPolicy)}
	fwd.Request = slices.DeleteFunc(fwd.Request, func(h intent.HeaderChange) bool {
		host := strings.EqualFold(h.Name, "host") && !h.Remove
		if host {
			fwd.Host = h.Value // Contour rewrites the host with it
		}
		return host
	})
	weighted := slices.ContainsFunc(c.Services, func(s contour.Service) bool { return s.Weight > 0 && !s.Mirror })
	for _, s := range c.Services {
		b := intent.Backend{Namespace: f.namespace, Service: s.Name, Port: strconv.Itoa(s.Port), Weight: int(s.Weight)}
		if !weighted || len(c.Services) == 1 {
			b.Weight = 1
		}
		if s.Protocol != nil {
			b.Protocol = protocolOf(*s.Protocol)
		}
		if s.Mirror {
			fwd.Mirror = &intent.Mirror{Target: f.namespace + "/" + s.Name + ":" + b.Port, Body: true}
			continue
		}
		fwd.Backends = append(fwd.Backends, b)
	}
	if t := c.TimeoutPolicy; t != nil {
		fwd.Timeouts = intent.Timeouts{Idle: readTimeout(t.Idle), Response: readTimeout(t.Response)}
	}
	if f.rewrite != "" {
		fwd.Rewrite = swap(f.path.Value, f.rewrite)
	}
	return fwd
}

// protocolOf is that of services[].protocol.
func protocolOf(protocol string) intent.Protocol {
	switch protocol {
	case "tls":
		return intent.HTTPS
	case "h2":
		return intent.H2
	case "h2c":
		return intent.H2C
	}
	return intent.HTTP
}

// readTimeout is in milliseconds; "infinity" is -1, and 0 is Contour's default.
func readTimeout(s string) int {
	if s == "infinity" || s == "infinite" {
		return -1
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0
	}
	return int(d.Milliseconds())
}

func readHeadersPolicy(p *contour.HeadersPolicy) []intent.HeaderChange {
	if p == nil {
		return nil
	}
	var out []intent.HeaderChange
	for _, h := range p.Set {
		out = append(out, intent.HeaderChange{Name: h.Name, Value: intent.Literal(h.Value)})
	}
	for _, n := range p.Remove {
		out = append(out, intent.HeaderChange{Name: n, Remove: true})
	}
	return out
}

// readRedirectPolicy is the inverse of redirectPolicy, with Contour's default status 302.
func readRedirectPolicy(p *contour.HTTPRequestRedirectPolicy, path string) *intent.Redirect {
	r := &intent.Redirect{Status: 302, Path: "{uri}"}
	if p.StatusCode != nil {
		r.Status = int(*p.StatusCode)
	}
	if p.Scheme != nil {
		r.Scheme = *p.Scheme
	}
	if p.Hostname != nil {
		r.Host = intent.Literal(*p.Hostname)
	}
	if p.Port != nil {
		r.Port = intent.Template(strconv.Itoa(int(*p.Port)))
	}
	switch {
	case p.Path != nil && strings.Contains(*p.Path, "?"):
		r.Path = intent.Literal(*p.Path)
	case p.Path != nil:
		r.Path = intent.Literal(*p.Path) + "{?query}"
	case p.Prefix != nil:
		r.Path = intent.Literal(*p.Prefix) + intent.Template(fmt.Sprintf("{rest:%d}{?query}", len(path)))
	}
	return r
}
