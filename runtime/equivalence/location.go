package equivalence

import (
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
