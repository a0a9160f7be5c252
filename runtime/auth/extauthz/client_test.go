package extauthz

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service answers what answer says, and keeps the questions.
type service struct {
	authv3.UnimplementedAuthorizationServer
	mu        sync.Mutex
	answer    func(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error)
	questions []*authv3.CheckRequest
	authority string
}

func (s *service) Check(ctx context.Context, q *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	s.mu.Lock()
	s.questions = append(s.questions, q)
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		s.authority = strings.Join(md[":authority"], " ")
	}
	answer := s.answer
	s.mu.Unlock()
	return answer(ctx, q)
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.questions)
}

// serve starts a service and gives its address.
func serve(t *testing.T, s *service, o ...grpc.ServerOption) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(o...)
	authv3.RegisterAuthorizationServer(server, s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, g intent.GRPCAuth, o Options) *Client {
	t.Helper()
	if g.Service == "" {
		g.Service = "ns/authz"
	}
	c, err := New(&g, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func fixed(addresses ...string) Options {
	return Options{Endpoints: func() []string { return addresses }}
}

func says(a *authv3.CheckResponse) func(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	return func(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) { return a, nil }
}

func code(c codes.Code) *rpc.Status { return &rpc.Status{Code: int32(c), Message: "a secret"} }

var asked = auth.Question{Scheme: "https", Host: "h.t:8443", URI: "/p%2Fq?a=b", Peer: "192.0.2.1:5", Client: "198.51.100.1"}

func option(name, value string, append_ *bool, action corev3.HeaderValueOption_HeaderAppendAction) *corev3.HeaderValueOption {
	o := &corev3.HeaderValueOption{Header: &corev3.HeaderValue{Key: name, Value: value}, AppendAction: action}
	if append_ != nil {
		//lint:ignore SA1019 Services send it.
		o.Append = wrapperspb.Bool(*append_)
	}
	return o
}

const (
	adds      = corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD
	ifAbsent  = corev3.HeaderValueOption_ADD_IF_ABSENT
	ifPresent = corev3.HeaderValueOption_OVERWRITE_IF_EXISTS
	overwrite = corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD
)

func ok(r *authv3.OkHttpResponse) *authv3.CheckResponse {
	return &authv3.CheckResponse{Status: code(codes.OK), HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: r}}
}

func denied(r *authv3.DeniedHttpResponse) *authv3.CheckResponse {
	return &authv3.CheckResponse{Status: code(codes.PermissionDenied), HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: r}}
}

