package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSpoofedHeaders: what upstreams believe about a client is ours alone to say.
func TestSpoofedHeaders(t *testing.T) {
	s := newStronghold(t, shortLimits())
	replaced := []string{"X-Forwarded-Proto", "Ssl-Client-Verify", "Ssl-Client-Subject-Dn", "Ssl-Client-Issuer-Dn", "Ssl-Client-Cert", "X-Forwarded-Client-Cert"}
	envoy := []string{"X-Envoy-External-Address", "X-Envoy-Internal", "X-Envoy-Original-Path", "X-Envoy-Original-Host", "X-Envoy-Retry-On", "X-Envoy-Max-Retries", "X-Envoy-Upstream-Rq-Timeout-Ms", "X-Envoy-Expected-Rq-Timeout-Ms", "X-Envoy-Decorator-Operation", "X-Envoy-Ip-Tags"}
	nginx := []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Scheme", "X-Real-Ip", "X-Scheme", "X-Original-Forwarded-Host", "Proxy", "X_Forwarded_For", "X_Real_IP", "Ssl_Client_Verify", "X.Real.Ip"}
	for _, plane := range planes {
		names := append(slices.Clone(replaced), envoy...)
		if plane == "n" {
			names = append(slices.Clone(replaced), nginx...)
		}
		for _, name := range names {
			for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
				for _, lines := range []string{spelling + ": spoofed\r\n", spelling + ": a\r\n" + spelling + ": spoofed\r\n", "Connection: " + spelling + "\r\n" + spelling + ": spoofed\r\n", spelling + ":\r\n spoofed\r\n"} {
					s.t = t
					status := statuses(s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\n" + lines + "Connection: close\r\n\r\n"))
					for _, r := range s.saw() {
						for _, l := range r.lines {
							n, v, _ := strings.Cut(l, ":")
							if strings.Contains(v, "spoofed") && (name == "X-Original-Forwarded-Host" || !strings.HasPrefix(n, "X-Original-Forwarded-")) {
								t.Errorf("%s %q: the upstream is told %q", plane, lines, l)
							}
						}
					}
					if folded := strings.Contains(lines, "\n "); status != "200" && !(status == "400" && (folded || plane == "e" && strings.HasPrefix(lines, "Connection"))) {
						t.Errorf("%s %q: status %s", plane, lines, status)
					}
				}
			}
		}
	}
}

// TestForwardedFor: an upstream that reads X-Forwarded-For from the right finds the peer.
func TestForwardedFor(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for plane, want := range map[string]string{"e": "203.0.113.9,203.0.113.8,127.0.0.1", "n": "127.0.0.1"} {
		s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\nX-Forwarded-For: 203.0.113.9\r\nx-forwarded-for: 203.0.113.8\r\nConnection: close\r\n\r\n")
		got := s.saw()
		if len(got) != 1 || !slices.Equal(got[0].header("X-Forwarded-For"), []string{want}) {
			t.Errorf("%s: %v, X-Forwarded-For %q, want %q", plane, got, got[0].header("X-Forwarded-For"), want)
		}
	}
}

// TestHopByHop: what Connection names can't take away what we say, and nothing that is
// between the client and us goes on.
func TestHopByHop(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, c := range []struct {
		connection string
		envoy      string // status
	}{
		{"X-Forwarded-For", "400"}, {"x-forwarded-host", "400"}, {"X-Forwarded-Proto", "400"}, {":path", "400"}, {"close, Authorization", "200"},
		{"ssl-client-verify", "200"}, {"X-Real-Ip, X-Request-Id", "200"}, {"Host", "200"}, {"Content-Length", "200"}, {"Cookie", "200"},
		{"Transfer-Encoding", "200"}, {"a,b,c,d,e,f,g,h,i,j,k,l", "400"}, {"keep-alive, Upgrade, TE", "200"}, {",,,", "200"},
	} {
		for _, plane := range planes {
			s.t = t
			status := statuses(s.wire("POST /in HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: " + c.connection +
				"\r\nAuthorization: Basic eA==\r\nCookie: a=b\r\nTE: trailers, gzip\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"))
			want, got := "200", s.saw()
			if plane == "e" {
				want = c.envoy
			}
			if status != want || want == "200" && len(got) != 1 {
				t.Errorf("%s Connection: %s: status %s, want %s; upstreams saw %v", plane, c.connection, status, want, got)
				continue
			}
			if want == "200" {
				hops(t, plane+" "+c.connection, got[0])
			}
		}
	}
}

func hops(t *testing.T, what string, r seen) {
	t.Helper()
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "HTTP2-Settings", "Transfer-Encoding", "Expect"} {
		if v := r.header(name); len(v) > 0 {
			t.Errorf("%s: the upstream is told %s: %q", what, name, v)
		}
	}
	if te := r.header("TE"); len(te) > 0 && !slices.Equal(te, []string{"trailers"}) {
		t.Errorf("%s: TE: %q", what, te)
	}
	if r.body != "abc" || len(r.header("X-Forwarded-For")) != 1 || len(r.header("X-Forwarded-Proto")) != 1 {
		t.Errorf("%s: body %q, head %q", what, r.body, r.lines)
	}
}

// TestExpect: the promise to wait is between the client and us; the upstream gets the whole
// request at once.
func TestExpect(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		s.wire("POST /in HTTP/1.1\r\nHost: " + plane + ".test\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
		for _, r := range s.saw() {
			hops(t, plane, r)
		}
	}
}

// TestTrailers: no trailer frames a message, directs it, or says who the client is.
func TestTrailers(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Host", "Connection", "Authorization", "Cookie", "X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Client-Cert", "Ssl-Client-Verify", "X-Forwarded-Proto", "X-Envoy-Original-Path", "Expect", "Te", "Proxy", "X-Request-Id", "X-Original-Forwarded-For", "Proxy-Authorization", "Content-Type", "Upgrade"} {
		for _, announced := range []string{"", "Trailer: X-Own\r\n", "Trailer: " + name + "\r\n", "Trailer: X-Own, " + strings.ToLower(name) + "\r\n"} {
			for _, plane := range planes {
				s.t = t
				answer := s.wire("POST /in HTTP/1.1\r\nHost: " + plane + ".test\r\n" + announced + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
					"3\r\nabc\r\n0\r\nX-Own: 1\r\n" + name + ": spoofed\r\n\r\n")
				for _, r := range s.saw() {
					told := fmt.Sprintf("%q and then %q", r.header("Trailer"), r.trailer)
					if strings.Contains(strings.ToLower(told), strings.ToLower(`"`+name+":")) || strings.Contains(told, "spoofed") {
						t.Errorf("%s, announced by %q: status %s, the upstream is told %s", plane, announced, statuses(answer), told)
					}
				}
			}
		}
	}
}
