package faults_test

import (
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

const (
	head  = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
)

// moods are what an upstream does wrong, with the answers of the two planes; "broken" is a
// response that is seen to end too early.
var moods = []struct {
	name         string
	mood         behaviour
	envoy, nginx string
}{
	{"closes", says("", false), "503", "502"},
	{"resets", resets(""), "503", "502"},
	{"resets within the head", resets("HTTP/1.1 200 OK\r\nContent-Le"), "503", "502"},
	{"garbage", says("\x16\x03\x01 what?\r\n\r\n", true), "502", "502"},
	{"a status that is none", says("HTTP/1.1 2oo OK\r\n\r\n", true), "502", "502"},
	{"two lengths", says("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", true), "502", "502"},
	{"an endless head", says("HTTP/1.1 200 OK\r\n"+strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 1000), true), "502", "502"},
	{"hangs", hangs(""), "504", "504"},
	{"hangs within the head", hangs("HTTP/1.1 200 OK\r\nContent-Le"), "504", "504"},
	{"resets within the body", resets(head + "half"), "broken", "broken"},
	{"closes within the body", says(head+"half", false), "broken", "broken"},
	{"closes within a chunk", says(chunk+"4\r\nha", false), "broken", "broken"},
	{"garbage for a chunk", says(chunk+"what?\r\n", true), "broken", "broken"},
	{"hangs within the body", hangs(head + "half"), "broken", "broken"},
}

func (e *edge) moody(m *moody, good string) {
	e.put("moody.yaml", new(objects).service("ns/moody", m.address).service("ns/good", good).
		ingress("ns/moody", "n.test", "/moody", "moody", "proxy-read-timeout: '1'", "proxy-next-upstream-tries: '1'").
		ingress("ns/good", "n.test", "/good", "good").
		proxy("ns/root", `
virtualhost: {fqdn: e.test}
routes:
- conditions: [{prefix: /moody}]
  services: [{name: moody, port: 80}]
  timeoutPolicy: {response: 500ms}
- services: [{name: good, port: 80}]`).String())
}

// TestMoodyUpstream: what an upstream does wrong is told to its own clients in the words of
// the plane, and a response that ended too early never looks whole. Routes beside it go on,
// and so does it when it is well again.
func TestMoodyUpstream(t *testing.T) {
	m := newMoody(t, well("moody"))
	e := newEdge(t, nil)
	e.moody(m, echo(t, "good"))
	e.until("http://e.test/good", "200 good /good")
	neighbours := e.visited(
		load{url: "http://e.test/good", begin: always("200 good /good")},
		load{url: "http://n.test/good", begin: always("200 good /good")},
	)
	for _, c := range moods {
		t.Run(c.name, func(t *testing.T) {
			m.mood.Store(c.mood)
			for url, want := range map[string]string{"http://e.test/moody": c.envoy, "http://n.test/moody": c.nginx} {
				v := e.visitor()
				for range 2 {
					a := v.get(url)
					if got := a.String(); got != want && !(want == "broken" && a.err != nil) {
						t.Errorf("%s: got %s (status %d), want %s", url, got, a.status, want)
					}
				}
				v.leave()
			}
			m.mood.Store(behaviour(well("moody")))
			e.until("http://e.test/moody", "200 moody /moody")
			e.until("http://n.test/moody", "200 moody /moody")
		})
	}
	neighbours.right()
}

// TestRetriesSave: of two endpoints one goes wrong in every way that a retry is allowed for,
// while the other is well. No request is lost but where it must not be repeated, and there
// none is repeated.
func TestRetriesSave(t *testing.T) {
	m := newMoody(t, well("good"))
	w := newMoody(t, well("good"))
	e := newEdge(t, map[string]string{"all.yaml": new(objects).service("ns/app", m.address, w.address, upstreamtest.Refusing(t)).
		ingress("ns/app", "n.test", "/", "app", "proxy-read-timeout: '1'", "proxy-next-upstream: 'error timeout invalid_header'", "proxy-next-upstream-tries: '3'").
		proxy("ns/root", `
virtualhost: {fqdn: e.test}
routes: [{services: [{name: app, port: 80}], retryPolicy: {count: 5, retryOn: [5xx], perTryTimeout: 200ms}}]`).String()})
	e.until("http://e.test/x", "200")
	for _, c := range moods[:8] {
		t.Run(c.name, func(t *testing.T) {
			m.mood.Store(c.mood)
			crowd := e.visited(
				load{url: "http://e.test/x", clients: 2, begin: always("200 good /x")},
				load{url: "http://n.test/x", clients: 2, begin: always("200 good /x")},
			)
			crowd.more()
			crowd.right()
			before := m.got.Load() + w.got.Load()
			v := e.visitor()
			for range 6 {
				if got := v.send("POST", "http://n.test/x", "").String(); got != "200 good /x" && got != c.nginx {
					t.Errorf("POST: got %s", got)
				}
			}
			v.leave()
			if n := m.got.Load() + w.got.Load() - before; n != 6 {
				t.Errorf("6 requests that must not be repeated came %d times", n)
			}
		})
	}
}
