package serve_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// raw is a connection of HTTP/2 on which anything can be sent.
type raw struct {
	net.Conn
	*http2.Framer
	block  bytes.Buffer
	fields *hpack.Encoder
}

// dialHTTP2 opens a connection over TLS. What the server sends is read, and given to seen.
func dialHTTP2(t *testing.T, address string, seen func(http2.Frame)) *raw {
	t.Helper()
	c := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true, ServerName: "a.test", NextProtos: []string{"h2"}})
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	r := &raw{Conn: c, Framer: http2.NewFramer(c, c)}
	r.fields = hpack.NewEncoder(&r.block)
	if err := r.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			f, err := r.ReadFrame()
			if err != nil {
				return
			}
			seen(f)
		}
	}()
	t.Cleanup(func() { c.Close(); <-ended })
	return r
}

// head is the header block of a request.
func (r *raw) head(t *testing.T, more ...hpack.HeaderField) []byte {
	t.Helper()
	r.block.Reset()
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "a.test"}, {Name: ":path", Value: "/hold"},
	}, more...) {
		if err := r.fields.WriteField(f); err != nil {
			t.Fatal(err)
		}
	}
	return r.block.Bytes()
}

// crowd is a data plane that holds requests until their client leaves, and counts them.
type crowd struct{ now, most, all atomic.Int64 }

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/hold" {
		return
	}
	c.all.Add(1)
	n := c.now.Add(1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	<-r.Context().Done()
	time.Sleep(50 * time.Millisecond) // what an upstream takes to notice
	c.now.Add(-1)
}

// TestRapidReset: a client that resets its requests as soon as they are sent never has more
// of them under way than a connection may have, and its neighbours are answered.
func TestRapidReset(t *testing.T) {
	const streams = 20
	var c crowd
	s := start(t, serve.Options{HTTPS: "127.0.0.1:0", Limits: serve.Limits{Streams: streams}}, plane{c.ServeHTTP, certificate(t)})
	var calm atomic.Bool
	r := dialHTTP2(t, s.HTTPS, func(f http2.Frame) {
		if g, ok := f.(*http2.GoAwayFrame); ok && g.ErrCode == http2.ErrCodeEnhanceYourCalm {
			calm.Store(true)
		}
	})
	for id := uint32(1); id < 20_000; id += 2 {
		err := errors.Join(
			r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.head(t), EndStream: true, EndHeaders: true}),
			r.WriteRSTStream(id, http2.ErrCodeCancel),
		)
		if err != nil {
			break // the server has had enough
		}
	}
	eventually(t, "the client is told to calm down", calm.Load)
	if most := c.most.Load(); most < 1 || most > streams {
		t.Errorf("%d requests at once, want at most %d", most, streams)
	}
	if status, _ := fetch(t, client(t, overHTTP2), "https://"+s.HTTPS+"/"); status != 200 {
		t.Errorf("a neighbour is answered %d", status)
	}
	eventually(t, "all requests have ended", func() bool { return c.now.Load() == 0 })
}

// TestContinuationFlood: a head that never ends is cut off before it takes much memory, and
// reaches nobody.
func TestContinuationFlood(t *testing.T) {
	var c crowd
	s := start(t, serve.Options{HTTPS: "127.0.0.1:0"}, plane{c.ServeHTTP, certificate(t)})
	r := dialHTTP2(t, s.HTTPS, func(http2.Frame) {})
	if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.head(t), EndStream: true}); err != nil {
		t.Fatal(err)
	}
	r.block.Reset()
	if err := r.fields.WriteField(hpack.HeaderField{Name: "x-long", Value: string(bytes.Repeat([]byte("~"), 8<<10)), Sensitive: true}); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for range 4096 {
		if r.WriteContinuation(1, false, r.block.Bytes()) != nil {
			break
		}
		sent += r.block.Len()
	}
	if sent > 8<<20 || c.all.Load() != 0 {
		t.Errorf("%d bytes were taken, and %d requests let in", sent, c.all.Load())
	}
}

// TestTooManyStreams: those beyond the bound are refused, the others go on.
func TestTooManyStreams(t *testing.T) {
	const streams = 5
	var c crowd
	var refused atomic.Int64
	s := start(t, serve.Options{HTTPS: "127.0.0.1:0", Limits: serve.Limits{Streams: streams}}, plane{c.ServeHTTP, certificate(t)})
	settled := make(chan struct{}, 8)
	r := dialHTTP2(t, s.HTTPS, func(f http2.Frame) {
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if f.IsAck() {
				settled <- struct{}{}
			}
		case *http2.RSTStreamFrame:
			refused.Add(1)
		}
	})
	if err := r.WriteSettingsAck(); err != nil {
		t.Fatal(err)
	}
	<-settled
	for id := uint32(1); id <= 2*streams+5; id += 2 {
		if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.head(t), EndStream: true, EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "three are refused", func() bool { return refused.Load() == 3 })
	if c.all.Load() != streams || c.now.Load() != streams {
		t.Errorf("%d requests, %d of them held; want %d", c.all.Load(), c.now.Load(), streams)
	}
}
