package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// plainCodec sends bytes as they are: the tests need no schema.
type plainCodec struct{}

func (plainCodec) Name() string                  { return "plain" }
func (plainCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (plainCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(data)
	return nil
}

// grpcUpstream is a server of grpc-go, whose methods are those of answer.
type grpcUpstream struct {
	address string
	ended   chan error   // why a call of /t.T/Wait ended
	flood   atomic.Int64 // bytes that /t.T/Flood could send
}

func newGRPCUpstream(t testing.TB, certificate *tls.Config) *grpcUpstream {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &grpcUpstream{address: l.Addr().String(), ended: make(chan error, 1)}
	options := []grpc.ServerOption{grpc.ForceServerCodec(plainCodec{}), grpc.UnknownServiceHandler(u.answer), grpc.MaxRecvMsgSize(64 << 20), grpc.StaticStreamWindowSize(64 << 10)}
	if certificate != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(certificate)))
	}
	server := grpc.NewServer(options...)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return u
}

// answer does what the name of the method says.
func (u *grpcUpstream) answer(_ any, s grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(s)
	switch method {
	case "/t.T/Echo": // each message comes back at once
		return echoes(s)
	case "/t.T/Down": // as many messages as the first one says
		return counted(s)
	case "/t.T/Up": // the lengths of all messages together
		return summed(s)
	case "/t.T/Head": // the header before any message
		if err := s.SendHeader(metadata.Pairs("early", "yes")); err != nil {
			return err
		}
		return echoes(s)
	case "/t.T/Refuse": // nothing but trailers
		s.SetTrailer(metadata.Pairs("why", "closed"))
		return status.Error(codes.FailedPrecondition, "not today: 50% & ünïcode")
	case "/t.T/Break": // a message, then an error
		s.SetTrailer(metadata.Pairs("why", "half", "raw-bin", "\x00\xff"))
		return errors.Join(s.SendMsg(message("one")), status.Error(codes.DataLoss, "half"))
	case "/t.T/Meta":
		return recited(s)
	case "/t.T/Wait":
		return u.wait(s)
	case "/t.T/Flood":
		return u.flooding(s)
	case "/t.T/Swallow": // nothing is read as long as the call goes on
		<-s.Context().Done()
		return s.Context().Err()
	}
	return status.Error(codes.Unimplemented, method)
}

func message(text string) *[]byte {
	b := []byte(text)
	return &b
}

func echoes(s grpc.ServerStream) error {
	for {
		var m []byte
		if err := s.RecvMsg(&m); err != nil {
			return unlessEnd(err)
		}
		if err := s.SendMsg(&m); err != nil {
			return err
		}
	}
}

func unlessEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func counted(s grpc.ServerStream) error {
	var m []byte
	if err := s.RecvMsg(&m); err != nil {
		return err
	}
	n, err := strconv.Atoi(string(m))
	for i := range n {
		if err == nil {
			err = s.SendMsg(message(strconv.Itoa(i)))
		}
	}
	return err
}

func summed(s grpc.ServerStream) error {
	for n := 0; ; {
		var m []byte
		err := s.RecvMsg(&m)
		if err == io.EOF {
			return s.SendMsg(message(strconv.Itoa(n)))
		}
		if err != nil {
			return err
		}
		n += len(m)
	}
}

// recited gives the metadata back, in the header and in the trailer.
func recited(s grpc.ServerStream) error {
	in, _ := metadata.FromIncomingContext(s.Context())
	picked := metadata.MD{"got-a": in["a"], "got-b-bin": in["b-bin"], "got-authority": in[":authority"]}
	if err := s.SendHeader(picked); err != nil {
		return err
	}
	s.SetTrailer(picked)
	return s.SendMsg(message("ok"))
}

// wait says whether there is a deadline, and then waits for the end of the call.
func (u *grpcUpstream) wait(s grpc.ServerStream) error {
	_, limited := s.Context().Deadline()
	if err := s.SendMsg(message(strconv.FormatBool(limited))); err != nil {
		return err
	}
	<-s.Context().Done()
	u.ended <- s.Context().Err()
	return s.Context().Err()
}

// floodBytes is more than anybody on the way may hold.
const floodBytes = 256 << 20

func (u *grpcUpstream) flooding(s grpc.ServerStream) error {
	piece := make([]byte, 64<<10)
	for u.flood.Load() < floodBytes {
		if err := s.SendMsg(&piece); err != nil {
			return err
		}
		u.flood.Add(int64(len(piece)))
	}
	return nil
}

// dial is a client of grpc-go for one host of a stage, over TLS or in the clear.
func (s *stage) dial(host string, secure bool) *grpc.ClientConn {
	address, with := s.http, insecure.NewCredentials()
	if secure {
		address, with = s.https, credentials.NewTLS(&tls.Config{RootCAs: s.authority.roots(), ServerName: host})
	}
	c, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(with), grpc.WithAuthority(host), grpc.WithStaticStreamWindowSize(64<<10),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(plainCodec{}), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// call begins a call in both directions, whatever the method makes of it.
func call(ctx context.Context, t testing.TB, c *grpc.ClientConn, method string) grpc.ClientStream {
	t.Helper()
	s, err := c.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/t.T/"+method)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return s
}

func send1(t testing.TB, s grpc.ClientStream, text string) {
	t.Helper()
	if err := s.SendMsg(message(text)); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, s grpc.ClientStream) string {
	t.Helper()
	var m []byte
	if err := s.RecvMsg(&m); err != nil {
		t.Fatal(err)
	}
	return string(m)
}

// ending reads a stream to its end, and gives its messages and its status.
func ending(s grpc.ClientStream) (all []string, end error) {
	for {
		var m []byte
		if err := s.RecvMsg(&m); err != nil {
			return all, unlessEnd(err)
		}
		all = append(all, string(m))
	}
}
