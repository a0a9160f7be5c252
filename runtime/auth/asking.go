package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// asking makes the question to the service out of a request.
type asking struct {
	url      intent.Template
	method   string
	redirect intent.Template
	changes  []intent.HeaderChange
}

// errURL says no more, since a URL may hold what a client sent, or a password.
var errURL = errors.New("the URL of the service is none for this request")

func newAsking(e *intent.ExternalAuth) (*asking, error) {
	a := &asking{url: intent.Template(e.URL), method: e.Method, redirect: intent.Template(e.Redirect), changes: e.Ask}
	if a.method == "" {
		a.method = http.MethodGet
	}
	if _, err := a.parse(a.url.Expand(func(string) string { return "http" })); err != nil {
		return nil, fmt.Errorf("URL of the authentication service: %w; write an absolute one with http or https", err)
	}
	return a, nil
}

// target reads a URL of the service for one request. It has to be of visible ASCII, since it
// goes over the wire as it is.
func (a *asking) target(text string) (*url.URL, error) {
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f {
			return nil, errURL
		}
	}
	return a.parse(text)
}

// parse reads an absolute URL with http or https.
func (a *asking) parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, errURL
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// request is the question about r, without a body. With kept, the answer may be given to
// other requests, too, so conditions on it and ranges are left out.
func (a *asking) request(ctx context.Context, r *http.Request, q Question, kept bool) (*http.Request, error) {
	u, err := a.target(a.url.Expand(q.lookup))
	if err != nil {
		return nil, err
	}
	ask := &http.Request{Method: a.method, URL: u, Host: hostname(u), Header: passed(r.Header, kept), ProtoMajor: 1, ProtoMinor: 1}
	h := ask.Header
	h.Set("X-Original-URL", q.Scheme+"://"+q.Host+q.URI)
	h.Set("X-Original-Method", r.Method)
	h.Set("X-Sent-From", "nginx-ingress-controller")
	set(h, "X-Request-ID", q.RequestID)
	set(h, "X-Real-IP", q.Client)
	set(h, "X-Forwarded-For", q.Client)
	h.Set("X-Auth-Request-Redirect", q.URI)
	if a.redirect != "" {
		set(h, "X-Auth-Request-Redirect", a.redirect.Expand(q.lookup))
	}
	for _, c := range a.changes {
		switch {
		case c.HTTPSOnly && q.access() != "https":
		case c.Remove:
			h.Del(c.Name)
		default:
			set(h, c.Name, c.Value.Expand(q.lookup))
		}
	}
	EditRequest(h, q.Ask)
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = []string{""} // net/http would write its own name
	}
	return ask.WithContext(ctx), nil
}

// hostname is the Host of the question: the URL's without its port, as ingress-nginx sets it.
func hostname(u *url.URL) string {
	name := u.Hostname()
	if ip := net.ParseIP(name); ip != nil && strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// set writes a header, or takes it away where nginx would: when its value is empty.
func set(h http.Header, name, value string) {
	if value == "" {
		h.Del(name)
		return
	}
	h.Set(name, value)
}

// passed are the client's headers that go along: all but those of its connection, of its
// body's length, and Proxy, which some servers take for a variable of theirs.
func passed(from http.Header, kept bool) http.Header {
	to := make(http.Header, len(from)+8)
	for name, values := range from {
		if !along(name, kept) {
			continue
		}
		to[name] = append([]string(nil), values...)
	}
	return to
}

func along(name string, kept bool) bool {
	switch name {
	case "Expect", "Proxy", "X-Forwarded-Proto":
		return false
	case "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range":
		return !kept
	}
	return !Framing(name)
}
