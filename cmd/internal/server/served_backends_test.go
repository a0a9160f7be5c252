package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"sigs.k8s.io/yaml"
)

// service is what of a Service the servers need. The annotation "endpoints" is the number
// of its endpoints, 1 without it.
type service struct {
	Kind     string
	Metadata struct {
		Name, Namespace string
		Annotations     map[string]string
	}
	Spec struct {
		Ports []struct {
			Name string
			Port int
		}
	}
}

func (s *service) name() string { return s.Metadata.Namespace + "/" + s.Metadata.Name }

// backends are the servers of a fixture.
type backends struct {
	t         *testing.T
	authority *authority
	out       bytes.Buffer
	addresses map[string]string      // of Services, their last endpoint's
	copies    map[string]chan string // what Services named "mirror..." got
	over      chan struct{}          // closed at the end, for handlers that do not see their client go
	end       func()
}

// newBackends starts the servers of each Service.
func newBackends(t *testing.T, a *authority, objects string) *backends {
	b := &backends{t: t, authority: a, addresses: map[string]string{}, copies: map[string]chan string{}, over: make(chan struct{})}
	b.end = sync.OnceFunc(func() { close(b.over) })
	for doc := range strings.SplitSeq(objects, "\n---\n") {
		var s service
		if err := yaml.Unmarshal([]byte(doc), &s); err != nil || s.Kind != "Service" || s.Metadata.Name == "down" {
			continue // what is no object is for the program to say
		}
		if strings.HasPrefix(s.Metadata.Name, "mirror") {
			b.copies[s.name()] = make(chan string, 100)
		}
		n := 1
		if text := s.Metadata.Annotations["endpoints"]; text != "" {
			n, _ = strconv.Atoi(text)
		}
		for i := range n {
			name := s.name()
			if n > 1 {
				name += fmt.Sprint("#", i+1)
			}
			b.addresses[s.name()] = b.start(&s, name)
			b.slice(&s, i, b.addresses[s.name()])
		}
	}
	return b
}

// slices say where the servers are.
func (b *backends) slices() string { return b.out.String() }

func (b *backends) slice(s *service, i int, address string) {
	host, port, _ := net.SplitHostPort(address)
	for j, p := range s.Spec.Ports {
		fmt.Fprintf(&b.out, "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: %s-%d-%d, namespace: %s, labels: {kubernetes.io/service-name: %s}}\n"+
			"addressType: IPv4\nports: [{name: %q, port: %s}]\nendpoints: [{addresses: [%s]}]\n", s.Metadata.Name, i, j, s.Metadata.Namespace, s.Metadata.Name, p.Name, port, host)
	}
}

// start starts a server and gives its address. What it speaks stands in front of its name.
func (b *backends) start(s *service, name string) string {
	kind, _, _ := strings.Cut(s.Metadata.Name, "-")
	if kind == "authz" {
		return b.authorizer(name)
	}
	server := httptest.NewUnstartedServer(b.handler(s, name))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(kind != "h2" && kind != "h2c")
	server.Config.Protocols.SetHTTP2(kind == "h2")
	server.Config.Protocols.SetUnencryptedHTTP2(kind == "h2c")
	server.EnableHTTP2 = kind == "h2"
	if kind == "tls" || kind == "h2" {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{b.authority.client(s.Metadata.Name + ".t")}}
		server.StartTLS()
	} else {
		server.Start()
	}
	b.t.Cleanup(server.Close)
	b.t.Cleanup(b.end)
	if kind == "refuses" {
		server.Close()
	}
	return server.Listener.Addr().String()
}

// handler answers as its name says, else with 200; and says what it got.
func (b *backends) handler(s *service, name string) http.Handler {
	var asked atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		text := saidOf(name, r, body)
		w.Header()["Date"] = nil
		w.Header().Set("Set-Cookie", "own=1; Path=/own")
		status := http.StatusOK
		kind, argument, _ := strings.Cut(s.Metadata.Name, "-")
		if after, found := strings.CutPrefix(kind, "status"); found {
			fmt.Sscan(after, &status)
		}
		switch kind {
		case "hangs": // never answers
			b.wait(r)
			return
		case "stalls": // answers half
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			b.wait(r)
			return
		case "resets": // ends the connection
			panic(http.ErrAbortHandler)
		case "flaky": // every other request gets another status
			if asked.Add(1)%2 == 1 {
				fmt.Sscan(argument, &status)
			}
		case "auth":
			w.Header().Set("X-User", "somebody")
			if r.Header.Get("Authorization") != "yes" {
				status = http.StatusUnauthorized
			}
		}
		w.WriteHeader(status)
		io.WriteString(w, text)
		if c := b.copies[s.name()]; c != nil {
			c <- text
		}
	})
}

// wait waits until the client is gone. net/http does not see that where something stands behind
// the request, as in HTTP/2, of which it takes the beginning for one.
func (b *backends) wait(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-b.over:
	}
}

// saidOf is a request as a server got it.
func saidOf(name string, r *http.Request, body []byte) string {
	out := fmt.Sprintf("%s: %s %s Host: %s\n", name, r.Method, r.RequestURI, r.Host)
	for _, line := range headerLines(r.Header) {
		out += line + "\n"
	}
	if len(body) > 0 {
		out += fmt.Sprintf("body %q\n", body)
	}
	return out
}

// copy waits for what a mirror gets.
func (b *backends) copy(name string) string {
	c := b.copies[name]
	if c == nil {
		b.t.Fatalf("no Service %s is a mirror: its name begins with it", name)
	}
	return awaited(b.t, c, "no copy came to "+name)
}

// authorizer speaks Envoy's ext_authz: it lets those in who have a header X-User, and tells
// the upstream and the client.
type authorizer struct {
	authv3.UnimplementedAuthorizationServer
	name string
}

func (b *backends) authorizer(name string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	server := grpc.NewServer()
	authv3.RegisterAuthorizationServer(server, &authorizer{name: name})
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	b.t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
	return l.Addr().String()
}

// Check is the question of the data plane.
func (a *authorizer) Check(_ context.Context, q *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	asked := q.GetAttributes().GetRequest().GetHttp()
	set := func(name, value string) *corev3.HeaderValueOption {
		return &corev3.HeaderValueOption{Header: &corev3.HeaderValue{Key: name, Value: value}}
	}
	if asked.GetHeaders()["x-user"] == "" {
		return &authv3.CheckResponse{Status: &rpc.Status{Code: int32(codes.PermissionDenied)}, HttpResponse: &authv3.CheckResponse_DeniedResponse{
			DeniedResponse: &authv3.DeniedHttpResponse{
				Status: &typev3.HttpStatus{Code: typev3.StatusCode_PaymentRequired}, Body: a.name + " says no to " + asked.GetPath() + "\n",
				Headers: []*corev3.HeaderValueOption{set("X-Why", "nobody")},
			}}}, nil
	}
	return &authv3.CheckResponse{Status: &rpc.Status{}, HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{
		Headers:              []*corev3.HeaderValueOption{set("X-Checked", asked.GetHost()+" "+q.GetAttributes().GetContextExtensions()["of"])},
		HeadersToRemove:      []string{"x-user"},
		ResponseHeadersToAdd: []*corev3.HeaderValueOption{set("X-Checked-By", a.name)},
	}}}, nil
}
