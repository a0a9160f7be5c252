package front

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// feed is the connection of a client that sends a text and closes.
type feed struct {
	net.Conn
	rest string
	step int // bytes that come at once
	out  strings.Builder
}

func (f *feed) Read(p []byte) (int, error) {
	if f.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, f.rest[:min(f.step, len(f.rest))])
	f.rest = f.rest[n:]
	return n, nil
}

func (f *feed) Write(p []byte) (int, error)      { return f.out.Write(p) }
func (f *feed) Close() error                     { return nil }
func (f *feed) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (f *feed) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (f *feed) SetReadDeadline(time.Time) error  { return nil }
func (f *feed) SetWriteDeadline(time.Time) error { return nil }

// seen is what a handler sees of a request.
type seen struct {
	method, target, host, url, body string
	length                          int64
	minor                           int
	header, trailer                 http.Header
	failed                          bool // the body could not be read
}

func see(r *http.Request) seen {
	body, err := io.ReadAll(r.Body)
	s := seen{r.Method, r.RequestURI, r.Host, r.URL.String(), string(body), r.ContentLength, r.ProtoMinor, maps.Clone(r.Header), nil, err != nil}
	delete(s.header, "Trailer")
	for name, values := range r.Trailer { // announced ones that did not come do not count
		if len(values) > 0 {
			if s.trailer == nil {
				s.trailer = http.Header{}
			}
			s.trailer[name] = values
		}
	}
	if s.failed {
		s.body, s.trailer = "", nil
	}
	return s
}

// served is what a handler sees of what a client sends.
func served(text string, step int) (all []seen, answers string) {
	s := &Server{HeaderTimeout: time.Hour, IdleTimeout: time.Hour, HeaderBytes: 16 << 10}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all = append(all, see(r))
		w.WriteHeader(http.StatusNoContent)
	})
	f := &feed{rest: text, step: step}
	newConn(s, f).serve()
	return all, f.out.String()
}

// FuzzRequests: whatever a client sends, pieces of any size are read alike, and every request
// that gets to the handler is one that net/http reads from the same bytes in the same way:
// we are stricter than it, and never read what it does not.
func FuzzRequests(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b?c HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET http://c/d HTTP/1.0\r\nHost: e\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"\r\nGET /%41 HTTP/1.1\nHost: a\nX: b\tc\n\n",
		"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, answers := served(text, 1<<20)
		again, answers2 := served(text, 1)
		if !reflect.DeepEqual(all, again) {
			t.Fatalf("%+v in one piece, %+v byte by byte", all, again)
		}
		if a, b := dateless(answers), dateless(answers2); a != b {
			t.Fatalf("%q in one piece, %q byte by byte", a, b)
		}
		held(t, text, all)
	})
}

func dateless(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "Date: ") {
			lines[i] = "Date"
		}
	}
	return strings.Join(lines, "\n")
}

// held holds what we read against net/http.
func held(t *testing.T, text string, all []seen) {
	t.Helper()
	in := bufio.NewReader(strings.NewReader(text))
	for i, got := range all {
		if err := skipEmpty(in); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("request %d %+v: net/http says %v", i, got, err)
		}
		if r.Header.Get("Pragma") == "no-cache" && got.header.Get("Cache-Control") == "" {
			r.Header.Del("Cache-Control") // it adds one
		}
		want := see(r)
		if got.failed && !want.failed { // it reads chunks that we refuse
			return
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("request %d:\ngot  %+v\nwant %+v", i, got, want)
		}
	}
}

func skipEmpty(in *bufio.Reader) error {
	for {
		b, err := in.Peek(1)
		if err == nil && b[0] == '\r' {
			b, err = in.Peek(2)
			b = b[1:]
		}
		if err != nil {
			return fmt.Errorf("there is no request: %w", err)
		}
		if b[0] != '\n' {
			return nil
		}
		if _, err = in.ReadString('\n'); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}
