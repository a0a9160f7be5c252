package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// grpcStage has a host for each kind of objects and each protocol of upstreams, and hosts
// without a living upstream.
func grpcStage(t *testing.T, in input) (s *stage, clear, secure *grpcUpstream) {
	a := newAuthority(t)
	pair, err := tls.X509KeyPair(a.leaf("up.test"))
	if err != nil {
		t.Fatal(err)
	}
	clear, secure = newGRPCUpstream(t, nil), newGRPCUpstream(t, &tls.Config{Certificates: []tls.Certificate{pair}})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent.Close() // nobody is there
	var b strings.Builder
	b.WriteString(a.trusted() + serviceAt("clear", clear.address) + serviceAt("secure", secure.address) +
		serviceAt("none", "") + serviceAt("dead", silent.Addr().String()))
	for _, host := range []string{"e-clear", "e-secure", "e-none", "e-dead", "n-clear", "n-secure", "n-none", "n-dead"} {
		b.WriteString(a.pair(host))
		kind, service, _ := strings.Cut(host, "-")
		switch {
		case kind == "e" && service == "secure":
			b.WriteString(rootAt(host, "timeoutPolicy: {response: infinity}, services: [{name: secure, port: 80, protocol: h2, validation: {caSecret: authority, subjectName: up.test}}]"))
		case kind == "e":
			b.WriteString(rootAt(host, "timeoutPolicy: {response: infinity}, services: [{name: "+service+", port: 80, protocol: h2c}]"))
		case service == "secure":
			b.WriteString(ingressAt(host, service, "backend-protocol: GRPCS", "proxy-ssl-secret: ns/authority", "proxy-ssl-verify: 'on'", "proxy-ssl-name: up.test", "proxy-body-size: '0'"))
		default:
			b.WriteString(ingressAt(host, service, "backend-protocol: GRPC", "proxy-body-size: '0'"))
		}
	}
	in.isolated = true
	return newStage(t, a, in, b.String()), clear, secure
}

// TestGRPC: every kind of call of grpc-go, through both kinds of objects, over TLS and in the
// clear on both sides.
func TestGRPC(t *testing.T) {
	s, clear, secure := grpcStage(t, input{})
	for host, u := range map[string]*grpcUpstream{"e-clear": clear, "e-secure": secure, "n-clear": clear, "n-secure": secure} {
		for _, tls := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%t", host, tls), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), soon)
				defer cancel()
				c := s.dial(host+".test", tls)
				grpcCalls(ctx, t, c)
				grpcErrors(ctx, t, c)
				grpcMetadata(ctx, t, c, host+".test")
				grpcEnds(ctx, t, c, u)
			})
		}
	}
}

func grpcCalls(ctx context.Context, t *testing.T, c *grpc.ClientConn) {
	var back []byte
	if err := c.Invoke(ctx, "/t.T/Up", message("four"), &back); err != nil || string(back) != "4" {
		t.Errorf("unary: %q, %v", back, err)
	}
	large := strings.Repeat("x", 20<<20)
	if err := c.Invoke(ctx, "/t.T/Echo", message(large), &back); err != nil || string(back) != large {
		t.Errorf("large: %d bytes, %v", len(back), err)
	}
	down := call(ctx, t, c, "Down")
	send1(t, down, "300")
	all, err := ending(down)
	if err != nil || len(all) != 300 || all[299] != "299" {
		t.Errorf("server streaming: %d messages, %v", len(all), err)
	}
	up := call(ctx, t, c, "Up")
	for range 300 {
		send1(t, up, "12345")
	}
	if err := up.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if all, err := ending(up); err != nil || !slices.Equal(all, []string{"1500"}) {
		t.Errorf("client streaming: %q, %v", all, err)
	}
	both := call(ctx, t, c, "Echo")
	for i := range 100 { // each answer before the next question
		send1(t, both, strconv.Itoa(i))
		if got := receive(t, both); got != strconv.Itoa(i) {
			t.Fatalf("both ways: %q", got)
		}
	}
	if err := both.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if all, err := ending(both); err != nil || len(all) > 0 {
		t.Errorf("the end of both ways: %q, %v", all, err)
	}
	head := call(ctx, t, c, "Head") // the header comes before anything else is said
	if h, err := head.Header(); err != nil || !slices.Equal(h["early"], []string{"yes"}) {
		t.Errorf("early header: %v, %v", h, err)
	}
	send1(t, head, "then")
	if got := receive(t, head); got != "then" {
		t.Errorf("after the header: %q", got)
	}
}

