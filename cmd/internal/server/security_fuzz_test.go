package server

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzWire: whatever bytes a client sends on a connection, every request that an upstream
// gets is one that can be read in one way only, and one that the table gives to it.
func FuzzWire(f *testing.F) {
	r := strings.NewReplacer("HOST", "n.test", "OTHER", "other-n.test")
	for _, c := range slices.Concat(lengths(), codings(), chunkings(), lines(), hosts(), pipelines()) {
		if len(c.text) < 4<<10 {
			f.Add([]byte(r.Replace(c.text)))
			f.Add([]byte(strings.ReplaceAll(r.Replace(c.text), "n.test", "e.test")))
		}
	}
	for _, c := range confused {
		for _, plane := range planes {
			f.Add([]byte("GET " + c.target + " HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: close\r\n\r\n"))
		}
	}
	f.Add([]byte("GET /ws HTTP/1.1\r\nHost: e.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + strings.ReplaceAll(evil, "HOST", "e.test")))
	limits := shortLimits()
	limits.IdleTimeout, limits.HeaderTimeout = 5*time.Millisecond, 40*time.Millisecond
	s := newStronghold(f, limits)
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > 32<<10 {
			return
		}
		s.t = t
		c, err := net.Dial("tcp", s.http)
		if err != nil {
			t.Skip(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(3 * time.Second))
		_, _ = c.Write(sent) // the server may close first
		if _, err := io.Copy(io.Discard, c); err != nil {
			known := bytes.Contains(bytes.ToLower(sent), []byte("expect")) // see TestUnknownExpectation
			if slow, ok := err.(net.Error); ok && slow.Timeout() && !known {
				t.Errorf("the connection stays open behind %.300q", sent)
			}
		}
		s.saw()
	})
}
