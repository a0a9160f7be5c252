package proxy

import (
	"net/http"
	"strings"
	"testing"
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
