package proxy

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

// told says whether one of the problems holds a text.
func told(problems []Problem, text string) bool {
	for _, p := range problems {
		if strings.Contains(p.Message, text) {
			return true
		}
	}
	return false
}

// unsized is a body whose length nobody knows.
func unsized(text string) io.Reader { return struct{ io.Reader }{strings.NewReader(text)} }

// TestHTTP10: upstreams get HTTP/1.0 without chunks, whatever the client speaks.
func TestHTTP10(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Proto, " ", r.Header.Get("Connection"), " ", r.ContentLength, " ", r.TransferEncoding, " ", len(body))
	})
	problems := l.apply(with(intent.Decoded, func(r *intent.Route) { r.Forward.HTTP10 = true }))
	if !told(problems, "HTTP/1.0") {
		t.Errorf("nobody tells of bodies that are too long: %v", problems)
	}
	for _, c := range []struct {
		body   io.Reader
		status int
		want   string
	}{
		{nil, 200, "HTTP/1.0  0 [] 0"}, {strings.NewReader("hello"), 200, "HTTP/1.0  5 [] 5"}, {unsized("hello"), 200, "HTTP/1.0  5 [] 5"},
		{unsized(strings.Repeat("x", measuredBody)), 200, "HTTP/1.0  1048576 [] 1048576"}, {unsized(strings.Repeat("x", measuredBody+1)), 413, ""},
	} {
		if status, _, body := l.do("POST", "a.t/", c.body); status != c.status || status == 200 && body != c.want {
			t.Errorf("%d %q, want %d %q", status, body, c.status, c.want)
		}
	}
	l.serve(with(intent.Decoded, func(r *intent.Route) {
		r.Forward.HTTP10, r.Policies = true, &intent.Policies{Limits: &intent.Limits{Body: 1000}}
	}))
}

// TestHeaderSize: a head beyond the route's buffer is 502 (proxy_buffer_size), and tried
// again as an invalid one only.
func TestHeaderSize(t *testing.T) {
	var asked atomic.Int32
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("X-Long", strings.Repeat("x", 5000))
	})
	for _, c := range []struct {
		size          int
		on            string
		status, tries int32
	}{{4096, "error", 502, 1}, {4096, "invalid_header", 502, 3}, {8192, "error", 200, 1}, {0, "error", 200, 1}} {
		asked.Store(0)
		l.serve(with(intent.Decoded, func(r *intent.Route) {
			r.Forward.Retry = &intent.Retry{Tries: 3, On: []string{c.on}}
			r.Forward.Buffering = &intent.Buffering{Request: true, HeaderSize: c.size}
		}))
		if status, _, _ := l.get("a.t/"); int32(status) != c.status || asked.Load() != c.tries {
			t.Errorf("%d bytes, %s: status %d after %d tries, want %d after %d", c.size, c.on, status, asked.Load(), c.status, c.tries)
		}
	}
}

// TestRequestBuffering: with it the upstream sees nothing of a body that is not whole.
func TestRequestBuffering(t *testing.T) {
	for _, buffered := range []bool{true, false} {
		asked := make(chan bool, 1)
		l := newLab(t, Options{})
		l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).EnableFullDuplex()
			asked <- true
		})
		l.serve(with(intent.Decoded, func(r *intent.Route) { r.Forward.Buffering = &intent.Buffering{Request: buffered} }))
		c, err := net.Dial("tcp", l.front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.t\r\nContent-Length: 10\r\n\r\nhell")
		if !buffered {
			<-asked // before the body is whole
		}
		c.Close()
		l.front.close() // waits for the request
		if len(asked) > 0 {
			t.Errorf("buffered %v: asked without the body", buffered)
		}
	}
}

// TestUpstreamVersions: versions and ciphers towards an upstream are those of the route.
func TestUpstreamVersions(t *testing.T) {
	l := newLab(t, Options{})
	s := httptest.NewUnstartedServer(echo("s"))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}}
	s.StartTLS()
	t.Cleanup(s.Close)
	l.endpoints(s.Listener.Addr().String())
	for _, c := range []struct {
		protocols, ciphers string
		status             int
		told               string
	}{
		{"", "", 200, ""}, {"TLSv1.2", "DEFAULT", 200, ""}, {"TLSv1.3", "DEFAULT", 502, ""}, {"TLSv1 TLSv1.2", "", 200, `"TLSv1.1"] are spoken too`},
		{"SSLv3 TLSv1.2", "", 200, "SSLv3"}, {"SSLv3", "", 503, "SSLv3"}, {"TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", 502, ""},
		{"TLSv1.2", "RC4-SHA:ECDHE-RSA-AES256-GCM-SHA384", 200, "RC4-SHA"}, {"TLSv1.2", "RC4-SHA", 503, "RC4-SHA"},
	} {
		problems := l.apply(with(intent.Decoded, func(r *intent.Route) {
			r.Forward.Backends[0].Protocol = intent.HTTPS
			r.Forward.Backends[0].TLS = &intent.UpstreamTLS{Protocols: c.protocols, Ciphers: c.ciphers}
		}))
		if status, _, _ := l.get("a.t/"); status != c.status || (len(problems) > 0) != (c.told != "") || !told(problems, c.told) && c.told != "" {
			t.Errorf("%q %q: status %d, want %d; told %v, want %q", c.protocols, c.ciphers, status, c.status, problems, c.told)
		}
	}
}

