package proxy

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// TestMirrorWithoutHost: a copy that can't be sent costs no answer.
func TestMirrorWithoutHost(t *testing.T) {
	for target, broken := range map[string]bool{
		"{scheme}://m.t/": true, "http://{lower-host}/x": true, "http://m{var:http_x}.t/": true, "ftp://m.t/": true, "http://user@m.t/": true,
		"http://:80/": true, "http://m.t{lower-host}/": true, "/path": true, "": true,
		"http://m.t": false, "http://m.t{uri}": false, "https://m.t:8443/x{?query}": false, "http://[::1]/": false, "http://m.t?a=b": false,
	} {
		l := newLab(t, Options{})
		l.upstream("s", echo("s"))
		problems := l.apply(with(intent.Decoded, func(r *intent.Route) { r.Forward.Mirror = &intent.Mirror{Target: target} }))
		if told(problems, "not copied") != broken || len(problems) > 1 {
			t.Errorf("%q: told %v", target, problems)
		}
		if status, _, _ := l.get("a.t/"); status != 200 {
			t.Errorf("%q: the request gets %d", target, status)
		}
	}
}

// TestMirrorHost: the Host of a copy may hold variables; the target is a set of its own,
// which goes with the route.
func TestMirrorHost(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	copies := make(chan *http.Request, 1)
	second := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { copies <- r }))
	t.Cleanup(second.Close)
	l.serve(with(intent.Decoded, func(r *intent.Route) {
		r.Forward.Mirror = &intent.Mirror{Target: second.URL + "/copy{?query}", Host: "copy-of-{lower-host}"}
	}))
	l.get("a.t/x?q=1", "Ssl-Client-Verify: SUCCESS")
	if r := <-copies; r.Host != "copy-of-a.t" || r.RequestURI != "/copy?q=1" || r.Header.Get("Ssl-Client-Verify") != "" {
		t.Errorf("the copy is for %s%s: %v", r.Host, r.RequestURI, r.Header)
	}
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	if n := len(l.proxy.clusters.sets); n != 1 {
		t.Errorf("%d sets are left, want one", n)
	}
}

// TestSiteErrors: a site that can't be made holds nothing, says what is served instead, and
// leaves no request to another host.
func TestSiteErrors(t *testing.T) {
	pattern := &TLS{Client: &ClientCerts{Validation: &intent.ClientValidation{MatchCN: "("}}}
	everybody := &intent.Host{Routes: []intent.Route{{
		Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}}, Respond: &intent.Respond{Status: 200, Body: "other"},
	}}}
	for name, change := range map[string]func(s *Site, h *intent.Host){
		"pattern of a certificate": func(s *Site, _ *intent.Host) { s.TLS = pattern },
		"trusted network":          func(_ *Site, h *intent.Host) { h.Trust = &intent.Trust{From: []string{"nowhere"}} },
		"route without an answer":  func(_ *Site, h *intent.Host) { h.Routes = append(h.Routes, intent.Route{}) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, Options{})
			l.upstream("s", echo("s"))
			site := func(change func(*Site, *intent.Host)) *Site {
				h := intent.Host{Name: "a.t", Routes: []intent.Route{{
					Match:   intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
					Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
				}}}
				s := &Site{Host: &h}
				change(s, &h)
				return s
			}
			apply := func(s *Site) []Problem {
				return l.proxy.Apply(Change{Sites: map[string]*Site{"a.t": s, "": {Host: everybody}}})
			}
			for range 2 { // the second time there still is no good state
				problems := apply(site(change))
				if len(problems) != 1 || !told(problems, "the host answers 503") {
					t.Errorf("nothing was served before: %v", problems)
				}
				if status, _, body := l.get("a.t/x"); status != 503 {
					t.Errorf("got %d %q", status, body)
				}
				if n := len(l.proxy.clusters.used); n != 0 {
					t.Errorf("%d clusters are held", n)
				}
			}
			if problems := apply(site(func(*Site, *intent.Host) {})); len(problems) > 0 {
				t.Errorf("mended: %v", problems)
			}
			if problems := apply(site(change)); len(problems) != 1 || !told(problems, "the last good state is served") {
				t.Errorf("something was served before: %v", problems)
			}
			if status, _, _ := l.get("a.t/x"); status != 200 || len(l.proxy.clusters.used) != 1 {
				t.Errorf("the last good state answers %d, %d clusters", status, len(l.proxy.clusters.used))
			}
			apply(nil)
			if n := len(l.proxy.clusters.used); n != 0 {
				t.Errorf("%d clusters are left", n)
			}
		})
	}
}

