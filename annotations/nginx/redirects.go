package nginx

import (
	"net/url"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// redirectConfig is the controller's redirect group: a temporal redirect beats a permanent
// one, and one member without content cancels all of them (measured).
type redirectConfig struct {
	url      string
	status   int
	relative bool
	www      bool
}

func readRedirect(vs values) redirectConfig {
	if vs.hollow("from-to-www-redirect") || vs.hollow("relative-redirects") || vs.hollow("temporal-redirect") {
		return redirectConfig{}
	}
	rc := redirectConfig{www: vs.flag("from-to-www-redirect", false), relative: vs.flag("relative-redirects", false)}
	if target := vs.str("temporal-redirect"); target != "" {
		if vs.hollow("temporal-redirect-code") || !isHTTP(target) {
			return redirectConfig{}
		}
		rc.url, rc.status = target, inRange(vs.number("temporal-redirect-code", 302), 300, 307, 302)
		return rc
	}
	if vs.hollow("permanent-redirect") || vs.hollow("permanent-redirect-code") {
		return redirectConfig{}
	}
	rc.url, rc.status = vs.str("permanent-redirect"), inRange(vs.number("permanent-redirect-code", 301), 300, 308, 301)
	return rc
}

// isHTTP is the check that the controller makes of temporal redirects only.
func isHTTP(target string) bool {
	u, err := url.Parse(target)
	return err == nil && strings.HasPrefix(u.Scheme, "http")
}

func inRange(n, low, high, def int) int {
	if n < low || n > high {
		return def
	}
	return n
}

// redirect is the Location that nginx's return directive makes of the URL: verbatim with
// a scheme or without a leading slash; a path is made absolute with the request's scheme
// and lower-case host, unless redirects are relative.
func (rc redirectConfig) redirect(relative bool) *intent.Redirect {
	r := &intent.Redirect{Status: rc.status}
	rest, found := "", false
	for _, scheme := range []string{"http", "https"} {
		if rest, found = strings.CutPrefix(rc.url, scheme+"://"); found {
			r.Scheme = scheme
			break
		}
	}
	switch {
	case found:
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		r.Host, r.Path = intent.Literal(rest[:end]), intent.Literal(rest[end:])
	case strings.HasPrefix(rc.url, "/") && !relative:
		r.Host, r.Path = "{lower-host}", intent.Literal(rc.url)
	default:
		r.Relative, r.Path = true, intent.Literal(rc.url)
	}
	return r
}

// appRoot is the target of app-root, or "" where the controller ignores it: it must be a
// request path, not an absolute URL.
func appRoot(target string) string {
	u, err := url.ParseRequestURI(target)
	if target == "" || err != nil || u.IsAbs() {
		return ""
	}
	return target
}

// variables turns nginx's $variables of a text into ours; a "$1" becomes a capture.
func variables(text string) intent.Template {
	names := map[string]string{
		"scheme": "{scheme}", "http_host": "{http-host}", "host": "{lower-host}",
		"request_uri": "{uri}", "uri": "{path}", "server_port": "{port}",
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(strings.ReplaceAll(before, "{", "{{"))
		if !found {
			return intent.Template(b.String())
		}
		end := 0
		for end < len(after) && isWord(after[end]) {
			end++
		}
		if end > 0 && after[0] >= '1' && after[0] <= '9' {
			end = 1 // a capture is one digit
		}
		name := after[:end]
		switch {
		case name == "":
			b.WriteByte('$')
		case names[name] != "":
			b.WriteString(names[name])
		case len(name) == 1 && name[0] >= '1' && name[0] <= '9':
			b.WriteString("{$" + name + "}")
		default:
			b.WriteString("{var:" + name + "}")
		}
		text = after[end:]
	}
}

func isWord(c byte) bool {
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}
