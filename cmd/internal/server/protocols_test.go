package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"runtime"
	"strings"
	"testing"
)

// within bounds a test.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	return ctx
}

func ask(t *testing.T, c *http.Client, ctx context.Context, method, url string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func whole(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestProtocols: ordinary requests, from each protocol to each.
func TestProtocols(t *testing.T) {
	u := newHTTPUpstream()
	s := protocolStage(t, u, "")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, upstream string) {
		ctx := within(t)
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			answer := ask(t, c, ctx, method, url+"/plain?q=%20", strings.NewReader("+body"))
			want := upstream + " " + method + " /plain?q=%20+body"
			if got := whole(t, answer); got != want || answer.StatusCode != 200 || answer.ContentLength != int64(len(want)) {
				t.Errorf("%s: %d %q, length %d", method, answer.StatusCode, got, answer.ContentLength)
			}
		}
		head := ask(t, c, ctx, "HEAD", url+"/plain", nil)
		if got := whole(t, head); got != "" || head.StatusCode != 200 {
			t.Errorf("HEAD: %d %q", head.StatusCode, got)
		}
	})
}

// TestTrailersEveryWay: those of requests and of responses, announced and not.
func TestTrailersEveryWay(t *testing.T) {
	s := protocolStage(t, newHTTPUpstream(), "")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, _ string) {
		body, write := io.Pipe()
		r, err := http.NewRequestWithContext(within(t), "POST", url+"/trailers", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Trailer = http.Header{"X-In": nil}
		go func() {
			io.WriteString(write, "hello")
			r.Trailer.Set("X-In", "42")
			write.Close()
		}()
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if got := whole(t, answer); got != "hello" || answer.Trailer.Get("X-Sum") != "got 42" || answer.Trailer.Get("X-Late") != "unannounced" {
			t.Errorf("%q, trailer %v", got, answer.Trailer)
		}
		answer = ask(t, c, within(t), "POST", url+"/untrailed", strings.NewReader("hello"))
		if got := whole(t, answer); got != "hello" || answer.Trailer.Get("X-Sum") != "" {
			t.Errorf("%q, trailer %v", got, answer.Trailer)
		}
	})
}

// TestEarlyHints: a 103 reaches the client before the response.
func TestEarlyHints(t *testing.T) {
	s := protocolStage(t, newHTTPUpstream(), "")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, _ string) {
		hints := ""
		ctx := httptrace.WithClientTrace(within(t), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints += fmt.Sprint(code, h.Get("Link"))
			return nil
		}})
		answer := ask(t, c, ctx, "GET", url+"/hints", nil)
		if got := whole(t, answer); got != "page" || hints != "103</a.css>; rel=preload" || answer.Header.Get("Link") != "" {
			t.Errorf("%q, hints %q, header %v", got, hints, answer.Header)
		}
	})
}

// TestServerSentEvents: the head comes before the first event, and each event before the next.
func TestServerSentEvents(t *testing.T) {
	u := newHTTPUpstream()
	s := protocolStage(t, u, "timeoutPolicy: {response: infinity}, ")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, _ string) {
		ctx := within(t)
		answer := ask(t, c, ctx, "GET", url+"/events", nil)
		if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Fatalf("content type %q", got)
		}
		lines := bufio.NewReader(answer.Body)
		for i := range 3 {
			u.more <- true
			line, err := lines.ReadString('\n')
			if _, end := lines.ReadString('\n'); err != nil || end != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Fatalf("%q, %v, %v", line, err, end)
			}
		}
		u.more <- false
		if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
			t.Errorf("%q, %v", rest, err)
		}
	})
}

// TestBothDirections: what a client sends is answered before it ends its body.
func TestBothDirections(t *testing.T) {
	s := protocolStage(t, newHTTPUpstream(), "timeoutPolicy: {response: infinity}, ")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, _ string) {
		ctx := within(t)
		body, write := io.Pipe()
		answer := ask(t, c, ctx, "POST", url+"/echo", body)
		for i := range 10 {
			text, back := fmt.Sprint("piece ", i), make([]byte, 7)
			go io.WriteString(write, text)
			if _, err := io.ReadFull(answer.Body, back); err != nil || string(back) != text {
				t.Fatalf("%q, %v", back, err)
			}
		}
		write.Close()
		if rest := whole(t, answer); rest != "" {
			t.Errorf("%q is left", rest)
		}
	})
}

// TestClientGoesAway: its request ends at the upstream as well, before and within the
// response.
func TestClientGoesAway(t *testing.T) {
	u := newHTTPUpstream()
	s := protocolStage(t, u, "timeoutPolicy: {response: infinity}, ")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, _ string) {
		ctx, cancel := context.WithCancel(within(t))
		answer := ask(t, c, ctx, "GET", url+"/wait", nil)
		awaited(t, u.began, "no request came")
		cancel()
		if _, err := io.ReadAll(answer.Body); err == nil {
			t.Error("the response looks whole")
		}
		awaited(t, u.ended, "the upstream's request goes on")

		ctx, cancel = context.WithCancel(within(t))
		r, err := http.NewRequestWithContext(ctx, "GET", url+"/wait?head", nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			awaited(t, u.began, "no request came")
			cancel()
		}()
		if answer, err := c.Do(r); err == nil {
			answer.Body.Close()
			t.Error("there is an answer")
		}
		awaited(t, u.ended, "the upstream's request without an answer goes on")
	})
}

// mostHeap is what the whole process may hold, the client and the upstream included, while
// one large body passes.
const mostHeap = 64 << 20

// TestLargeBodies: a body of 1 GiB passes in each direction, whole and in bounded memory.
func TestLargeBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("it moves 12 GiB")
	}
	u := newHTTPUpstream()
	s := protocolStage(t, u, "timeoutPolicy: {response: infinity}, ")
	for _, way := range []struct{ protocol, host string }{{"http/1.1", "e-http"}, {"h2c", "n-http"}, {"http/1.1", "e-h2c"}, {"h2", "e-h2"}} {
		t.Run(way.protocol+"/"+way.host, func(t *testing.T) {
			c, url := s.client(way.protocol, way.host+".test")
			runtime.GC()
			u.most.Store(0)
			down := &pattern{left: wholeBytes, most: &u.most}
			if _, err := io.Copy(down, ask(t, c, t.Context(), "GET", url+"/down", nil).Body); err != nil || down.left != 0 || down.wrong != 0 {
				t.Errorf("down: %v, %d bytes are missing, %d wrong", err, down.left, down.wrong)
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/up", io.NopCloser(&pattern{left: wholeBytes, most: &u.most}))
			if err != nil {
				t.Fatal(err)
			}
			if way.host != "e-h2" {
				r.ContentLength = wholeBytes // else it ends where it ends
			}
			answer, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if got := whole(t, answer); got != "0 0 <nil>" {
				t.Errorf("up: %s: bytes missing, bytes wrong, error", got)
			}
			t.Logf("at most %d MiB of heap", u.most.Load()>>20)
			if most := u.most.Load(); most > mostHeap || most == 0 {
				t.Errorf("%d MiB of heap, at most %d", most>>20, mostHeap>>20)
			}
		})
	}
}
