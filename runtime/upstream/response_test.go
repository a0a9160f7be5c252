package upstream

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

func TestRefusedResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		answer string
		kind   Kind
	}{
		"no HTTP":                 {"\x15\x03\x01\x00\x02\x02\x28", Protocol},
		"HTTP/0.9":                {"<html>hello</html>", Protocol},
		"HTTP/2":                  {"HTTP/2.0 200 OK\r\n\r\n", Protocol},
		"HTTP/1.2":                {"HTTP/1.2 200 OK\r\n\r\n", Protocol},
		"status of two digits":    {"HTTP/1.1 20 OK\r\n\r\n", Protocol},
		"status of four digits":   {"HTTP/1.1 2000 OK\r\n\r\n", Protocol},
		"status below 100":        {"HTTP/1.1 099 OK\r\n\r\n", Protocol},
		"two spaces":              {"HTTP/1.1  200 OK\r\n\r\n", Protocol},
		"bare CR in status line":  {"HTTP/1.1 200 OK\rX: y\r\n\r\n", Protocol},
		"continuation":            {ok + "X-A: 1\r\n b\r\nContent-Length: 0\r\n\r\n", Protocol},
		"continuation first":      {ok + " X-A: 1\r\nContent-Length: 0\r\n\r\n", Protocol},
		"bare CR in value":        {ok + "X-A: 1\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n", Protocol},
		"NUL in value":            {ok + "X-A: 1\x00\r\nContent-Length: 0\r\n\r\n", Protocol},
		"space before colon":      {ok + "Content-Length : 5\r\nContent-Length: 0\r\n\r\n", Protocol},
		"no colon":                {ok + "Content-Length\r\nContent-Length: 0\r\n\r\n", Protocol},
		"empty name":              {ok + ": 1\r\nContent-Length: 0\r\n\r\n", Protocol},
		"different lengths":       {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", Protocol},
		"list of lengths":         {ok + "Content-Length: 1, 1\r\n\r\na", Protocol},
		"negative length":         {ok + "Content-Length: -1\r\n\r\n", Protocol},
		"signed length":           {ok + "Content-Length: +1\r\n\r\na", Protocol},
		"hexadecimal length":      {ok + "Content-Length: 0x1\r\n\r\na", Protocol},
		"empty length":            {ok + "Content-Length:\r\n\r\n", Protocol},
		"huge length":             {ok + "Content-Length: 9223372036854775808\r\n\r\n", Protocol},
		"length and coding":       {ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Protocol},
		"two codings":             {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Protocol},
		"coding twice":            {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Protocol},
		"unknown coding":          {ok + "Transfer-Encoding: gzip\r\n\r\n", Protocol},
		"identity":                {ok + "Transfer-Encoding: identity\r\n\r\n", Protocol},
		"odd coding":              {ok + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", Protocol},
		"coding in HTTP/1.0":      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Protocol},
		"switch without question": {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", Protocol},
		"too many interim":        {strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", maxInterim+1) + ok + "\r\n", Protocol},
		"header too large":        {ok + "X-A: " + strings.Repeat("a", maxHeader) + "\r\n\r\n", TooLarge},
		"interim too large":       {strings.Repeat("HTTP/1.1 103 Early Hints\r\nX-A: "+strings.Repeat("a", maxHeader/10)+"\r\n\r\n", 11) + ok + "\r\n", TooLarge},
		"header without an end":   {ok + strings.Repeat("X-A: a\r\n", maxHeader/8), TooLarge},
		"half a header":           {ok + "Content-Le", Reset},
		"nothing":                 {"", Reset},
		"half a body":             {ok + "Content-Length: 5\r\n\r\nabc", Reset},
		"half a chunk":            {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", Reset},
		"no last chunk":           {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Reset},
		"half a trailer":          {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\n", Reset},
		"chunk with LF":           {ok + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", Protocol},
		"chunk without end":       {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", Protocol},
		"chunk with half an end":  {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\rX0\r\n\r\n", Protocol},
		"chunk size with sign":    {ok + "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", Protocol},
		"chunk size with 0x":      {ok + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", Protocol},
		"chunk size too large":    {ok + "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\nabc", Protocol},
		"chunk size is missing":   {ok + "Transfer-Encoding: chunked\r\n\r\n;a=b\r\nabc", Protocol},
		"chunk line too long":     {ok + "Transfer-Encoding: chunked\r\n\r\n3;" + strings.Repeat("a", h1.MaxChunkLine) + "\r\nabc", Protocol},
		"trailer folded":          {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\n b\r\n\r\n", Protocol},
		"trailer too large":       {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: " + strings.Repeat("a", h1.MaxTrailer) + "\r\n\r\n", Protocol},
	} {
		t.Run(name, func(t *testing.T) {
			e := endpoint(t, listen(t, func(_ int, conn net.Conn, in *bufio.Reader) {
				if _, ok := head(in); ok {
					if _, err := io.WriteString(conn, c.answer); err != nil && c.kind != TooLarge {
						t.Error(err)
					}
				}
			}))
			err := fails(t, e, get())
			if err.Kind != c.kind || !err.Sent || err.Reused || err.Endpoint != e.Address() {
				t.Errorf("got %+v (%v), want kind %v", err, err, c.kind)
			}
			if idle(e) != 0 {
				t.Error("the connection was kept")
			}
		})
	}
}

func TestAcceptedResponses(t *testing.T) {
	for name, c := range map[string]struct {
		method, answer, body string
		length               int64
		kept                 bool
	}{
		"length":              {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, true},
		"LF only":             {"GET", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "hello", 5, true},
		"no reason":           {"GET", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, true},
		"equal lengths":       {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello", "hello", 5, true},
		"length 0":            {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 0, true},
		"chunks":              {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhe\r\n03 \r\nllo\r\n000\r\n\r\n", "hello", -1, true},
		"HEAD with length":    {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "", 5, true},
		"HEAD with chunks":    {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "", -1, true},
		"HEAD without length": {"HEAD", "HTTP/1.1 200 OK\r\n\r\n", "", -1, true},
		"HEAD with body":      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "", 5, false},
		"204":                 {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "", 0, true},
		"204 with length":     {"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", 0, false},
		"204 with chunks":     {"GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "", 0, false},
		"304 with length":     {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 0, true},
		"304 with body":       {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", "", 0, false},
		"close":               {"GET", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, false},
		"close among others":  {"GET", "HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, false},
		"1.0":                 {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, false},
		"1.0 kept":            {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "hello", 5, true},
		"left over":           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", "hello", 5, false},
		"left over chunks":    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "hello", -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := endpoint(t, answer(t, c.answer))
			r := get()
			r.Method = c.method
			for range 2 {
				response, body := do(t, e, r)
				if body != c.body || response.ContentLength != c.length {
					t.Errorf("got %q of length %d, want %q of %d", body, response.ContentLength, c.body, c.length)
				}
			}
			if kept := idle(e) == 1; kept != c.kept {
				t.Errorf("kept: %v, want %v", kept, c.kept)
			}
		})
	}
}

// TestLastRequest: a connection is not kept whose end was announced, whatever the upstream
// says, and neither is one of HTTP/1.0.
func TestLastRequest(t *testing.T) {
	for _, c := range []struct {
		connection string
		old, kept  bool
	}{{"", false, true}, {"keep-alive", false, true}, {"close", false, false}, {"", true, false}} {
		e := endpoint(t, answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
		r := get()
		r.Connection, r.HTTP10 = c.connection, c.old
		if _, body := do(t, e, r); body != "hello" || idle(e) == 1 != c.kept {
			t.Errorf("%+v: %q, %d idle", c, body, idle(e))
		}
	}
}

func TestBodyUntilTheEnd(t *testing.T) {
	for _, version := range []string{"1.0", "1.1"} {
		large := strings.Repeat("0123456789", 5000)
		e := endpoint(t, listen(t, func(_ int, c net.Conn, in *bufio.Reader) {
			if _, ok := head(in); ok {
				if _, err := io.WriteString(c, "HTTP/"+version+" 200 OK\r\n\r\n"+large); err != nil {
					t.Error(err)
				}
			}
		}))
		response, body := do(t, e, get())
		if body != large || response.ContentLength != -1 || idle(e) != 0 {
			t.Errorf("got %d bytes, length %d, %d idle", len(body), response.ContentLength, idle(e))
		}
	}
}

func TestHeader(t *testing.T) {
	e := endpoint(t, answer(t, "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nX-A: \t x y \t\r\nSet-Cookie: b=2\r\nX-Empty:\r\n"+
		"Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nTrailer: X-T, Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"1\r\na\r\n0\r\nX-T: t\r\nX-U: u\r\nContent-Length: 7\r\n\r\n"))
	response, err := e.Do(t.Context(), get())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-T": nil}, response.Trailer); diff != "" {
		t.Errorf("announced trailers (-want +got):\n%s", diff)
	}
	read(t, response, nil)
	if diff := cmp.Diff(http.Header{"Set-Cookie": {"a=1", "b=2"}, "X-A": {"x y"}, "X-Empty": {""}}, response.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(http.Header{"X-T": {"t"}, "X-U": {"u"}}, response.Trailer); diff != "" {
		t.Errorf("trailers (-want +got):\n%s", diff)
	}
	if idle(e) != 1 {
		t.Error("the connection was not kept")
	}
}

func TestInformational(t *testing.T) {
	e := endpoint(t, answer(t, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	r, got := get(), []string{}
	r.Informational = func(code int, h http.Header) { got = append(got, http.StatusText(code)+" "+h.Get("Link")) }
	if _, body := do(t, e, r); body != "ok" {
		t.Errorf("got %q", body)
	}
	if diff := cmp.Diff([]string{"Early Hints </a>"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
