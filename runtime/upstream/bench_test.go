package upstream

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const small = "HTTP/1.1 200 OK\r\nServer: test\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n" +
	"Content-Type: text/plain\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\nhello world\n"

// replay answers whatever comes at once, without an allocation.
func replay(c net.Conn) {
	buf, out := make([]byte, 4096), []byte(small)
	if c.SetDeadline(time.Time{}) != nil {
		return
	}
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// BenchmarkDo is a request over a connection that is kept, with a small response.
func BenchmarkDo(b *testing.B) {
	e := endpoint(b, listen(b, func(_ int, c net.Conn, _ *bufio.Reader) { replay(c) }))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, body := range map[string]string{"get": "", "post": "name=value"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			h := http.Header{"Accept": {"*/*"}, "User-Agent": {"bench"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Request-Id": {"0123456789abcdef"}}
			buf := make([]byte, 4096)
			for b.Loop() {
				r := &Request{Method: "GET", URI: "/", Host: "example.test", Header: h, Idle: 60e9, FirstByte: 15e9}
				if body != "" {
					r.Method, r.Body, r.ContentLength = "POST", strings.NewReader(body), int64(len(body))
				}
				response, err := e.Do(ctx, r)
				if err != nil {
					b.Fatal(err)
				}
				n, err := response.Body.Read(buf)
				if n != 12 || err != io.EOF {
					b.Fatal(n, err)
				}
				response.Body.Close()
			}
		})
	}
}

// BenchmarkPick is the choice of an endpoint by each strategy, by several goroutines.
func BenchmarkPick(b *testing.B) {
	for _, strategy := range strategies {
		b.Run(strategy, func(b *testing.B) {
			c := cluster(b, Options{Strategy: strategy}, addresses(100)...)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := uint64(0); pb.Next(); i++ {
					c.Pick(i, nil)
				}
			})
		})
	}
}
