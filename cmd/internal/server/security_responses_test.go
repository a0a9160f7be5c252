package server

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestResponses: what an upstream answers stays one response, and nothing of it is taken for
// the answer to another request.
func TestResponses(t *testing.T) {
	s := newStronghold(t, shortLimits())
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ name, answer, statuses, never string }{
		{"splitting by length", ok + "Content-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: evil\r\n\r\nevil", "200 404", "evil"},
		{"splitting by chunks", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nevil", "200 404", "evil"},
		{"body where none may be", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", "204 404", "evil"},
		{"body behind 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil", "304 404", "evil"},
		{"both lengths", ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nevil", "502 404", "evil"},
		{"lengths that differ", ok + "Content-Length: 2\r\nContent-Length: 6\r\n\r\nabevil", "502 404", "evil"},
		{"bare CR", ok + "X: a\rSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n", "502 404", "evil"},
		{"NUL", ok + "X: a\x00evil\r\nContent-Length: 0\r\n\r\n", "502 404", "evil"},
		{"folded header", ok + "X: a\r\n evil: b\r\nContent-Length: 0\r\n\r\n", "502 404", "evil"},
		{"space before the colon", ok + "Evil : evil\r\nContent-Length: 0\r\n\r\n", "502 404", "evil"},
		{"other coding", ok + "Transfer-Encoding: xchunked\r\n\r\nevil", "502 404", "evil"},
		{"101 without being asked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nevil", "502 404", "evil"},
		{"HTTP/0.9", "evil", "502 404", "evil"},
		{"HTTP/2", "HTTP/2.0 200 OK\r\n\r\nevil", "502 404", "evil"},
		{"no status", "HTTP/1.1 evil\r\n\r\n", "502 404", "evil"},
		{"status of four digits", "HTTP/1.1 2000 evil\r\n\r\n", "502 404", "evil"},
		{"a flood of 100", strings.Repeat("HTTP/1.1 100 evil\r\n\r\n", 1000) + ok + "\r\n", "502 404", "evil"},
		{"huge head", ok + "X: " + strings.Repeat("evil", 64<<10) + "\r\n\r\n", "502 404", "evil"},
		{"endless head", ok + strings.Repeat("X: evil\r\n", 64<<10), "502 404", "evil"},
		{"hop by hop", ok + "Connection: X-Evil\r\nX-Evil: evil\r\nKeep-Alive: evil\r\nProxy-Connection: evil\r\nUpgrade: evil\r\nContent-Length: 0\r\n\r\n", "200 404", "evil"},
	} {
		for _, plane := range planes {
			t.Run(c.name+"/"+plane, func(t *testing.T) {
				s.t = t
				s.witnesses[plane+"-open"].answers(says(c.answer, false))
				answer := s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\n\r\nGET /in HTTP/1.1\r\nHost: none.test\r\nConnection: close\r\n\r\n")
				if got := statuses(answer); got != c.statuses || strings.Contains(answer, c.never) {
					t.Errorf("statuses %q, want %q: %.500q", got, c.statuses, answer)
				}
				s.saw()
			})
		}
	}
}

// TestResponseQueue: what an upstream sends beyond its response is not given to the next
// client, whenever it comes.
func TestResponseQueue(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		s.witnesses[plane+"-open"].answers(func(c net.Conn, r seen) bool {
			if r.target == "/poison" {
				return says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", true)(c, r)
			}
			return plainAnswer(c, r)
		})
		for range 20 {
			s.wire("GET /poison HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: close\r\n\r\n")
			if got := s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(got, "from "+plane+"-open") {
				t.Errorf("%s: the next client got %q", plane, got)
			}
		}
	}
	s.saw()
}

// TestCutResponse: a response that ends too early does not look whole.
func TestCutResponse(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, answer := range []string{
		"Content-Length: 100\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
		"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nffffffffffffffff\r\n", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\n0\n\n",
	} {
		for _, plane := range planes {
			s.witnesses[plane+"-open"].answers(says("HTTP/1.1 200 OK\r\n"+answer, false))
			got := s.wire("GET /in HTTP/1.1\r\nHost: " + plane + ".test\r\n\r\n" + "GET /in HTTP/1.1\r\nHost: none.test\r\n\r\n")
			if strings.HasSuffix(got, "0\r\n\r\n") || got != "" && statuses(got) != "200" {
				t.Errorf("%s, %q: %q", plane, answer, got)
			}
		}
	}
	s.saw()
}

// TestKeptHeaders: what tells nginx how to treat a response is not for clients.
func TestKeptHeaders(t *testing.T) {
	s := newStronghold(t, shortLimits())
	s.witnesses["n-open"].answers(says("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /admin\r\nX-Accel-Buffering: no\r\nX-Accel-Expires: 1\r\nContent-Length: 2\r\n\r\nok", true))
	if got := s.wire("GET /in HTTP/1.1\r\nHost: n.test\r\nConnection: close\r\n\r\n"); strings.Contains(got, "X-Accel") || !strings.HasSuffix(got, "ok") {
		t.Errorf("got %q", got)
	}
	if got := sortedStrings(s.saw()); len(got) != 1 {
		t.Errorf("upstreams saw %q", got)
	}
}

// TestUpgradeSmuggling: only what an upstream says with 101 makes a tunnel; behind any other
// answer the next request is ours to read.
func TestUpgradeSmuggling(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, status := range []string{"200 OK", "426 Upgrade Required", "400 Bad Request", "102 Processing\r\n\r\nHTTP/1.1 200 OK", "103 Early Hints\r\n\r\nHTTP/1.1 503 No"} {
		for _, version := range []string{"13", "evil"} {
			for _, plane := range planes {
				s.witnesses[plane+"-open"].answers(says("HTTP/1.1 "+status+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok", true))
				got := statuses(s.wire(fmt.Sprintf("GET /ws HTTP/1.1\r\nHost: %[1]s.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: %[2]s\r\nSec-WebSocket-Key: eA==\r\n\r\nGET /admin HTTP/1.1\r\nHost: %[1]s.test\r\nConnection: close\r\n\r\n", plane, version)))
				if !strings.HasSuffix(got, " 403") {
					t.Errorf("%s %s: statuses %q", plane, status, got)
				}
				if seen := s.saw(); len(seen) != 1 || seen[0].target != "/ws" {
					t.Errorf("%s %s: upstreams saw %v", plane, status, seen)
				}
			}
		}
	}
}

// TestTunnel: what is sent early goes through the tunnel that the upstream opened, and
// nowhere else.
func TestTunnel(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		got := make(chan string, 1)
		s.witnesses[plane+"-open"].answers(func(c net.Conn, r seen) bool {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			b := make([]byte, 5)
			io.ReadFull(c, b)
			got <- string(b)
			return false
		})
		answer := s.wire("GET /ws HTTP/1.1\r\nHost: " + plane + ".test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly")
		if statuses(answer) != "101" || <-got != "early" {
			t.Errorf("%s: %q", plane, answer)
		}
	}
	s.saw()
}
