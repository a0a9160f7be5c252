package extauthz

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("gone") }

func TestBrokenBody(t *testing.T) {
	s := &service{answer: says(ok(nil))}
	c := dial(t, intent.GRPCAuth{Body: 9, FailOpen: true}, fixed(serve(t, s)))
	for status, body := range map[int]io.Reader{400: broken{}, 413: http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("12345")), 3)} {
		if v := c.Check(t.Context(), httptest.NewRequest("POST", "/", body), asked); v.Allowed || v.Status != status || v.Err == nil {
			t.Errorf("%d: %+v", status, v)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	late := &service{answer: func(ctx context.Context, _ *authv3.CheckRequest) (*authv3.CheckResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	fails := &service{answer: func(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) {
		return nil, status.Error(codes.Internal, "a secret")
	}}
	refused := upstreamtest.Refusing(t)
	for name, c := range map[string]struct {
		timeout   int
		endpoints []string
	}{
		"late": {30, []string{serve(t, late)}}, "fails": {5000, []string{serve(t, fails)}},
		"refused": {5000, []string{refused}}, "none": {5000, nil},
	} {
		for _, open := range []bool{false, true} {
			client := dial(t, intent.GRPCAuth{Timeout: c.timeout, FailOpen: open}, fixed(c.endpoints...))
			v := client.Check(t.Context(), httptest.NewRequest("GET", "/", nil), asked)
			if v.Allowed != open || !open && v.Status != 403 || v.Err == nil || strings.Contains(v.Err.Error(), "secret") || len(v.Body) > 0 {
				t.Errorf("%s, fail open %v: %+v", name, open, v)
			}
		}
	}
}

func TestEndpointsTakeTurnsAndChange(t *testing.T) {
	a, b := &service{answer: says(ok(nil))}, &service{answer: says(ok(nil))}
	one, two := serve(t, a), serve(t, b)
	var mu sync.Mutex
	now := []string{one, two}
	set := func(addresses ...string) { mu.Lock(); now = addresses; mu.Unlock() }
	c := dial(t, intent.GRPCAuth{Timeout: 5000}, Options{Endpoints: func() []string { mu.Lock(); defer mu.Unlock(); return now }})
	ask := func() auth.Verdict { return c.Check(t.Context(), httptest.NewRequest("GET", "/", nil), asked) }
	until := func(what string, reached func() bool) {
		for range 500 {
			ask()
			if reached() {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
		t.Fatal(what)
	}
	until("not both are asked", func() bool { return a.count() > 2 && b.count() > 2 })
	set(two)
	until("the first is still asked", func() bool {
		before := a.count()
		for range 4 {
			ask()
		}
		return a.count() == before
	})
	set()
	until("without endpoints somebody is asked", func() bool { v := ask(); return !v.Allowed && v.Status == 403 })
	set(one)
	until("an endpoint that comes back is not asked", func() bool { before := a.count(); return ask().Allowed && a.count() > before })
}

func TestTLS(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	certificate, roots := pair.TLS.Certificates[0], x509.NewCertPool()
	roots.AddCert(pair.Certificate())
	pair.Close()
	s := &service{answer: says(ok(nil))}
	address := serve(t, s, grpc.Creds(credentials.NewServerTLSFromCert(&certificate)))
	for name, c := range map[string]struct {
		config  *tls.Config
		allowed bool
	}{
		"verified":      {&tls.Config{RootCAs: roots, ServerName: "example.com"}, true},
		"other name":    {&tls.Config{RootCAs: roots, ServerName: "other.t"}, false},
		"not known":     {&tls.Config{RootCAs: x509.NewCertPool(), ServerName: "example.com"}, false},
		"in the clear":  {nil, false},
		"not verifying": {&tls.Config{InsecureSkipVerify: true}, true},
	} {
		o := fixed(address)
		o.TLS = c.config
		client := dial(t, intent.GRPCAuth{Timeout: 2000}, o)
		if v := client.Check(t.Context(), httptest.NewRequest("GET", "/", nil), asked); v.Allowed != c.allowed {
			t.Errorf("%s: %+v", name, v)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
	o := fixed(address)
	o.TLS = &tls.Config{InsecureSkipVerify: true}
	dial(t, intent.GRPCAuth{Timeout: 2000}, o).Check(t.Context(), r, asked)
	from := s.questions[len(s.questions)-1].Attributes.Source
	if from.Principal != "example.com" || !strings.HasPrefix(from.Certificate, "-----BEGIN%20CERTIFICATE-----%0A") || strings.ContainsAny(from.Certificate, " \n+/=") {
		t.Errorf("%v", from)
	}
}

func TestNotCompiled(t *testing.T) {
	if _, err := New(&intent.GRPCAuth{Service: "n/s"}, Options{}); !errors.Is(err, auth.ErrNotHonoured) {
		t.Errorf("%v", err)
	}
	if _, err := New(&intent.GRPCAuth{Service: "n/s", Context: []string{"x"}}, fixed()); err == nil {
		t.Error("a context without a value is taken")
	}
}
