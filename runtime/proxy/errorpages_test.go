package proxy

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

// TestErrorPageBody: an error page is asked with the request's method and body, as long as
// that is still there (recorded of ingress-nginx: the second request keeps both).
func TestErrorPageBody(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(500)
	})
	l.upstream("pages", echo("pages"))
	serve := func(change func(p *intent.Policies, f *intent.Forward)) {
		l.serve(with(intent.Decoded, func(r *intent.Route) {
			r.Policies = &intent.Policies{
				Limits: &intent.Limits{Body: 200 << 10},
				Errors: &intent.ErrorPages{Codes: []int{403, 413, 500, 502}, Backend: &intent.Backend{Namespace: "ns", Service: "pages", Port: "80"}},
			}
			r.Forward.Buffering = &intent.Buffering{Request: true}
			change(r.Policies, r.Forward)
		}))
	}
	answered := func(*intent.Policies, *intent.Forward) {}
	refused := func(p *intent.Policies, _ *intent.Forward) { p.Access = &intent.Access{Deny: []string{"127.0.0.0/8"}} }
	gone := func(_ *intent.Policies, f *intent.Forward) { f.Backends[0].Service = "gone" }
	short, long := "hello", strings.Repeat("x", 100<<10)
	for _, c := range []struct {
		name   string
		change func(*intent.Policies, *intent.Forward)
		body   io.Reader
		code   string
		want   string
	}{
		{"no body", answered, nil, "500", ""},
		{"read before it was sent", answered, strings.NewReader(short), "500", short},
		{"streamed to the upstream", answered, strings.NewReader(long), "500", ""},
		{"not read yet", refused, strings.NewReader(short), "403", short},
		{"not read yet, and long", refused, strings.NewReader(long), "403", long},
		{"not read yet, of no known length", refused, unsized(long), "403", long},
		{"no connection to the upstream", gone, unsized(long), "502", long},
		{"too long", answered, strings.NewReader(long + long + long), "413", ""},
		{"too long, of no known length", answered, unsized(long + long + long), "413", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			serve(c.change)
			l.endpointsOf("gone", upstreamtest.Refusing(t))
			status, h, text := l.do("POST", "a.t/x?q=1", c.body, "Content-Type: text/x", "X-Forwarded-For: 192.0.2.1", "Ssl-Client-Verify: SUCCESS")
			head, body, _ := strings.Cut(text, "\n\n")
			if status != 200 || h.Get("Echo") != "pages" || !strings.HasPrefix(head, "POST /?q=1 a.t\n") || !strings.Contains(head, "\nX-Code: "+c.code+"\n") {
				t.Fatalf("status %d\n%s", status, head)
			}
			if body != c.want || strings.Contains(head, "Content-Type: text/x") != (c.want != "") {
				t.Errorf("%d bytes of body, want %d\n%s", len(body), len(c.want), head)
			}
			if !strings.Contains(head, "\nX-Forwarded-For: 127.0.0.1\n") || strings.Contains(head, "SUCCESS") {
				t.Errorf("the service believes the client:\n%s", head)
			}
		})
	}
}

// TestErrorPageOfFastCGI: the 503 of a route that cannot forward has the page of its route, too.
func TestErrorPageOfFastCGI(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	l.upstream("pages", echo("pages"))
	if problems := l.apply(with(intent.Decoded, func(r *intent.Route) {
		r.Forward.Backends[0].Protocol = intent.FastCGI
		r.Policies = &intent.Policies{Errors: &intent.ErrorPages{Codes: []int{503}, Backend: &intent.Backend{Namespace: "ns", Service: "pages", Port: "80"}}}
	})); len(problems) != 1 || !strings.Contains(problems[0].Message, "FastCGI") {
		t.Errorf("told: %v", problems)
	}
	if status, h, body := l.get("a.t/"); status != 200 || h.Get("Echo") != "pages" || !strings.Contains(body, "X-Code: 503") {
		t.Errorf("%d %s", status, body)
	}
}

// TestAuthorizationBody: a client that is slow with a body for an authorization service is
// not waited for without end.
func TestAuthorizationBody(t *testing.T) {
	l := newLab(t, Options{BodyIdle: 50 * time.Millisecond})
	l.upstream("s", echo("s"))
	l.endpointsOf("authz", upstreamtest.Refusing(t))
	l.serve(with(intent.Normalized, func(r *intent.Route) {
		r.Policies = &intent.Policies{GRPC: &intent.GRPCAuth{
			Service: "ns/ext", Timeout: 60000, Body: 1000, Backends: []intent.Backend{{Namespace: "ns", Service: "authz", Port: "80", Weight: 1}},
		}}
	}))
	c, err := net.Dial("tcp", l.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.t\r\nContent-Length: 10\r\n\r\nhell")
	text, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 4") {
		t.Errorf("got %q, %v", text, err)
	}
}
