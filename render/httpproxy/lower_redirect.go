package httpproxy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// redirectStatuses are those that requestRedirectPolicy takes.
var redirectStatuses = []int{301, 302, 303, 307, 308}

// hostName is what requestRedirectPolicy takes as a hostname (API validation).
var hostName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// redirect lowers a redirect: HTTPProxy changes scheme, host, port and path of the
// request's own URL, and keeps the query unless the path brings one.
func (l *lowering) redirect(o *owned, r intent.Route) {
	red := *r.Redirect
	r.Redirect = &red
	if !slices.Contains(redirectStatuses, red.Status) {
		l.edit(o, intent.StatusCode, intent.Always, ledger.Approximated, strconv.Itoa(red.Status), "302",
			"a redirect has one of the statuses 301, 302, 303, 307, 308")
		red.Status = 302
	}
	s, why := shape{}, l.location(o, &red, r.Match.Path)
	if why == "" && red.From != "" {
		s, why = redirectShape(red)
	}
	behind := l.behind(o, s)
	switch {
	case why != "":
		l.block(o, "the redirect has no HTTPProxy form: "+why)
	case behind != "":
		l.block(o, behind)
	case red.From != "":
		red.From = ""
		l.pieces(o, r, s)
	default:
		l.place(o, r)
	}
}

// redirectShape finds the prefix replacements for a redirect to a part of the path.
func redirectShape(red intent.Redirect) (shape, string) {
	to, ok := red.Captured()
	s, known := shapeOf(&to)
	if !ok || !known {
		return s, fmt.Sprintf("it replaces more of the path than a prefix (%s -> %s)", red.From, to.To)
	}
	return s, ""
}

// to is the path of a redirect that a piece stands for: behind a prefix the rest is kept.
func (p piece) to() intent.Template {
	switch {
	case p.rewrite == nil:
		return "{uri}"
	case p.path.Kind == intent.ExactPath:
		return intent.Literal(p.rewrite.To) + "{?query}"
	}
	return intent.Literal(p.rewrite.To) + intent.Template(fmt.Sprintf("{rest:%d}{?query}", len(p.rewrite.From)))
}

// location brings the Location into a form that requestRedirectPolicy can say, or says
// why it cannot.
func (l *lowering) location(o *owned, red *intent.Redirect, path intent.Path) string {
	if red.Relative {
		if !strings.HasPrefix(string(red.Path), "/") {
			return "its Location " + string(red.Path) + " is neither a URL nor a path"
		}
		l.edit(o, intent.Location, intent.Always, ledger.Approximated, string(red.Path), "scheme://host"+string(red.Path), "Envoy redirects to a whole URL, with the scheme and the host of the request, and nginx to the path alone")
		red.Relative = false
	}
	switch red.Host {
	case "", "{lower-host}", "{http-host}":
		red.Host = "" // the request's own
	default:
		host, constant := red.Host.Constant()
		if !constant {
			return "its host holds a variable: " + string(red.Host)
		}
		name, port, _ := strings.Cut(host, ":")
		if !hostName.MatchString(name) {
			return "its host " + host + " is no lower-case host name"
		}
		if port != "" {
			red.Host, red.Port = intent.Template(name), intent.Template(port)
		}
	}
	if red.Port == "{port}" {
		red.Port = "" // the default port of the scheme, which a URL need not name
	} else if _, err := strconv.ParseUint(string(red.Port), 10, 16); red.Port != "" && err != nil {
		return "its port " + string(red.Port) + " is no number"
	}
	if swapsPrefix(red.Path, path) {
		return ""
	}
	return l.redirectPath(o, red)
}

// swapsPrefix says whether a redirect keeps what stands behind the prefix that a route asks
// for, and the query.
func swapsPrefix(to intent.Template, path intent.Path) bool {
	start, ok := strings.CutSuffix(string(to), restOf(path))
	text, constant := intent.Template(start).Constant()
	return ok && constant && path.Kind == intent.StringPrefix && strings.HasPrefix(text, "/") && !strings.Contains(text, "?")
}

// restOf is what stands behind a prefix, with the query.
func restOf(path intent.Path) string { return fmt.Sprintf("{rest:%d}{?query}", len(path.Value)) }

func (l *lowering) redirectPath(o *owned, red *intent.Redirect) string {
	switch {
	case red.From != "":
		return "" // the pieces say it
	case red.Path == "{uri}" || red.Path == "{uri-}":
		red.Path = "{uri}"
		return ""
	case red.Path == "":
		red.Path = "/"
	}
	bare, keepsQuery := strings.CutSuffix(string(red.Path), "{?query}")
	path, constant := intent.Template(bare).Constant()
	if !constant {
		return "its path holds a variable: " + bare
	}
	if strings.HasPrefix(path, "?") {
		path = "/" + path
	}
	if !strings.HasPrefix(path, "/") {
		return "its path " + path + " does not begin with a slash"
	}
	if !keepsQuery && !strings.Contains(path, "?") {
		l.edit(o, intent.Location, intent.HasQuery, ledger.Approximated, "query dropped", "query kept", "Envoy keeps the query of the request in a redirect, and nginx drops it")
		keepsQuery = true
	}
	red.Path = intent.Literal(path)
	if keepsQuery {
		red.Path += "{?query}"
	}
	return ""
}