func grpcErrors(ctx context.Context, t *testing.T, c *grpc.ClientConn) {
	refused := call(ctx, t, c, "Refuse")
	all, err := ending(refused)
	if status.Code(err) != codes.FailedPrecondition || status.Convert(err).Message() != "not today: 50% & ünïcode" || len(all) > 0 {
		t.Errorf("trailers only: %q, %v", all, err)
	}
	if !slices.Equal(refused.Trailer()["why"], []string{"closed"}) {
		t.Errorf("trailers only: %v", refused.Trailer())
	}
	broken := call(ctx, t, c, "Break")
	all, err = ending(broken)
	if status.Code(err) != codes.DataLoss || !slices.Equal(all, []string{"one"}) {
		t.Errorf("late error: %q, %v", all, err)
	}
	if tr := broken.Trailer(); !slices.Equal(tr["why"], []string{"half"}) || !slices.Equal(tr["raw-bin"], []string{"\x00\xff"}) {
		t.Errorf("late error: %v", tr)
	}
	if _, err := ending(call(ctx, t, c, "Nothing")); status.Code(err) != codes.Unimplemented {
		t.Errorf("unknown method: %v", err)
	}
}

func grpcMetadata(ctx context.Context, t *testing.T, c *grpc.ClientConn, host string) {
	meta := call(metadata.AppendToOutgoingContext(ctx, "a", "1", "a", "2", "b-bin", "\x00\x01\xff"), t, c, "Meta")
	if _, err := ending(meta); err != nil {
		t.Fatal(err)
	}
	head, err := meta.Header()
	want := map[string][]string{"got-a": {"1", "2"}, "got-b-bin": {"\x00\x01\xff"}, "got-authority": {host}}
	for name, values := range want {
		if err != nil || !reflect.DeepEqual(head[name], values) || !reflect.DeepEqual(meta.Trailer()[name], values) {
			t.Errorf("%s: header %q, trailer %q, %v", name, head[name], meta.Trailer()[name], err)
		}
	}
}

// grpcEnds: that a client does not wait any more reaches the upstream.
func grpcEnds(ctx context.Context, t *testing.T, c *grpc.ClientConn, u *grpcUpstream) {
	going, cancel := context.WithCancel(ctx)
	waiting := call(going, t, c, "Wait")
	if got := receive(t, waiting); got != "true" { // that of the test
		t.Errorf("no deadline reached the upstream: %q", got)
	}
	cancel()
	if _, err := ending(waiting); status.Code(err) != codes.Canceled {
		t.Errorf("canceled: %v", err)
	}
	awaited(t, u.ended, "a canceled call goes on upstream")
	late, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	s, err := c.NewStream(late, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/t.T/Wait")
	if err == nil {
		_, err = ending(s)
	}
	// Both ends have the same deadline: where the upstream's clock is the first to strike, it
	// resets the call, as it would without anybody between.
	if code := status.Code(err); code != codes.DeadlineExceeded && code != codes.Internal && code != codes.Canceled {
		t.Errorf("deadline: %v", err)
	}
	awaited(t, u.ended, "a call goes on upstream after its deadline")
}

// awaited waits for something that must come.
func awaited[T any](t testing.TB, c <-chan T, otherwise string) (got T) {
	t.Helper()
	select {
	case got = <-c:
	case <-time.After(soon):
		t.Error(otherwise)
	}
	return got
}

// TestGRPCWithoutUpstream: a client of gRPC understands that nobody answers. Envoy says so
// in a status of gRPC, nginx in one of HTTP.
func TestGRPCWithoutUpstream(t *testing.T) {
	s, _, _ := grpcStage(t, input{})
	for _, host := range []string{"e-none", "e-dead", "n-none", "n-dead"} {
		for _, tls := range []bool{false, true} {
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			var back []byte
			err := s.dial(host+".test", tls).Invoke(ctx, "/t.T/Echo", message("x"), &back)
			cancel()
			if status.Code(err) != codes.Unavailable {
				t.Errorf("%s: %v", host, err)
			}
			if plain := strings.Contains(status.Convert(err).Message(), "unexpected HTTP status code"); plain != (host[0] == 'n') {
				t.Errorf("%s: %v", host, err)
			}
		}
	}
}