func TestVerdicts(t *testing.T) {
	plain := func(status int) auth.Verdict {
		return auth.Verdict{Status: status, Header: http.Header{}, Body: []byte{}}
	}
	failed := func(status int) auth.Verdict { v := plain(status); v.Err = errors.New(""); return v }
	for name, c := range map[string]struct {
		answer         *authv3.CheckResponse
		closed, opened auth.Verdict // with FailOpen
	}{
		"nothing":           {&authv3.CheckResponse{}, auth.Verdict{Allowed: true}, auth.Verdict{Allowed: true}},
		"ok":                {&authv3.CheckResponse{Status: code(codes.OK)}, auth.Verdict{Allowed: true}, auth.Verdict{Allowed: true}},
		"denied":            {&authv3.CheckResponse{Status: code(codes.PermissionDenied)}, plain(403), plain(403)},
		"status not known":  {&authv3.CheckResponse{Status: code(99)}, plain(403), plain(403)},
		"denied, but ok":    {&authv3.CheckResponse{Status: code(codes.Internal), HttpResponse: ok(&authv3.OkHttpResponse{}).HttpResponse}, plain(403), plain(403)},
		"denied, status":    {denied(&authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{Code: 401}}), plain(401), plain(401)},
		"denied, no status": {denied(&authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{}}), plain(403), plain(403)},
		"denied, 100":       {denied(&authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{Code: 100}}), plain(403), plain(403)},
		"denied, page": {denied(&authv3.DeniedHttpResponse{Body: "no", Status: &typev3.HttpStatus{Code: 302}, Headers: []*corev3.HeaderValueOption{
			option("set-cookie", "a=1", nil, adds), option("set-cookie", "b=2", nil, adds), option("location", "/in", nil, adds),
			option("x-bad", "a\r\nb", nil, adds), option("transfer-encoding", "chunked", nil, adds),
		}}),
			auth.Verdict{Status: 302, Body: []byte("no"), Header: http.Header{"Set-Cookie": {"a=1", "b=2"}, "Location": {"/in"}, "Content-Type": {"text/plain"}}},
			auth.Verdict{Status: 302, Body: []byte("no"), Header: http.Header{"Set-Cookie": {"a=1", "b=2"}, "Location": {"/in"}, "Content-Type": {"text/plain"}}}},
		"denied, type": {denied(&authv3.DeniedHttpResponse{Body: "{}", Headers: []*corev3.HeaderValueOption{option("content-type", "application/json", nil, overwrite)}}),
			auth.Verdict{Status: 403, Body: []byte("{}"), Header: http.Header{"Content-Type": {"application/json"}}},
			auth.Verdict{Status: 403, Body: []byte("{}"), Header: http.Header{"Content-Type": {"application/json"}}}},
		"failed": {&authv3.CheckResponse{Status: code(codes.Internal), HttpResponse: &authv3.CheckResponse_ErrorResponse{ErrorResponse: &authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{Code: 502}}}},
			failed(502), auth.Verdict{Allowed: true, Err: errors.New("")}},
		"query":       {ok(&authv3.OkHttpResponse{QueryParametersToRemove: []string{"a"}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
		"query set":   {ok(&authv3.OkHttpResponse{QueryParametersToSet: []*corev3.QueryParameter{{Key: "a"}}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
		"path":        {ok(&authv3.OkHttpResponse{Headers: []*corev3.HeaderValueOption{option(":path", "/", nil, adds)}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
		"length":      {ok(&authv3.OkHttpResponse{Headers: []*corev3.HeaderValueOption{option("Content-Length", "9", nil, adds)}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
		"line breaks": {ok(&authv3.OkHttpResponse{ResponseHeadersToAdd: []*corev3.HeaderValueOption{option("x", "a\nb", nil, adds)}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
		"action":      {ok(&authv3.OkHttpResponse{Headers: []*corev3.HeaderValueOption{option("x", "a", nil, 77)}}), auth.Verdict{Status: 403, Err: errors.New("")}, auth.Verdict{Status: 403, Err: errors.New("")}},
	} {
		s := &service{answer: says(c.answer)}
		address := serve(t, s)
		for open, want := range map[bool]auth.Verdict{false: c.closed, true: c.opened} {
			client := dial(t, intent.GRPCAuth{FailOpen: open, Timeout: 5000}, fixed(address))
			got := client.Check(t.Context(), httptest.NewRequest("GET", "/", nil), asked)
			if (got.Err == nil) != (want.Err == nil) || got.Err != nil && strings.Contains(got.Err.Error(), "secret") {
				t.Errorf("%s: %v", name, got.Err)
			}
			got.Err, want.Err = nil, nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, fail open %v (-want +got):\n%s", name, open, diff)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	yes, no := true, false
	s := &service{answer: says(ok(&authv3.OkHttpResponse{
		Headers: []*corev3.HeaderValueOption{
			option("x-user", "alice", nil, adds), option("x-false", "v", &no, adds),
			option("x-joined", "v", &yes, adds), option("x-joined", "w", &yes, adds), option("x-none", "v", &yes, adds),
			option("x-absent", "v", nil, ifAbsent), option("x-there", "v", nil, ifAbsent),
			option("x-over", "v", nil, ifPresent), option("x-nowhere", "v", nil, ifPresent), option("x-set", "v", nil, overwrite),
			{Header: &corev3.HeaderValue{Key: "x-raw", RawValue: []byte("raw")}},
		},
		HeadersToRemove: []string{"x-gone", ":path", "Host", "content-length"},
		ResponseHeadersToAdd: []*corev3.HeaderValueOption{
			option("set-cookie", "a=1", nil, adds), option("set-cookie", "b=2", &yes, adds), option("x-once", "v", &no, adds),
			option("x-absent", "v", nil, ifAbsent), option("x-there", "v", nil, ifAbsent), option("x-over", "v", nil, ifPresent), option("x-nowhere", "v", nil, ifPresent),
		},
	}))}
	c := dial(t, intent.GRPCAuth{}, fixed(serve(t, s)))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header = http.Header{
		"X-User": {"spoof", "spoof"}, "X-False": {"c"}, "X-Joined": {"c", "d"}, "X-There": {"c"}, "X-Over": {"c"}, "X-Set": {"c"},
		"X-Gone": {"c"}, "Content-Length": {"4"},
	}
	v := c.Check(t.Context(), r, asked)
	if !v.Allowed {
		t.Fatalf("%+v", v)
	}
	auth.EditRequest(r.Header, v.Upstream)
	if diff := cmp.Diff(http.Header{
		"X-User": {"alice"}, "X-False": {"v"}, "X-Joined": {"c,d,v,w"}, "X-Absent": {"v"}, "X-There": {"c"}, "X-Over": {"v"}, "X-Set": {"v"}, "X-Raw": {"raw"}, "Content-Length": {"4"},
	}, r.Header); diff != "" {
		t.Errorf("to the upstream (-want +got):\n%s", diff)
	}
	response := http.Header{"Set-Cookie": {"own"}, "X-Once": {"a", "b"}, "X-There": {"c"}, "X-Over": {"c"}}
	auth.EditResponse(response, 500, v.Client)
	if diff := cmp.Diff(http.Header{
		"Set-Cookie": {"own", "a=1", "b=2"}, "X-Once": {"v"}, "X-Absent": {"v"}, "X-There": {"c"}, "X-Over": {"v"},
	}, response); diff != "" {
		t.Errorf("to the client (-want +got):\n%s", diff)
	}
}

func TestQuestion(t *testing.T) {
	s := &service{answer: says(ok(nil))}
	c := dial(t, intent.GRPCAuth{Context: []string{"a=b=c", "k="}}, fixed(serve(t, s)))
	r := httptest.NewRequest("POST", "/", strings.NewReader("body"))
	r.Header = http.Header{"X-Two": {"1", "2"}, "X-Bytes": {"a\xffb"}, "X-Envoy-Auth-Partial-Body": {"false"}, "Cookie": {"a=b"}}
	r = r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 443}))
	if v := c.Check(t.Context(), r, asked); !v.Allowed {
		t.Fatalf("%+v", v)
	}
	socket := func(address string, port uint32) *authv3.AttributeContext_Peer {
		return &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{Address: address, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port}}}}}
	}
	want := &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: socket("192.0.2.1", 5), Destination: socket("203.0.113.1", 443),
		ContextExtensions: map[string]string{"a": "b=c", "k": ""},
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
			Method: "POST", Path: "/p%2Fq?a=b", Host: "h.t:8443", Scheme: "https", Protocol: "HTTP/1.1",
			Headers: map[string]string{":authority": "h.t:8443", ":method": "POST", ":path": "/p%2Fq?a=b", ":scheme": "https", "x-two": "1,2", "x-bytes": "a!b", "cookie": "a=b"},
		}},
	}}
	got := s.questions[0]
	if got.Attributes.Request.Http.Id == "" || time.Since(got.Attributes.Request.Time.AsTime()) > time.Minute {
		t.Errorf("%v", got)
	}
	got.Attributes.Request.Http.Id, got.Attributes.Request.Time = "", nil
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.authority != "ns.authz" {
		t.Errorf("authority %q", s.authority)
	}
}

func TestBody(t *testing.T) {
	for name, c := range map[string]struct {
		policy  intent.GRPCAuth
		body    string
		chunked bool
		status  int // 0: let through
		text    string
		raw     string
		partial string // the header
	}{
		"not asked":       {intent.GRPCAuth{}, "12345", false, 0, "", "", ""},
		"short":           {intent.GRPCAuth{Body: 9}, "12345", false, 0, "12345", "", "false"},
		"exact":           {intent.GRPCAuth{Body: 5}, "12345", true, 0, "12345", "", "false"},
		"long":            {intent.GRPCAuth{Body: 4}, "12345", false, 413, "", "", ""},
		"long, chunked":   {intent.GRPCAuth{Body: 4}, "12345", true, 413, "", "", ""},
		"long, fail open": {intent.GRPCAuth{Body: 4, FailOpen: true}, "12345", true, 413, "", "", ""},
		"partial":         {intent.GRPCAuth{Body: 4, Partial: true}, "12345", false, 0, "1234", "", "true"},
		"raw":             {intent.GRPCAuth{Body: 9, Raw: true}, "\xff", false, 0, "", "\xff", "false"},
		"no text":         {intent.GRPCAuth{Body: 9}, "a\xffb", false, 0, "a!b", "", "false"},
		"none":            {intent.GRPCAuth{Body: 9}, "", false, 0, "", "", ""},
	} {
		s := &service{answer: says(ok(nil))}
		client := dial(t, c.policy, fixed(serve(t, s)))
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		if c.chunked {
			r.ContentLength = -1
		}
		v := client.Check(t.Context(), r, asked)
		if v.Status != c.status || v.Allowed != (c.status == 0) {
			t.Errorf("%s: %+v", name, v)
		}
		if c.status != 0 {
			if s.count() > 0 {
				t.Errorf("%s: the service was asked", name)
			}
			continue
		}
		h := s.questions[0].Attributes.Request.Http
		if h.Body != c.text || string(h.RawBody) != c.raw || h.Headers[partialBody] != c.partial {
			t.Errorf("%s: %q %q %q", name, h.Body, h.RawBody, h.Headers[partialBody])
		}
		if left, err := io.ReadAll(r.Body); string(left) != c.body || err != nil {
			t.Errorf("%s: the upstream would get %q (%v)", name, left, err)
		}
	}
}
