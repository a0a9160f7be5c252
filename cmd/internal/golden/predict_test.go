package golden

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// lab is one with Services that nobody listens for: predictions need none.
func lab(services ...*service) *Lab {
	l := &Lab{services: map[string]*service{}}
	for _, s := range services {
		s.lab, l.services[s.name] = l, s
	}
	return l
}

// routed is a model with one route for all paths of h.t, to the Service ns/a.
func routed(paths intent.PathForm, p intent.Policies, change func(*intent.Forward)) intent.Model {
	f := &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "a", Port: "80", Weight: 1}}}
	if change != nil {
		change(f)
	}
	return intent.Model{Paths: paths, Hosts: []intent.Host{{Name: "h.t", Routes: []intent.Route{
		{Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}}, Policies: &p, Forward: f},
	}}}}
}

// TestPredictions: what stands in a model is what is predicted, by the rules of its data plane.
func TestPredictions(t *testing.T) {
	listed := intent.Policies{Access: &intent.Access{Allow: []string{"10.0.0.0/8"}, Deny: []string{"10.9.9.9"}}}
	cors := intent.Policies{CORS: &intent.CORS{Origins: []string{"http://o.t"}, Methods: "GET", Headers: "X-A", MaxAge: 10, Credentials: true}}
	below := intent.Policies{CORS: &intent.CORS{Origins: []string{"*"}, Methods: "GET", MaxAge: -1}}
	asking := Request{Method: "OPTIONS", Headers: map[string]Text{"Origin": "http://o.t", "Access-Control-Request-Method": "GET"}}
	local := intent.Policies{Local: &intent.LocalLimit{Requests: 1, Seconds: 3600, Burst: 1}}
	zone := intent.Policies{Limits: &intent.Limits{PerMinute: 1, BurstMinute: 1, Body: 4}}
	affinity := func(f *intent.Forward) {
		f.Affinity = &intent.Affinity{Cookie: "X-Contour-Session-Affinity", Path: "/"}
	}
	second := func(f *intent.Forward) { f.Websocket, f.Backends[0].Protocol = true, intent.H2C }
	asksUpgrade := Request{Headers: map[string]Text{"Upgrade": "websocket", "Connection": "Upgrade"}}
	for _, c := range []struct {
		name     string
		plane    intent.PathForm
		policies intent.Policies
		forward  func(*intent.Forward)
		requests []Request
		want     string // of the last request: the kind, and some facts
	}{
		{"a listed client", intent.Normalized, listed, nil, []Request{{SrcIP: "10.1.1.1"}}, "forwarded status=200 backend=ns/a"},
		{"a client that is not listed", intent.Normalized, listed, nil, []Request{{SrcIP: "11.1.1.1"}}, "access status=403"},
		{"a denied client", intent.Decoded, listed, nil, []Request{{SrcIP: "10.9.9.9"}}, "access status=403"},
		{"a preflight of nginx", intent.Decoded, cors, nil, []Request{{Method: "OPTIONS", Headers: map[string]Text{"Origin": "http://o.t"}}},
			"preflight status=204 header Access-Control-Max-Age=10 header Access-Control-Allow-Origin=http://o.t"},
		{"a time below 0 of nginx", intent.Decoded, below, nil, []Request{{Method: "OPTIONS"}}, "preflight status=204 header Access-Control-Max-Age=-1"},
		{"a time below 0 of Envoy", intent.Normalized, below, nil, []Request{asking}, "preflight status=200 header Access-Control-Max-Age=0"},
		{"a preflight of Envoy", intent.Normalized, cors, nil, []Request{asking}, "preflight status=200 header Access-Control-Allow-Headers=X-A header Access-Control-Allow-Credentials=true"},
		{"no preflight of Envoy", intent.Normalized, cors, nil, []Request{{Method: "OPTIONS", Headers: map[string]Text{"Origin": "http://o.t"}}},
			"forwarded status=200 header Access-Control-Allow-Origin=http://o.t header Access-Control-Allow-Headers="},
		{"another origin", intent.Normalized, cors, nil, []Request{{Headers: map[string]Text{"Origin": "http://other.t"}}}, "forwarded header Access-Control-Allow-Origin="},
		{"within a local limit", intent.Normalized, local, nil, []Request{{}, {}}, "forwarded status=200"},
		{"beyond a local limit", intent.Normalized, local, nil, []Request{{}, {}, {}}, "limit status=429"},
		{"beyond a limit of nginx", intent.Decoded, zone, nil, []Request{{}, {}, {}}, "limit status=503"},
		{"another client's limit", intent.Decoded, zone, nil, []Request{{}, {}, {SrcIP: "10.9.9.8"}}, "forwarded status=200"},
		{"a long body", intent.Decoded, zone, nil, []Request{{Body: "12345"}}, "body too large status=413"},
		{"a new client of a session", intent.Normalized, intent.Policies{}, affinity, []Request{{}}, "forwarded header Set-Cookie=X-Contour-Session-Affinity=KEY; Path=/; HttpOnly"},
		{"a known client of a session", intent.Normalized, intent.Policies{}, affinity, []Request{{Headers: map[string]Text{"Cookie": "X-Contour-Session-Affinity=k"}}}, "forwarded header Set-Cookie="},
		{"headers", intent.Normalized, intent.Policies{}, func(f *intent.Forward) {
			f.Request = []intent.HeaderChange{{Name: "X-New", Value: "n"}, {Name: "X-Gone", Remove: true}}
			f.Response = []intent.HeaderChange{{Name: "X-Custom", Value: "v"}}
		}, []Request{{Headers: map[string]Text{"X-Gone": "1", "X-Forwarded-For": "9.9.9.9"}}},
			"forwarded backend header X-New=n backend header X-Gone= header X-Custom=v backend header X-Forwarded-For=9.9.9.9,127.0.0.1"},
		{"headers of nginx", intent.Decoded, intent.Policies{}, func(f *intent.Forward) {
			f.Backends[0].Response = []intent.HeaderChange{{Name: "X-Custom", Value: "a", Add: true, On: intent.Success}, {Name: "X-Two", Value: "b", On: "404"}, {Name: "X-Echo-Backend"}}
		}, []Request{{Headers: map[string]Text{"X-Echo-Set": "X-Custom: s"}}}, "forwarded header X-Custom=s\na header X-Two= header X-Echo-Backend="},
		{"headers of an error", intent.Decoded, intent.Policies{}, func(f *intent.Forward) {
			f.Backends[0].Response = []intent.HeaderChange{{Name: "X-Custom", Value: "a", Add: true, On: intent.Success}, {Name: "X-Two", Value: "b", On: "404"}}
		}, []Request{{Path: "/?echo-status=404"}}, "forwarded header X-Custom= header X-Two=b"},
		{"nginx says who asks", intent.Decoded, intent.Policies{}, nil, []Request{{Headers: map[string]Text{"X-Forwarded-For": "9.9.9.9", "X_u": "1"}}},
			"forwarded backend header X-Forwarded-For=127.0.0.1 backend header X-Original-Forwarded-For=9.9.9.9 backend header X_u="},
		{"too slow", intent.Normalized, intent.Policies{}, func(f *intent.Forward) { f.Timeouts.Idle = 1000 }, []Request{{Path: "/?echo-sleep=2s"}}, "forwarded status=504 backend="},
		{"an unknown host", intent.Normalized, intent.Policies{}, nil, []Request{{Host: "other.t"}}, "no route status=404"},
		{"https without a certificate", intent.Normalized, intent.Policies{}, nil, []Request{{TLS: true}}, "no answer answer=none"},
		{"no endpoint", intent.Decoded, intent.Policies{}, func(f *intent.Forward) { f.Backends[0].Service = "missing" }, []Request{{}}, "no endpoint status=503"},
		{"the wrong protocol", intent.Normalized, intent.Policies{}, func(f *intent.Forward) { f.Backends[0].Protocol = intent.HTTPS }, []Request{{}}, "forwarded status=503"},
		{"no common protocol in nginx", intent.Decoded, intent.Policies{}, func(f *intent.Forward) { f.Backends[0].Protocol, f.Backends[0].Service = intent.H2, "s" }, []Request{{}}, "forwarded status=502 backend="},
		{"no common protocol in Envoy", intent.Normalized, intent.Policies{}, func(f *intent.Forward) { f.Backends[0].Protocol, f.Backends[0].Service = intent.H2, "s" }, []Request{{}}, "forwarded status=503 backend="},
		{"an upgrade of HTTP/2 in nginx", intent.Decoded, intent.Policies{}, second, []Request{asksUpgrade}, "forwarded status=502 backend="},
		{"an upgrade of HTTP/2 in nginx, of net/http", intent.Decoded, intent.Policies{}, func(f *intent.Forward) {
			second(f)
			f.Backends[0].Service = "g"
		}, []Request{asksUpgrade}, "forwarded status=400 backend="},
		{"an upgrade of HTTP/2 in Envoy", intent.Normalized, intent.Policies{}, second, []Request{asksUpgrade}, "forwarded status=502 backend="},
		{"what a backend can not read, of a session", intent.Normalized, intent.Policies{}, func(f *intent.Forward) {
			affinity(f)
			f.Backends[0].Service = "s"
		}, []Request{{}}, "forwarded header Set-Cookie=X-Contour-Session-Affinity=KEY; Path=/; HttpOnly"},
		{"tokens that come back in parts", intent.Decoded, intent.Policies{Limits: &intent.Limits{PerSecond: 2, Burst: 5, Status: 429}}, nil, slices.Repeat([]Request{{}}, 101), "forwarded status=200"},
		{"no upgrade where the route says Connection", intent.Decoded, intent.Policies{}, func(f *intent.Forward) { f.Connection = "close" }, []Request{asksUpgrade}, "forwarded status=200 backend=ns/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lab(&service{name: "ns/a", replicas: 1}, &service{name: "ns/s", replicas: 1, protocol: "https"}, &service{name: "ns/g", replicas: 1, protocol: "grpc"})
			l.clock.used = true
			s, err := newSide(l, routed(c.plane, c.policies, c.forward))
			if err != nil {
				t.Fatal(err)
			}
			var p prediction
			for _, r := range c.requests {
				if r.Host == "" {
					r.Host = "h.t"
				}
				if r.Path == "" {
					r.Path = "/"
				}
				p = s.predict(&r)
				l.clock.tick()
			}
			check(t, p, c.want)
		})
	}
}