// TestUnnamable: a host whose name can't be read is told of, and costs nothing else.
func TestUnnamable(t *testing.T) {
	l := newLab(t, Options{})
	bad := &Site{Host: &intent.Host{Name: "~(", Routes: []intent.Route{{Match: intent.Match{}, Respond: &intent.Respond{Status: 200}}}}}
	problems := l.proxy.Apply(Change{Sites: map[string]*Site{"~(": bad, "": {Host: &intent.Host{Routes: []intent.Route{{Respond: &intent.Respond{Status: 200}}}}}}})
	if len(problems) != 1 || !told(problems, "the host is not served") {
		t.Errorf("problems %v", problems)
	}
	if status, _, _ := l.get("b.t/"); status != 200 {
		t.Errorf("the other host answers %d", status)
	}
}

// TestAuthorizationGetsEndpoints: a service of ext_authz whose endpoints come after its
// site is reached; when the site is gone, nothing of them is left.
func TestAuthorizationGetsEndpoints(t *testing.T) {
	l := newLab(t, Options{})
	key := upstream.Key{Namespace: "ns", Service: "authz", Port: "9000"}
	l.serve(with(intent.Normalized, func(r *intent.Route) {
		r.Policies = &intent.Policies{GRPC: &intent.GRPCAuth{Service: "ns/ext", Timeout: 1000, Backends: []intent.Backend{{Namespace: "ns", Service: "authz", Port: "9000", Weight: 1}}}}
	}))
	set := l.proxy.clusters.sets[key]
	l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{key: {"192.0.2.1:9000"}}})
	if set == nil || !slices.Equal(set.Load(), []string{"192.0.2.1:9000"}) {
		t.Errorf("the client asks another set of endpoints than the one that was stored")
	}
	l.proxy.Apply(Change{Sites: map[string]*Site{"a.t": nil}, Endpoints: map[upstream.Key][]string{key: nil}})
	if n := len(l.proxy.clusters.sets) + len(l.proxy.clusters.held); n != 0 {
		t.Errorf("%d sets are left", n)
	}
}

// TestNamesLeadOutside: a Service whose endpoint is a name does not lead to this machine,
// whatever the name says when it is dialled.
func TestNamesLeadOutside(t *testing.T) {
	l := newLab(t, Options{})
	_, port, err := net.SplitHostPort(l.upstream("s", echo("s")))
	if err != nil {
		t.Fatal(err)
	}
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	if status, _, _ := l.get("a.t/"); status != 200 {
		t.Errorf("an address gives %d", status)
	}
	l.endpoints(net.JoinHostPort("localhost", port))
	if status, _, _ := l.get("a.t/"); status != 502 {
		t.Errorf("a name gives %d", status)
	}
}

// TestAnswersOutliveSites: a site that is compiled again goes on with the answers of its
// authentication service.
func TestAnswersOutliveSites(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	questions := 0
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { questions++ }))
	t.Cleanup(service.Close)
	serve := func(header string) {
		l.serve(with(intent.Decoded, func(r *intent.Route) {
			r.Forward.Response = []intent.HeaderChange{{Name: "X-State", Value: intent.Template(header)}}
			r.Policies = &intent.Policies{External: &intent.ExternalAuth{URL: service.URL + "/", CacheKey: "{var:remote_user}", CacheFor: []string{"200 5m"}}}
		}))
	}
	for i := range 3 {
		serve(fmt.Sprint(i))
		if status, h, _ := l.get("a.t/", "Authorization: Basic dTpw"); status != 200 || h.Get("X-State") != fmt.Sprint(i) {
			t.Errorf("state %d: %d %v", i, status, h)
		}
	}
	if questions != 1 {
		t.Errorf("%d questions, want one", questions)
	}
	if l.get("a.t/", "Authorization: Basic djpw"); questions != 2 {
		t.Errorf("another user's answer was taken: %d questions", questions)
	}
}

