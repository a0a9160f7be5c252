package equivalence

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// locationOf is the Location of a route as a function of the request: a text in which "<p>"
// stands for the path, "<q>" for the query and "<h>" for the host as the client wrote it.
// What the platform profile leaves out of URLs (redirect-host, default-port,
// trailing-slash) is left out here, unless it has to be exact.
func locationOf(r *intent.Route, secure, query, exact bool) string {
	q := ""
	if query {
		q = "<q>"
	}
	if r.HTTPS != nil && !secure {
		end := q
		if r.HTTPS.TrimSlash && exact {
			end += "<trimmed>"
		}
		return normalURL("https://<h>" + colon(r.HTTPS.Port) + "<p>" + end)
	}
	if r.Redirect == nil {
		return ""
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	lookup := func(name string) string {
		switch name {
		case "scheme":
			return scheme
		case "host", "lower-host", "http-host":
			if exact {
				return "<" + name + ">"
			}
			return "<h>"
		case "port":
			return ""
		case "uri-":
			if exact {
				return "<p>" + q + "<trimmed>"
			}
			return "<p>" + q
		case "uri":
			return "<p>" + q
		case "path":
			return "<decoded>"
		case "?query":
			return q
		}
		return "<" + name + ">"
	}
	red := r.Redirect
	path := red.Path.Expand(lookup)
	own := red.Scheme == "" && red.Host == "" && red.Port == ""
	if red.Relative || own && !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "<p>") {
		return normalURL(path)
	}
	if red.Scheme != "" {
		scheme = red.Scheme
	}
	host := "<h>"
	if red.Host != "" {
		host = red.Host.Expand(lookup)
	}
	return normalURL(scheme + "://" + host + colon(red.Port.Expand(lookup)) + path)
}

// rewriteOf is what a route does to the path; nil where nothing of it goes on, or all.
func rewriteOf(r *intent.Route) *intent.Rewrite {
	switch {
	case r.Forward != nil:
		return r.Forward.Rewrite
	case r.Redirect == nil:
		return nil
	case r.Redirect.From != "":
		rw, ok := r.Redirect.Captured()
		if !ok {
			return nil // its text tells
		}
		return &rw
	}
	text, rest, ok := strings.Cut(strings.TrimSuffix(string(r.Redirect.Path), "{?query}"), "{rest:")
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "}"))
	if !ok || err != nil || n != len(r.Match.Path.Value) || strings.Contains(text, "{") {
		return nil
	}
	return &intent.Rewrite{Kind: intent.SwapPrefix, From: r.Match.Path.Value, To: text}
}

// settled is a redirect with what a case fixes of its path as text: the first bytes of all
// paths, or the whole. Where that is not followed it is the redirect itself.
func (c *comparison) settled(r *sideRoute) *intent.Route {
	f, ok := r.rewrite.of(c.end)
	if r.Redirect == nil || !ok || r.rewrite == nil && r.Redirect.Path != "{uri}" {
		return r.Route
	}
	fixed, whole := c.fixed(c.end)
	if whole {
		fixed = len(c.end.Text)
	}
	at := max(f.drop, min(fixed, len(c.end.Text)))
	path := intent.Literal(f.text)
	switch {
	case f.constant:
	case whole:
		path = intent.Literal(f.apply(c.end.Text))
	default:
		if f.drop < at {
			path += intent.Literal(c.end.Text[f.drop:at])
		}
		path += intent.Template(fmt.Sprintf("{rest:%d}", at))
	}
	out, red := *r.Route, *r.Redirect
	red.Path, red.From, out.Redirect = path+"{?query}", "", &red
	return &out
}

func colon(port string) string {
	if port == "" {
		return ""
	}
	return ":" + port
}

// normalURL drops the scheme's default port, and writes an empty path as "/" (RFC 3986,
// section 6.2.3). What is no URL stays.
func normalURL(url string) string {
	for _, p := range []struct{ scheme, port string }{{"http://", ":80"}, {"https://", ":443"}} {
		rest, ok := strings.CutPrefix(url, p.scheme)
		if !ok {
			continue
		}
		end := strings.IndexAny(rest, "/?")
		if at := strings.Index(rest, "<p>"); at >= 0 && (end < 0 || at < end) {
			end = at
		}
		if end < 0 {
			end = len(rest)
		}
		host, path := strings.TrimSuffix(rest[:end], p.port), rest[end:]
		if path == "" || path[0] == '?' {
			path = "/" + path
		}
		return p.scheme + host + path
	}
	return url
}
