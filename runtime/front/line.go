package front

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// requestLine reads "GET /path HTTP/1.1". There is one space at each place (RFC 9112,
// section 3).
func requestLine(r *http.Request, line string) error {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	if !httpguts.ValidHeaderFieldName(method) || target == "" || !h1.Visible(target) {
		return bad{http.StatusBadRequest, "the request line is malformed"}
	}
	if len(version) != 8 || !strings.HasPrefix(version, "HTTP/") || version[6] != '.' || !digit(version[5]) || !digit(version[7]) {
		return bad{http.StatusBadRequest, "the version in the request line is malformed"}
	}
	r.Method, r.RequestURI, r.Proto = method, target, version
	r.ProtoMajor, r.ProtoMinor = int(version[5]-'0'), int(version[7]-'0')
	var err error
	if r.URL, err = parseTarget(method, target); err != nil {
		return bad{http.StatusBadRequest, "the target of the request is malformed"}
	}
	return nil
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// parseTarget reads a target in one of its four forms (RFC 9112, section 3.2). Most are a
// path without escapes, for which there is a short way.
func parseTarget(method, target string) (*url.URL, error) {
	switch {
	case method == http.MethodConnect && target[0] != '/': // host and port
		u, err := url.ParseRequestURI("http://" + target)
		if err != nil {
			return nil, err
		}
		u.Scheme = ""
		return u, nil
	case target[0] != '/' || strings.IndexByte(target, '%') >= 0:
		return url.ParseRequestURI(target)
	}
	path, query, asked := strings.Cut(target, "?")
	return &url.URL{Path: path, RawQuery: query, ForceQuery: asked && query == ""}, nil
}

// refusal is the answer to a request that never got to the handler.
func refusal(status int, reason string) string {
	body := fmt.Sprintf("%d %s: %s\n", status, http.StatusText(status), reason)
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(body), body)
}
