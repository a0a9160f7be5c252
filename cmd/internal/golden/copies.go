package golden

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// copyOf is what the second place of a route sees of a request, with the name of its Service;
// nil: there is none that listens. asked are the headers that the backend gets.
func (q *question) copyOf(m *intent.Mirror, asked http.Header) (name string, seen Facts) {
	if m.Backend == nil {
		return q.copyToURL(m)
	}
	to := q.endpoint(*m.Backend)
	if to == nil {
		return "", nil
	}
	host := q.d.UpstreamHost + "-shadow"
	if h, port, err := net.SplitHostPort(q.d.UpstreamHost); err == nil {
		host = net.JoinHostPort(h+"-shadow", port)
	}
	return to.name, q.copied(to, &Seen{Host: host, Path: Text(q.d.UpstreamURI), Proto: "HTTP/1.1"}, asked.Clone(), m.Body)
}

// copyToURL is nginx's copy: with the headers as they came, over HTTP/1.0 (spec item 59).
func (q *question) copyToURL(m *intent.Mirror) (string, Facts) {
	target := m.Target
	expand := func(t string) string {
		return intent.Template(t).Expand(func(name string) string {
			_, query, asked := strings.Cut(q.r.Path, "?")
			switch {
			case name == "uri":
				return q.r.Path
			case name == "?query" && asked && query != "":
				return "?" + query
			case name == "host", name == "lower-host":
				return hostOf(q.r.Host)
			}
			v, _ := q.variable(name)
			return v
		})
	}
	target = expand(target)
	u, err := url.Parse(target)
	if err != nil {
		return "", nil
	}
	path := "/" // as it stands there, not encoded once more
	if _, rest, _ := strings.Cut(target, "://"); strings.Contains(rest, "/") {
		path = rest[strings.Index(rest, "/"):]
	}
	for _, s := range q.lab.services {
		if s.ip != "" && s.ip == u.Hostname() {
			h := q.header.Clone()
			for _, name := range append(append([]string{}, hopByHop...), ofClientCert...) {
				h.Del(name)
			}
			q.readable(h)
			h.Set("Connection", "close")
			host := u.Host
			if m.Host != "" {
				host = expand(m.Host)
			}
			return s.name, q.copied(s, &Seen{Pod: "clusterip", Host: host, Path: Text(path), Proto: "HTTP/1.0"}, h, m.Body)
		}
	}
	return "", nil
}

// copied are the facts of a copy.
func (q *question) copied(to *service, s *Seen, h http.Header, body bool) Facts {
	s.Backend, s.Method, s.Headers = to.name, q.r.method(), map[string][]Text{}
	if body {
		s.Body = q.r.Body[:min(len(q.r.Body), 4096)]
	}
	for name, values := range h {
		for _, v := range values {
			s.Headers[name] = append(s.Headers[name], Text(v))
		}
	}
	f := Facts{}
	f.saw("also seen", s)
	return f
}
