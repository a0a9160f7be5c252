package policy

import (
	"errors"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Cookies rewrite the Set-Cookie lines of an upstream. A nil one changes nothing.
//
// A change with a Name is Contour's cookieRewritePolicies: the cookie of exactly that name
// gets the Path, Domain and SameSite that are set, in the place of its own or at its end,
// and has or loses Secure. A change without one is nginx's proxy_cookie_domain and
// proxy_cookie_path: "from to" rewrites what is there, and of several the first that
// matches counts. Every other byte of a line stays as it is; names of attributes compare
// without case.
type Cookies struct {
	named   map[string]attributes
	all     attributes // of every cookie, like those of a name
	domains []exchange
	paths   []exchange
	problem error
}

// attributes are what is set; empty ones stay.
type attributes struct{ path, domain, sameSite, secure string }

// NewCookies compiles the changes of a route, and those of a backend, which win over the
// former where both set an attribute of one cookie. Without any it is nil. A change that
// can't be read is left out, and Problem tells of it.
func NewCookies(route []intent.CookieChange, backend []intent.CookieChange) *Cookies {
	if len(route)+len(backend) == 0 {
		return nil
	}
	c := &Cookies{named: map[string]attributes{}}
	for _, changes := range [][]intent.CookieChange{route, backend} {
		for _, change := range changes {
			c.add(change)
		}
	}
	return c
}

func (c *Cookies) add(change intent.CookieChange) {
	if change.Name != "" {
		a := c.named[change.Name]
		a.add(change)
		c.named[change.Name] = a
		return
	}
	domain, err := newExchange(change.Domain, true)
	path, also := newExchange(change.Path, false)
	c.problem = errors.Join(c.problem, err, also)
	if domain != nil {
		c.domains = append(c.domains, *domain)
	}
	if path != nil {
		c.paths = append(c.paths, *path)
	}
	change.Domain, change.Path = "", ""
	c.all.add(change)
}

func (a *attributes) add(change intent.CookieChange) {
	a.path = or(change.Path, a.path)
	a.domain = or(change.Domain, a.domain)
	a.sameSite = or(change.SameSite, a.sameSite)
	a.secure = or(change.Secure, a.secure)
}

// Problem tells which changes were left out because they can't be read; nil: none.
func (c *Cookies) Problem() error {
	if c == nil {
		return nil
	}
	return c.problem
}

// Change rewrites the Set-Cookie lines of a response. Lines that stay as they are cost no
// allocation.
func (c *Cookies) Change(h http.Header) {
	if c == nil {
		return
	}
	lines := h["Set-Cookie"]
	for i, line := range lines {
		lines[i] = c.line(line)
	}
}

// line is one line after all changes. What has no "=" is no cookie.
func (c *Cookies) line(line string) string {
	name, _, ok := strings.Cut(line, "=")
	if !ok {
		return line
	}
	if a, ok := c.named[name]; ok {
		line = a.set(line)
	}
	if c.all != (attributes{}) {
		line = c.all.set(line)
	}
	line = exchangeAll(line, "Domain", c.domains)
	return exchangeAll(line, "Path", c.paths)
}

// set gives a cookie the attributes.
func (a *attributes) set(line string) string {
	line = setAttribute(line, "Path", a.path)
	line = setAttribute(line, "Domain", a.domain)
	line = setAttribute(line, "SameSite", a.sameSite)
	switch a.secure {
	case "true":
		if _, _, found := attribute(line, "Secure", 0); !found {
			line += "; Secure"
		}
	case "false":
		line = dropAttribute(line, "Secure")
	}
	return line
}
