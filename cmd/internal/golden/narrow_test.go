package golden

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestClosedRoutes: what is not served answers behind the length of a body, and before a
// preflight, with nothing of CORS.
func TestClosedRoutes(t *testing.T) {
	p := intent.Policies{CORS: &intent.CORS{Origins: []string{"*"}, Methods: "GET"}, Limits: &intent.Limits{Body: 4}}
	m := routed(intent.Decoded, p, nil)
	m.Hosts[0].Routes[0].Opaque = []intent.Opaque{{Key: "guard", Security: true}}
	s, err := newSide(lab(&service{name: "ns/a", replicas: 1}), m)
	if err != nil {
		t.Fatal(err)
	}
	check(t, s.predict(&Request{Host: "h.t", Path: "/", Body: "12345"}), "body too large status=413")
	check(t, s.predict(&Request{Host: "h.t", Path: "/", Method: "OPTIONS"}), "closed route status=503 header Access-Control-Allow-Origin=")
}

// TestOtherServers: nginx answers 421 where client certificates are checked and the handshake
// named another server that there is; a name that no server has is as none.
func TestOtherServers(t *testing.T) {
	m := routed(intent.Decoded, intent.Policies{}, nil)
	m.Hosts[0].Name, m.Hosts[0].TLS = "*.h.t", &intent.TLS{Client: &intent.ClientValidation{CASecret: "ns/ca", Optional: true}}
	m.Hosts = append(m.Hosts, intent.Host{Name: "o.t"})
	l := lab(&service{name: "ns/a", replicas: 1})
	l.pairs = map[string]tls.Certificate{"ns/ca": {Certificate: [][]byte{{1}}}}
	s, err := newSide(l, m)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a.h.t": "forwarded status=200", "A.h.t": "forwarded status=200", "unknown.t": "forwarded status=200",
		"b.h.t": "certificates of another server status=421", "o.t": "certificates of another server status=421",
	} {
		t.Run(name, func(t *testing.T) {
			check(t, s.predict(&Request{Host: "a.h.t:8443", SNI: name, TLS: true, Path: "/"}), want)
		})
	}
}

// both is an expectation between two models for one request, of which nothing was edited.
func both(t *testing.T, l *Lab, before, after func(*intent.Forward)) *expectation {
	t.Helper()
	c := &Converted{}
	var err error
	if c.before, err = newSide(l, routed(intent.Decoded, intent.Policies{}, before)); err != nil {
		t.Fatal(err)
	}
	if c.after, err = newSide(l, routed(intent.Normalized, intent.Policies{}, after)); err != nil {
		t.Fatal(err)
	}
	r := Request{Host: "h.t", Path: "/"}
	return &expectation{Converted: c, line: &Line{Request: r}, before: c.before.predict(&r), after: c.after.predict(&r)}
}

// TestElsewhere: where another path is found after, and another backend by it, its status and
// headers come along; those of the same backend do not.
func TestElsewhere(t *testing.T) {
	l := lab(&service{name: "ns/a", replicas: 1}, &service{name: "ns/b", replicas: 1, status: 404})
	for to, want := range map[string]bool{"a": false, "b": true} {
		x := both(t, l, nil, func(f *intent.Forward) { f.Backends[0].Service = to })
		for _, dim := range []string{"status", "header X-Custom"} {
			if got := x.names(intent.Edit{Dimension: intent.WholeAnswer}, Difference{Dimension: dim}); got != want {
				t.Errorf("%s by %s: named %v", dim, to, got)
			}
		}
		if x.names(intent.Edit{Dimension: intent.WholeAnswer}, Difference{Dimension: "certificate"}) {
			t.Errorf("the certificate by %s is named", to)
		}
	}
}

// TestReadOtherwise: redirects to the path that each data plane reads differ by how it reads it.
func TestReadOtherwise(t *testing.T) {
	for _, c := range []struct {
		path, got, want string
		row             string
	}{
		{"/x//y/../../x", "http://in.t/x/x", "http://in.t/x", "slashes-and-dots"},
		{"/x//y/../../x", "http://in.t/a/x/x", "http://in.t/a/x", "slashes-and-dots"},
		{"/x//y/../../x", "http://in.t/a/x/x", "http://in.t/b/x", ""},
		{"/x", "http://in.t/x/x", "http://in.t/x", ""},
	} {
		side := prediction{kind: redirected}
		x := &expectation{line: &Line{Request: Request{Path: c.path}}, before: side, after: side}
		if got := x.rowOfLocation(Difference{Dimension: "header Location", Got: c.got, Want: c.want}); got != c.row {
			t.Errorf("%s: %s for %s: %q, want %q", c.path, c.got, c.want, got, c.row)
		}
	}
}

