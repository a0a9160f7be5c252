package proxy

import (
	"net/http"
	"strings"
	"testing"
)

// pages is a model whose one route has error pages and headers on its own answers.
const pages = `
model
	host name=a.t
		tls
			hsts max-age=9
		route
			match path="segment /own"
			policies
				access deny=0.0.0.0/0
				errors code=403 code=500 status=404 object=ns/i service=app port=80
					backend namespace=ns service=pages port=80 weight=1
			forward
				backend namespace=ns service=app port=80 weight=1
			response-header name=X-Frame-Options value=DENY
		route
			match path="segment /"
			policies
				errors code=403 code=500 status=404 object=ns/i service=app port=80
					backend namespace=ns service=pages port=80 weight=1
			forward
				backend namespace=ns service=app port=80 weight=1
				retry tries=2 on=error
			response-header name=X-Frame-Options value=DENY
`

// TestErrorPages: the error service gets the method, the query and the body, over HTTP/1.0,
// and learns of the client's address only; its answer has nothing of the route's headers.
// Recorded: routing #122, run50 d018.
func TestErrorPages(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("app", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Www-Authenticate", "Basic")
		w.WriteHeader(500)
	})
	l.upstream("pages", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Proto", r.Proto)
		w.Header().Set("Said", r.Header.Get("Connection"))
		echo("pages")(w, r)
	})
	l.serve(pages)
	for path, code := range map[string]string{"/own": "403", "/x": "500"} {
		status, h, body := l.do("POST", "a.t"+path+"?q=1", strings.NewReader("text"), "X-Real-Ip: 1.2.3.4", "X-Original-Uri: /spoof")
		for _, want := range []string{"POST /?q=1 a.t\n", "X-Code: " + code + "\n", "X-Original-Uri: " + path + "?q=1\n", "X-Forwarded-For: 127.0.0.1\n", "\n\ntext"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in\n%s", path, want, body)
			}
		}
		if strings.Contains(body, "X-Real-Ip") || status != 200 || h.Get("Proto") != "HTTP/1.0" || h.Get("Said") != "close" || h.Get("X-Frame-Options") != "" {
			t.Errorf("%s: %d %v\n%s", path, status, h, body)
		}
		if challenged := h.Get("Www-Authenticate") != ""; challenged != (code == "500") {
			t.Errorf("%s: challenged: %v", path, challenged)
		}
	}
}

// TestPrimary: without an endpoint of the primary nobody answers for the canary, and without
// one of the canary the primary does. Recorded: run44 c619.
func TestPrimary(t *testing.T) {
	l := newLab(t, Options{})
	l.serve(`
model
	host name=a.t
		route
			match path="segment /"
			forward
				backend namespace=ns service=canary port=80 weight=1
				primary namespace=ns service=app port=80 weight=1
`)
	got := func() string {
		status, h, _ := l.get("a.t/")
		return http.StatusText(status) + " " + h.Get("Echo")
	}
	for _, step := range []struct{ starts, want string }{
		{"", "Service Unavailable "}, {"app", "OK app"}, {"canary", "OK canary"},
	} {
		if step.starts != "" {
			l.upstream(step.starts, echo(step.starts))
		}
		if text := got(); text != step.want {
			t.Errorf("with %s: %q, want %q", step.starts, text, step.want)
		}
	}
	l = newLab(t, Options{})
	l.upstream("canary", echo("canary"))
	l.serve(`
model
	host name=a.t
		route
			match path="segment /"
			forward
				backend namespace=ns service=canary port=80 weight=1
				primary namespace=ns service=app port=80 weight=1
`)
	if text := got(); text != "Service Unavailable " {
		t.Errorf("with canary alone: %q", text)
	}
}

// TestAnswersHaveHeaders: those of the route stand on what the data plane answers itself.
func TestAnswersHaveHeaders(t *testing.T) {
	l := newLab(t, Options{})
	l.serve(`
model
	host name=a.t
		route
			match path="exact /"
			redirect status=302 host={http-host} path=/app
			response-header name=X-Frame-Options value=DENY
`)
	if status, h, _ := l.get("a.t/"); status != 302 || h.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%d %v", status, h)
	}
}
