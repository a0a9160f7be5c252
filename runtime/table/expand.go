package table

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// expander gives the variables of templates their values for one request.
type expander struct {
	request  *Prepared
	view     *view
	paths    intent.PathForm
	captures [10]string // of the rewrite or redirect; unset ones are empty
	moved    bool       // captures go into a Location
}

// lookup is the value of a variable, as package intent lists them. One that it does not
// know, such as a {var:...} where the request has no Vars, stays in the text as it is.
func (x *expander) lookup(name string) string {
	p := x.request
	switch name {
	case "scheme":
		return p.scheme()
	case "host":
		return p.host
	case "lower-host":
		return p.name
	case "http-host":
		return p.httpHost
	case "port":
		return p.port()
	case "uri":
		return x.view.uri
	case "uri-":
		return strings.TrimSuffix(x.view.uri, "/")
	case "path":
		return x.view.path
	case "?query":
		if x.view.tail == "?" && x.paths == intent.Decoded {
			return ""
		}
		return x.view.tail
	}
	if number, ok := strings.CutPrefix(name, "rest:"); ok {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 {
			return x.rest(n)
		}
	}
	if len(name) == 2 && name[0] == '$' && '1' <= name[1] && name[1] <= '9' {
		return x.capture(x.captures[name[1]-'0'])
	}
	if p.vars != nil {
		if value, known := p.vars(name); known {
			return value
		}
	}
	return "{" + name + "}"
}

// expand is the value of a template; no expander is needed for what is constant.
func (x *expander) expand(t intent.Template) string {
	if x == nil {
		value, _ := t.Constant()
		return value
	}
	return t.Expand(x.lookup)
}

// rest is the path without its first n bytes, as it may stand in a Location: nginx escapes
// what it has decoded.
func (x *expander) rest(n int) string {
	return x.located(x.view.path[min(n, len(x.view.path)):])
}

// capture is a part of the path as a text holds it.
func (x *expander) capture(text string) string {
	if x.moved {
		return x.located(text)
	}
	return text
}

// located is a part of the path in a Location.
func (x *expander) located(text string) string {
	if x.paths != intent.Decoded {
		return text
	}
	sent, _, _ := strings.Cut(x.view.uri, "?")
	return intent.EscapeCapture(text, strings.ContainsAny(sent, "%+"))
}

// changes are the header changes in one direction. Those without variables are worked out
// beforehand, so that a match need not allocate.
type changes struct {
	list    []intent.HeaderChange
	fixed   bool
	set     [2][]Header // by scheme: http, https
	removed [2][]string
}

// newChanges is nil where nothing changes.
func newChanges(list []intent.HeaderChange) *changes {
	if len(list) == 0 {
		return nil
	}
	c := &changes{list: list, fixed: true}
	for _, h := range list {
		if _, constant := h.Value.Constant(); !constant {
			c.fixed = false
			return c
		}
	}
	for i, secure := range []bool{false, true} {
		c.set[i], c.removed[i] = c.expand(secure, nil)
	}
	return c
}

// before puts the host's changes before those of a route that does not speak of them.
func (c *changes) before(own []intent.HeaderChange) *changes {
	if c == nil || len(own) == 0 {
		return cmp.Or(c, newChanges(own))
	}
	var all []intent.HeaderChange
	for _, h := range c.list {
		if !mentions(own, h.Name) {
			all = append(all, h)
		}
	}
	return newChanges(append(all, own...))
}

// apply gives the headers to set, and the names of those to take away, for one request.
func (c *changes) apply(x *expander) (set []Header, removed []string) {
	switch {
	case c == nil:
		return nil, nil
	case !c.fixed:
		return c.expand(x.request.secure, x)
	case x.request.secure:
		return c.set[1], c.removed[1]
	}
	return c.set[0], c.removed[0]
}

// expand works the changes out, for those that are fixed without an expander.
func (c *changes) expand(secure bool, x *expander) (set []Header, removed []string) {
	for i := range c.list {
		h := &c.list[i]
		switch {
		case h.HTTPSOnly && !secure, h.On != "":
		case h.Remove:
			removed = append(removed, h.Name)
		default:
			set = append(set, Header{Name: h.Name, Value: x.expand(h.Value), Add: h.Add})
		}
	}
	return set, removed
}

// hstsHeaders is the header that a host's HSTS settings send (RFC 6797, section 6.1), if
// it has any.
func hstsHeaders(tls *intent.TLS) []intent.HeaderChange {
	if tls == nil || tls.HSTS == nil {
		return nil
	}
	value := intent.Literal(HSTS(tls.HSTS)[0].Value)
	return []intent.HeaderChange{{Name: "Strict-Transport-Security", Value: value, HTTPSOnly: true}}
}

// HSTS is the header of a response over https that HSTS settings ask for (RFC 6797, section
// 6.1); none for nil.
func HSTS(h *intent.HSTS) []Header {
	if h == nil {
		return nil
	}
	value := fmt.Sprintf("max-age=%d", h.MaxAge)
	if h.IncludeSubDomains {
		value += "; includeSubDomains"
	}
	if h.Preload {
		value += "; preload"
	}
	return []Header{{Name: "Strict-Transport-Security", Value: value}}
}

// Variable is the value that a variable of a template has for the request, as a data plane
// of a path form sees it; captures of rewrites are empty.
func (p *Prepared) Variable(name string, paths intent.PathForm) string {
	x := expander{request: p, view: &p.views[paths], paths: paths}
	return x.lookup(name)
}