// TestStuckUpgrades: to an upgrade that its route does not take Envoy answers 403, with the headers
// of a route that forwards, and without those of CORS (fixtures/judge/odd.txtar).
func TestStuckUpgrades(t *testing.T) {
	m := routed(intent.Normalized, intent.Policies{CORS: &intent.CORS{Origins: []string{"*"}}}, nil)
	m.Hosts[0].Routes[0].Response = []intent.HeaderChange{{Name: "X-Custom", Value: "v"}}
	for want, change := range map[string]func(*intent.Route){
		"upgrade of what is not forwarded status=403 header X-Custom=v header Access-Control-Allow-Origin=": func(*intent.Route) {},
		"upgrade of what is not forwarded status=403 header X-Custom=":                                      func(r *intent.Route) { r.HTTPS = &intent.HTTPSRedirect{Status: 301} },
		"forwarded status=200 header X-Custom=v":                                                            func(r *intent.Route) { r.Forward.Websocket = true },
	} {
		one := m
		one.Hosts = slices.Clone(m.Hosts)
		one.Hosts[0].Routes = slices.Clone(m.Hosts[0].Routes)
		r := &one.Hosts[0].Routes[0]
		f := *r.Forward
		r.Forward = &f
		change(r)
		s, err := newSide(lab(&service{name: "ns/a", replicas: 1}), one)
		if err != nil {
			t.Fatal(err)
		}
		check(t, s.predict(&Request{Host: "h.t", Path: "/", Headers: map[string]Text{"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "http://o.t"}}), want)
	}
}

// check holds a prediction against its kind and facts in words; a fact without a value is not
// there.
func check(t *testing.T, p prediction, want string) {
	t.Helper()
	rest, ok := strings.CutPrefix(want, p.kind+" ")
	if !ok || len(p.options) != 1 {
		t.Fatalf("%s, %v, want %s", p.kind, p.options, want)
	}
	for _, f := range p.options {
		for _, dim := range dimensions(rest) {
			name, value, _ := strings.Cut(dim, "=")
			if f[name] != value {
				t.Errorf("%s: %q, want %q in\n%v", name, f[name], value, f)
			}
		}
	}
}

// dimensions cuts "a=1 b c=2" into "a=1" and "b c=2".
func dimensions(text string) (all []string) {
	var one []string
	for word := range strings.SplitSeq(text, " ") {
		one = append(one, word)
		if strings.Contains(word, "=") && !strings.HasSuffix(word, ";") {
			all, one = append(all, strings.Join(one, " ")), nil
		}
	}
	if len(all) > 0 && len(one) > 0 {
		all[len(all)-1] += " " + strings.Join(one, " ")
	}
	return all
}

// TestShares: weights are shares, and a Service without endpoints keeps its own in Envoy.
func TestShares(t *testing.T) {
	two := func(f *intent.Forward) {
		f.Backends[0].Weight = 3
		f.Backends = append(f.Backends, intent.Backend{Namespace: "ns", Service: "b", Port: "80", Weight: 1})
	}
	s, err := newSide(lab(&service{name: "ns/a", replicas: 1}, &service{name: "ns/b"}), routed(intent.Normalized, intent.Policies{}, two))
	if err != nil {
		t.Fatal(err)
	}
	p := s.predict(&Request{Host: "h.t", Path: "/"})
	if got, want := fmt.Sprint(p.shares), "map[:0.25 ns/a:0.75]"; got != want || p.options[""]["status"] != "503" {
		t.Errorf("%s, %v, want %s", got, p.options, want)
	}
}