// TestFullForwarded: compute-full-forwarded-for, upstream and in the question of an
// authentication service.
func TestFullForwarded(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	asked := make(chan http.Header, 1)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Header }))
	t.Cleanup(service.Close)
	route := intent.Route{
		Match:    intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		Policies: &intent.Policies{External: &intent.ExternalAuth{URL: service.URL + "/"}},
		Forward:  &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
	}
	trust := &intent.Trust{From: []string{"0.0.0.0/0"}, Header: "X-Forwarded-For", Append: true}
	l.serve(intent.Model{Hosts: []intent.Host{{Name: "a.t", Trust: trust, Routes: []intent.Route{route}}}}.String())
	_, _, body := l.get("a.t/", "X-Forwarded-For: 192.0.2.1, 192.0.2.2", "Ssl-Client-Verify: SUCCESS")
	const full = "192.0.2.1, 192.0.2.2, 127.0.0.1"
	if !strings.Contains(body, "X-Forwarded-For: "+full+"\n") || !strings.Contains(body, "X-Real-Ip: 192.0.2.1\n") {
		t.Errorf("upstream got\n%s", body)
	}
	if h := <-asked; h.Get("X-Forwarded-For") != full || h.Get("Ssl-Client-Verify") != "" {
		t.Errorf("the service got %v", h)
	}
}

// TestChangeOnFailure: a client whose endpoint fails stays there, or moves with a new
// cookie; a new client gets the cookie of the endpoint that answered.
func TestChangeOnFailure(t *testing.T) {
	for _, mode := range []string{"balanced", "persistent"} {
		for _, change := range []bool{true, false} {
			l := newLab(t, Options{})
			good := l.upstream("s", echo("good"))
			l.endpoints(good, upstreamtest.Refusing(t))
			l.serve(with(intent.Decoded, func(r *intent.Route) {
				r.Forward.Retry = &intent.Retry{Tries: 2, On: []string{"error"}}
				r.Forward.Affinity = &intent.Affinity{Cookie: "k", Mode: mode, ChangeOnFailure: change}
				r.Forward.Backends[0].Bound = policy.Group("ns", "s", "80")
			}))
			stays, moves := 0, 0
			for i := range 20 {
				cookie := fmt.Sprint("k=client", i)
				if mode == "persistent" {
					cookie = "k=" + keyOf(l, i)
				}
				status, h, _ := l.get("a.t/", "Cookie: "+cookie)
				switch {
				case status == 502:
					stays++
				case h.Get("Set-Cookie") != "":
					moves++
				}
				if status, h, _ := l.get("a.t/"); status != 200 {
					t.Fatalf("%s: a new client got %d", mode, status)
				} else if status, again, _ := l.get("a.t/", "Cookie: "+strings.Split(h.Get("Set-Cookie"), ";")[0]); status != 200 || again.Get("Set-Cookie") != "" {
					t.Errorf("%s: the cookie of a new client leads to %d", mode, status)
				}
			}
			if (stays > 0) == change || (moves > 0) != change {
				t.Errorf("%s, change on failure %v: %d stayed, %d moved", mode, change, stays, moves)
			}
		}
	}
}

// keyOf is the key of one of the endpoints in persistent mode.
func keyOf(l *lab, i int) string {
	all := l.proxy.Endpoints(upstream.Key{Namespace: "ns", Service: "s", Port: "80"})
	return policy.EndpointKey(all[i%len(all)])
}

// TestGlobalLimit: a route that a rate limit service would limit answers 503, as there is none.
func TestGlobalLimit(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "let in") })
	by := &intent.GlobalLimit{Descriptors: []intent.Descriptor{{Entries: []intent.DescriptorEntry{{Key: "limit-rps", Value: "ns/i"}, {Key: "remote_address", Remote: true}}}}}
	l.serve(with(intent.Normalized, func(r *intent.Route) { r.Policies = &intent.Policies{Global: by} }))
	if status, _, body := l.get("a.t/"); status != 503 {
		t.Errorf("%d %q, want 503", status, body)
	}
}
