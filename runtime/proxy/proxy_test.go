package proxy

import (
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// simple is a model with one host and one prefix.
func simple(plane intent.PathForm) string {
	return intent.Model{Paths: plane, Hosts: []intent.Host{{Name: "a.t", Routes: []intent.Route{{
		Match:   intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/app"}},
		Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
	}}}}}.String()
}

func TestForward(t *testing.T) {
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		l := newLab(t, Options{})
		l.upstream("s", echo("s"))
		l.serve(simple(plane))
		status, h, body := l.do("POST", "a.t/app/x?q=1", strings.NewReader("hello"), "X-Own: 1", "Connection: X-Hop", "X-Hop: 1")
		t.Log(status, h, body)
		if status != 200 || h.Get("Echo") != "s" {
			t.Errorf("status %d, from %q", status, h.Get("Echo"))
		}
		if status, _, _ := l.get("a.t/other"); status != 404 {
			t.Errorf("no route: %d", status)
		}
		if status, _, _ := l.get("b.t/app"); status != 404 {
			t.Errorf("no host: %d", status)
		}
	}
}