// TestUntold: what nothing goes by is a problem.
func TestUntold(t *testing.T) {
	for want, change := range map[string]func(r *intent.Route){
		`"http_5xx"`:    func(r *intent.Route) { r.Forward.Retry = &intent.Retry{Tries: 2, On: []string{"error", "http_5xx"}} },
		`"maglev"`:      func(r *intent.Route) { r.Forward.Balance = &intent.Balance{Strategy: "maglev"} },
		"affinity":      func(r *intent.Route) { r.Forward.Affinity = &intent.Affinity{Mode: "never"} },
		"1048576 bytes": func(r *intent.Route) { r.Forward.Buffering = &intent.Buffering{HeaderSize: 8 << 20} },
		"held back":     func(r *intent.Route) { r.Forward.Buffering = &intent.Buffering{Response: true} },
		`"no_such"`:     func(r *intent.Route) { r.Forward.Host = "{var:no_such}" },
		`variables ["no_such"]`: func(r *intent.Route) {
			r.Forward.Response = []intent.HeaderChange{{Name: "X", Value: "a{var:no_such}{var:remote_addr}"}}
		},
	} {
		l := newLab(t, Options{})
		l.upstream("s", echo("s"))
		if problems := l.apply(with(intent.Decoded, change)); len(problems) != 1 || !told(problems, want) {
			t.Errorf("want %s, told %v", want, problems)
		}
		if status, _, _ := l.get("a.t/"); status != 200 {
			t.Errorf("%s: status %d", want, status)
		}
	}
	l := newLab(t, Options{})
	problems := l.apply(with(intent.Decoded, func(r *intent.Route) {
		r.Policies = &intent.Policies{External: &intent.ExternalAuth{URL: "http://s/", CacheKey: "{var:no_such}"}}
	}))
	if status, _, _ := l.get("a.t/"); status != 503 || !told(problems, "503") {
		t.Errorf("answers of all requests are one: %d, %v", status, problems)
	}
}

// TestVariables: each variable that ingress-nginx's annotations may hold has a value here.
func TestVariables(t *testing.T) {
	for _, name := range append([]string{"http_x", "arg_x", "cookie_x"}, nginx.Variables...) {
		if !knownVariable(name, intent.Decoded) {
			t.Errorf("$%s has no value", name)
		}
	}
	l := newTLSLab(t)
	l.upstream("s", echo("s"))
	known := l.ca.leaf("known")
	for plane, texts := range map[intent.PathForm]map[string]string{
		intent.Decoded: {
			"ssl_client_verify": "SUCCESS", "ssl_client_s_dn": "CN=known", "ssl_client_i_dn": "CN=authority", "ssl_protocol": "TLSv1.3",
			"ssl_server_name": "n.t", "escaped_request_uri": "%2Fx", "remote_user": "u", "realip_remote_addr": "127.0.0.1",
		},
		intent.Normalized: {
			"DOWNSTREAM_PEER_ISSUER": "CN=authority", "DOWNSTREAM_PEER_CERT_V_START": known.Leaf.NotBefore.UTC().Format("2006-01-02T15:04:05.000Z"),
			"DOWNSTREAM_TLS_VERSION": "TLSv1.3", "DOWNSTREAM_PEER_SERIAL": known.Leaf.SerialNumber.Text(16), "DOWNSTREAM_LOCAL_SUBJECT": "CN=e.t",
			"REQ(X-None?Authorization):5": "Basic",
		},
	} {
		host := map[intent.PathForm]string{intent.Decoded: "n.t", intent.Normalized: "e.t"}[plane]
		for name, want := range texts {
			l.variable(host, plane, name)
			_, text := l.ask(host, host, &known, "Authorization: Basic dTpw")
			if _, got, _ := strings.Cut(text, "X-Value: "); !strings.HasPrefix(got, want+"\n") {
				t.Errorf("%s: want %q in\n%s", name, want, text)
			}
		}
	}
}

// variable serves a host that asks for certificates, and tells its upstream a variable.
func (l *tlsLab) variable(host string, plane intent.PathForm, name string) {
	l.t.Helper()
	s := &Site{Plane: plane, Host: &intent.Host{Name: host, Routes: []intent.Route{{
		Match: intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		Forward: &intent.Forward{
			Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}},
			Request:  []intent.HeaderChange{{Name: "X-Value", Value: intent.Template("{var:" + name + "}")}},
		},
	}}}}
	s.TLS = &TLS{
		Certificates: []tls.Certificate{l.ca.leaf(host, host)},
		Client:       &ClientCerts{Validation: &intent.ClientValidation{CASecret: "ns/ca"}, CAs: l.ca.pool},
	}
	if problems := l.proxy.Apply(Change{Sites: map[string]*Site{host: s}}); len(problems) > 0 {
		l.t.Error(problems)
	}
}

