package proxy

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestPhasesOfNginx: a body that is too long is refused before CORS is looked at; where nobody
// can be asked, that is said before the client's address counts; and a deny list that does
// not name a client is not enough for one check of several.
func TestPhasesOfNginx(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("app", echo("app"))
	l.serve(`
model
	host name=a.t
		route
			match path="segment /gone"
			policies
				access deny=0.0.0.0/0
			forward
				backend namespace=ns service=gone port=80 weight=1
		route
			match path="segment /denied"
			policies
				access deny=0.0.0.0/0
			forward
				backend namespace=ns service=app port=80 weight=1
		route
			match path="segment /any"
			policies satisfy-any
				access deny=10.0.0.0/8
				external-auth url=http://127.0.0.1:1/ method=GET
			forward
				backend namespace=ns service=app port=80 weight=1
		route
			match path="segment /cors"
			policies
				cors origin=* methods=GET
				limits body=3
			forward
				backend namespace=ns service=app port=80 weight=1
`)
	for path, want := range map[string]int{"/gone": 503, "/denied": 403, "/any": 500} {
		if status, _, _ := l.get("a.t" + path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	for body, want := range map[string]int{"abc": 200, "abcd": 413} {
		status, h, _ := l.do(http.MethodPut, "a.t/cors", strings.NewReader(body), "Origin: http://o.t")
		if marked := h.Get("Access-Control-Allow-Origin") != ""; status != want || marked != (want == 200) {
			t.Errorf("%s: %d, marked %v", body, status, marked)
		}
	}
}

// TestPhasesOfClosed: a route that is closed, since something that guards it is not honoured,
// answers behind the certificate of the client and the length of the body, which come before any
// location of nginx, and before a preflight: its page for errors is for those who get so far only.
func TestPhasesOfClosed(t *testing.T) {
	l := newTLSLab(t)
	l.upstream("pages", echo("pages"))
	host := &intent.Host{Name: "n.t", TLS: &intent.TLS{}, Routes: []intent.Route{{
		Match: intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		Policies: &intent.Policies{
			CORS: &intent.CORS{Origins: []string{"*"}, Methods: "GET"}, Limits: &intent.Limits{Body: 3},
			Errors: &intent.ErrorPages{Codes: []int{503}, Backend: &intent.Backend{Namespace: "ns", Service: "pages", Port: "80"}},
		},
		Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
		Opaque:  []intent.Opaque{{Key: "guard", Security: true}},
	}}}
	s := &Site{Host: host, Plane: intent.Decoded, TLS: &TLS{
		Certificates: []tls.Certificate{l.ca.leaf("n.t", "n.t")},
		Client:       &ClientCerts{Validation: &intent.ClientValidation{CASecret: "ns/ca"}, CAs: l.ca.pool},
	}}
	l.proxy.Apply(Change{Sites: map[string]*Site{"n.t": s}}) // it tells what is not honoured
	known := l.ca.leaf("known")
	if status, text := l.ask("n.t", "n.t", nil); status != 400 || strings.Contains(text, "pages") {
		t.Errorf("without a certificate: %d %s", status, text)
	}
	if status, text := l.ask("n.t", "n.t", &known); status != 200 || !strings.Contains(text, "X-Code: 503") {
		t.Errorf("with a certificate: %d %s", status, text)
	}
	s.TLS = nil
	l.proxy.Apply(Change{Sites: map[string]*Site{"n.t": s}})
	for body, want := range map[string]int{"abc": 200, "abcd": 413} {
		if status, _, text := l.do(http.MethodPut, "n.t/x", strings.NewReader(body)); status != want {
			t.Errorf("a body of %d: %d %s", len(body), status, text)
		}
	}
	if status, h, text := l.do(http.MethodOptions, "n.t/x", nil, "Origin: http://o.t"); status != 200 || h.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(text, "X-Code: 503") {
		t.Errorf("a preflight: %d %s", status, text)
	}
}