// TestTries: a rare backend is waited for the longer the smaller its share is; where one answers
// only, once is enough.
func TestTries(t *testing.T) {
	l := lab(&service{name: "ns/a", replicas: 1}, &service{name: "ns/b", replicas: 1})
	canary := func(f *intent.Forward) {
		f.Backends[0].Weight = 98
		f.Backends = append(f.Backends, intent.Backend{Namespace: "ns", Service: "b", Port: "80", Weight: 2})
	}
	for name, want := range map[string][2]int{"ns/a": {0, 15}, "ns/b": {0, 701}} {
		for i, change := range []func(*intent.Forward){nil, canary} {
			x := both(t, l, change, change)
			x.Converted.read = x.Converted.before.table
			x.line.Observed = Answer{Status: 200, Headers: map[string][]Text{"X-Echo-Backend": {Text(name)}}}
			if got := x.Converted.Expect(x.line).Tries; got != want[i] {
				t.Errorf("%s, %d: %d tries, want %d", name, i, got, want[i])
			}
		}
	}
}

// TestHurried: where nobody waits, it is chance whether a backend is too slow.
func TestHurried(t *testing.T) {
	for ms, want := range map[int]string{0: "200", 1: "200 504", 60000: "200"} {
		s, err := newSide(lab(&service{name: "ns/a", replicas: 1}), routed(intent.Decoded, intent.Policies{}, func(f *intent.Forward) { f.Timeouts.Idle = ms }))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range s.predict(&Request{Host: "h.t", Path: "/"}).options {
			all = append(all, f["status"])
		}
		slices.Sort(all)
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%d ms: %s, want %s", ms, got, want)
		}
	}
}

// TestStandIns: what nginx does where the primary or the canary has no endpoint explains the
// answers that differ by that, and nothing of an answer that both give.
func TestStandIns(t *testing.T) {
	canary := func(f *intent.Forward) {
		primary := f.Backends[0]
		f.Primary = &primary
		f.Backends = append(f.Backends, intent.Backend{Namespace: "ns", Service: "b", Port: "80", Weight: 1})
	}
	for _, c := range []struct {
		name     string
		services []*service
		recorded string   // the backend that answered
		options  []string // that may answer after
		explains []bool   // by option: whether the row explains another status of it
	}{
		{"no endpoint of the primary", []*service{{name: "ns/a"}, {name: "ns/b", replicas: 1}}, "", []string{"", "ns/b"}, []bool{true, true}},
		{"no endpoint of the canary", []*service{{name: "ns/a", replicas: 1}, {name: "ns/b"}}, "ns/a", []string{"ns/a"}, []bool{false}},
		{"the canary's turn", []*service{{name: "ns/a", replicas: 1}, {name: "ns/b"}}, "ns/other", []string{"", "ns/a"}, []bool{true, false}},
		{"endpoints of both", []*service{{name: "ns/a", replicas: 1}, {name: "ns/b", replicas: 1}}, "ns/b", []string{"ns/b"}, []bool{false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := both(t, lab(c.services...), canary, canary)
			options := x.options(Facts{"header X-Echo-Backend": c.recorded})
			if c.recorded == "" {
				options = x.options(Facts{})
			}
			if !slices.Equal(options, c.options) {
				t.Fatalf("%q, want %q", options, c.options)
			}
			for i, name := range options {
				x.option = name
				row := x.row(Difference{Dimension: "status", Got: "200", Want: "201"})
				if (row == "canary-endpoints") != c.explains[i] {
					t.Errorf("%q: row %q", name, row)
				}
			}
		})
	}
}

// TestFailingBackends: other statuses for a backend that does not answer are explained, and none
// where it answers itself.
func TestFailingBackends(t *testing.T) {
	encrypted := func(f *intent.Forward) { f.Backends[0].Protocol = intent.HTTPS }
	for _, c := range []struct {
		name     string
		protocol string // of the echo server
		change   func(*intent.Forward)
		explains string // statuses before and after
	}{
		{"it answers", "", nil, "[]"},
		{"another protocol", "", encrypted, "[502 503]"},
		{"it does not read the request", "https", nil, "[502 503 502 400 400 503]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := both(t, lab(&service{name: "ns/a", replicas: 1, protocol: c.protocol}), c.change, c.change)
			explained := []string{}
			for _, pair := range [][2]string{{"502", "503"}, {"502", "400"}, {"400", "503"}, {"400", "502"}, {"200", "503"}, {"502", "200"}, {"400", "200"}} {
				if x.row(Difference{Dimension: "status", Want: pair[0], Got: pair[1]}) == "upstream-failures" {
					explained = append(explained, pair[0], pair[1])
				}
			}
			if got := fmt.Sprint(explained); got != c.explains {
				t.Errorf("%s, want %s", got, c.explains)
			}
			broken := unsaid(&x.before, Difference{Dimension: "status", Want: "400", Got: "502"}) != ""
			other := unsaid(&x.before, Difference{Dimension: "status", Want: "400", Got: "200"})
			if broken != (c.protocol == "https") || other != "" {
				t.Errorf("foretold: %v, %q", broken, other)
			}
		})
	}
}