// TestOwnHeaders: no route sets what frames a message; a backend's Host stands above the
// route's; where a route sets Connection, nginx passes no upgrade on.
func TestOwnHeaders(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	set := func(names ...string) (all []intent.HeaderChange) {
		for _, n := range names {
			all = append(all, intent.HeaderChange{Name: n, Value: "7"})
		}
		return all
	}
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		problems := l.apply(with(plane, func(r *intent.Route) {
			r.Forward.Host = "route.t"
			r.Forward.Request = set("connection", "Transfer-Encoding", "X-Mine")
			r.Forward.Response = set("Content-Length", "X-Yours")
			r.Forward.Backends[0].Request = []intent.HeaderChange{{Name: "host", Value: "backend.t"}}
			r.Forward.Backends[0].Response = set("Transfer-Encoding")
		}))
		if len(problems) != 1 || !told(problems, `["connection" "Transfer-Encoding" "Content-Length" "Transfer-Encoding"] are not set`) {
			t.Errorf("told %v", problems)
		}
		status, h, body := l.do("POST", "a.t/", strings.NewReader("hello"))
		if status != 200 || h.Get("X-Yours") != "7" || !strings.HasPrefix(body, "POST / backend.t\n") || !strings.Contains(body, "X-Mine: 7\n") || !strings.HasSuffix(body, "\n\nhello") {
			t.Errorf("%d %v\n%s", status, h, body)
		}
	}
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	if status, _, body := l.get("a.t/", "Connection: Upgrade", "Upgrade: websocket"); status != 200 || strings.Contains(body, "Upgrade") {
		t.Errorf("an upgrade went on: %d\n%s", status, body)
	}
}

// TestMirroredHeaders: copies have the client's headers on sites of the nginx kind, and the
// upstream's on those of the Envoy kind.
func TestMirroredHeaders(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	copies := make(chan *http.Request, 1)
	l.upstream("second", func(_ http.ResponseWriter, r *http.Request) { copies <- r })
	for plane, want := range map[intent.PathForm]string{intent.Decoded: "", intent.Normalized: "1"} {
		l.serve(with(plane, func(r *intent.Route) {
			r.Forward.Request = []intent.HeaderChange{{Name: "X-Set", Value: "1"}}
			r.Forward.Mirror = &intent.Mirror{Backend: &intent.Backend{Namespace: "ns", Service: "second", Port: "80"}}
		}))
		l.get("a.t/", "X-Own: 1")
		if r := <-copies; r.Header.Get("X-Set") != want || r.Header.Get("X-Own") != "1" || r.Host != "a.t-shadow" {
			t.Errorf("plane %d: %s %v", plane, r.Host, r.Header)
		}
	}
}

// TestMirrorRoom: what copies keep of bodies is given back, whatever becomes of them.
func TestMirrorRoom(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	copies := make(chan string, 8)
	l.upstream("second", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		copies <- fmt.Sprint(len(body))
	})
	l.serve(with(intent.Decoded, func(r *intent.Route) {
		r.Policies = &intent.Policies{Limits: &intent.Limits{Body: 3 << 20}}
		r.Forward.Mirror = &intent.Mirror{Body: true, Backend: &intent.Backend{Namespace: "ns", Service: "second", Port: "80"}}
	}))
	send := func(n int, status int) {
		t.Helper()
		if got, _, _ := l.do("POST", "a.t/", unsized(strings.Repeat("x", n))); got != status {
			t.Errorf("%d bytes: status %d", n, got)
		}
	}
	send(100<<10, 200)
	if got := <-copies; got != "102400" {
		t.Errorf("the copy has %s bytes", got)
	}
	send(mirrorBody+1, 200) // too long for a copy
	send(4<<20, 413)
	l.proxy.mirrors.held.Add(mirrorBodies) // others have all the room
	send(10, 200)
	l.proxy.mirrors.held.Add(-mirrorBodies)
	l.front.close()
	l.proxy.mirrors.all.Wait()
	if n := l.proxy.mirrors.held.Load(); n != 0 || len(copies) != 0 {
		t.Errorf("%d bytes are held, %d copies too many", n, len(copies))
	}
}
