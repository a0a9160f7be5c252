package nginx

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// redirectOf is what a location answers to every request in nginx's rewrite phase, which
// comes before the way to https and before access; nil where it goes on. The redirect keys
// come before rewrite-target.
func (c *controller) redirectOf(loc *location) *intent.Redirect {
	o := loc.object
	switch {
	case o == nil || o.denied != "":
		return nil
	case o.redir.url != "":
		return o.redir.redirect(o.redir.relative || c.st.relative)
	case block{loc, loc.path, loc.kind}.rewrites() && redirects(o.rewrite.target):
		return c.rewriteRedirect(loc)
	}
	return nil
}

// redirects says whether nginx's rewrite directive answers with its replacement, in place of
// going on with it as the path (ngx_http_rewrite in ngx_http_rewrite_module.c).
func redirects(target string) bool {
	return strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "$scheme")
}

// rewriteRedirect is the redirect of a rewrite-target that is a URL: 302, with the captures of
// the location's path and with the query at the end, even behind another one. What only begins
// as a URL is the Location as it is.
func (c *controller) rewriteRedirect(loc *location) *intent.Redirect {
	text := loc.object.targetOf(loc.path)
	r := &intent.Redirect{Status: http.StatusFound}
	scheme, host, path, found := splitURL(text)
	if !found || host == "" {
		scheme, host, path, r.Relative = "", "", text, true
	}
	r.Scheme, r.Host, r.Path = scheme, c.variablesOf(loc, host), c.variablesOf(loc, path)+"{?query}"
	if capture.MatchString(text) {
		r.From = loc.path
	}
	return r
}

// variablesOf is a text of a location's configuration as a template; what no template says
// stays in it by its name.
func (c *controller) variablesOf(loc *location, text string) intent.Template {
	t, _, err := loc.object.template(text)
	if err != nil {
		t = variables(text)
	}
	return c.located(loc, t)
}

// pathBegins is where the host of a URL ends.
var pathBegins = regexp.MustCompile(`[/?#]|\$\{?(request_uri|uri|document_uri|is_args|args)\b`)

// splitURL cuts a text of nginx's configuration into its scheme, empty for the request's, its
// host, and what comes behind that. A text that is no URL is a path.
func splitURL(text string) (scheme, host, path string, found bool) {
	for _, scheme := range []string{"http", "https", "$scheme", "${scheme}"} {
		rest, found := strings.CutPrefix(text, scheme+"://")
		if !found {
			continue
		}
		if scheme[0] == '$' {
			scheme = ""
		}
		if at := pathBegins.FindStringIndex(rest); at != nil {
			return scheme, rest[:at[0]], rest[at[0]:], true
		}
		return scheme, rest, "", true
	}
	return "", "", text, false
}

// leadsTo are the Service and the port of a location as its Ingress writes them.
func (c *controller) leadsTo(loc *location) (service, port string) {
	up := c.upstreams[loc.upstream]
	if up == nil {
		return "", ""
	}
	return up.backend.Service, strings.TrimPrefix(up.name, up.backend.Namespace+"-"+up.backend.Service+"-")
}

// located puts the names of a location into a template.
func (c *controller) located(loc *location, t intent.Template) intent.Template {
	if !strings.Contains(string(t), "{var:") {
		return t
	}
	service, port := c.leadsTo(loc)
	return intent.Template(strings.NewReplacer("{var:service_name}", string(intent.Literal(service)),
		"{var:service_port}", string(intent.Literal(port)), "{var:location_path}", string(intent.Literal(loc.path))).Replace(string(t)))
}
