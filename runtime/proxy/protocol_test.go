package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestWebsocket(t *testing.T) {
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		l := newLab(t, Options{})
		l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer c.CloseNow()
			for {
				kind, data, err := c.Read(r.Context())
				if err != nil || c.Write(r.Context(), kind, append([]byte("echo "), data...)) != nil {
					return
				}
			}
		})
		l.serve(with(plane, func(r *intent.Route) { r.Forward.Websocket = true; r.Forward.Timeouts.Response = 15000 }))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		c, _, err := websocket.Dial(ctx, l.front.URL+"/ws", &websocket.DialOptions{Host: "a.t"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			text := fmt.Sprint("message ", i)
			if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, data, err := c.Read(ctx); err != nil || string(data) != "echo "+text {
				t.Fatalf("%q, %v", data, err)
			}
		}
		c.Close(websocket.StatusNormalClosure, "")
	}
}

// TestUpgradeRefused: Envoy refuses upgrades that the route does not allow; nobody passes
// an upgrade to HTTP/2 on.
func TestUpgradeRefused(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	l.serve(with(intent.Normalized, func(*intent.Route) {}))
	if status := upgradeStatus(t, l, "websocket"); status != 403 {
		t.Errorf("websocket without leave: %d", status)
	}
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		l.serve(with(plane, func(r *intent.Route) { r.Forward.Websocket = true }))
		status, _, body := l.get("a.t/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
		if status != 200 || strings.Contains(strings.ToLower(body), "upgrade") || strings.Contains(strings.ToLower(body), "http2-settings") {
			t.Errorf("h2c: %d\n%s", status, body)
		}
	}
}

// TestUpgradeOfHTTP2: no backend of HTTP/2 changes the protocol for an Upgrade. What nginx sends
// it (Connection and Upgrade) is malformed, and what Envoy makes of it (an extended CONNECT) is not
// announced: both answer 502, as Envoy v1.38 did in front of a server of net/http.
func TestUpgradeOfHTTP2(t *testing.T) {
	l := newLab(t, Options{})
	s := httptest.NewUnstartedServer(echo("s"))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	l.endpoints(s.Listener.Addr().String())
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		l.serve(with(plane, func(r *intent.Route) { r.Forward.Websocket, r.Forward.Backends[0].Protocol = true, intent.H2C }))
		if status := upgradeStatus(t, l, "websocket"); status != 502 {
			t.Errorf("%v: %d", plane, status)
		}
		if status, _, body := l.get("a.t/"); status != 200 {
			t.Errorf("%v without an upgrade: %d\n%s", plane, status, body)
		}
	}
}

func upgradeStatus(t *testing.T, l *lab, to string) int {
	c, err := net.Dial("tcp", l.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.t\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", to)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

// TestEvents: each event arrives before the next one is sent.
func TestEvents(t *testing.T) {
	l := newLab(t, Options{})
	next := make(chan bool)
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			if !<-next {
				return
			}
		}
	})
	defer close(next)
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	r, err := http.NewRequest("GET", l.front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "a.t"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for i := range 3 {
		line, err := lines.ReadString('\n')
		if err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q, %v", line, err)
		}
		lines.ReadString('\n')
		next <- true
	}
}

// TestTrailersAndInformational: both ways through.
func TestTrailersAndInformational(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(w, r.Body)
		w.Header().Set("X-Sum", "got "+r.Trailer.Get("X-In"))
	})
	l.serve(with(intent.Normalized, func(*intent.Route) {}))
	body, write := io.Pipe()
	r, err := http.NewRequest("POST", l.front.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Trailer = "a.t", http.Header{"X-In": nil}
	go func() {
		io.WriteString(write, "hello")
		r.Trailer.Set("X-In", "42")
		write.Close()
	}()
	hints := ""
	r = r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints = fmt.Sprint(code, h.Get("Link"))
		return nil
	}}))
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || string(text) != "hello" || response.Trailer.Get("X-Sum") != "got 42" {
		t.Errorf("%q, %v, trailer %v", text, err, response.Trailer)
	}
	if hints != "103</a.css>; rel=preload" {
		t.Errorf("early hints %q", hints)
	}
}

// TestClientGone: who goes away takes the upstream request along.
func TestClientGone(t *testing.T) {
	l := newLab(t, Options{})
	began, ended := make(chan bool), make(chan bool)
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(ended)
	})
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", l.front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "a.t"
	go func() { <-began; cancel() }()
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Error("an answer came")
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the upstream request goes on")
	}
}

// TestBrokenOff: a response that ends too early must not look whole.
func TestBrokenOff(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	r, err := http.NewRequest("GET", l.front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "a.t"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q looks whole", text)
	}
}

// TestWholeResponse: Envoy's time for a route counts to the response's last byte.
func TestWholeResponse(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, "drip")
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
	l.serve(with(intent.Normalized, func(r *intent.Route) { r.Forward.Timeouts = intent.Timeouts{Response: 150, Idle: 5000} }))
	r, err := http.NewRequest("GET", l.front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "a.t"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the response ended well")
	}
}

// TestEarlyResponses: an upstream that does not wait for the body of a request may answer
// while that is still being read by another goroutine.
func TestEarlyResponses(t *testing.T) {
	for _, protocol := range []intent.Protocol{intent.HTTP, intent.H2C} {
		l := newLab(t, Options{})
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "early")
		}))
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(protocol == intent.HTTP)
		s.Config.Protocols.SetUnencryptedHTTP2(protocol == intent.H2C)
		s.Start()
		t.Cleanup(s.Close)
		l.endpoints(s.Listener.Addr().String())
		l.serve(with(intent.Normalized, func(r *intent.Route) { r.Forward.Backends[0].Protocol = protocol }))
		for _, size := range []int{1, 5000} {
			for range 200 {
				if status, _, body := l.do("POST", "a.t/", strings.NewReader(strings.Repeat("x", size))); status != 200 || body != "early" {
					t.Fatalf("%v, %d bytes: status %d", protocol, size, status)
				}
			}
		}
	}
}

// TestUpgradeIsAsked: nginx takes a request with Upgrade for a change of protocol whatever
// Connection says, Envoy where Connection names it.
func TestUpgradeIsAsked(t *testing.T) {
	for _, c := range []struct {
		connection string
		plane      intent.PathForm
		want       string
	}{
		{"upgrade", intent.Decoded, "websocket"}, {"X-Custom", intent.Decoded, "websocket"}, {"", intent.Decoded, "websocket"},
		{"keep-alive, Upgrade", intent.Normalized, "websocket"}, {"X-Custom", intent.Normalized, ""}, {"", intent.Normalized, ""},
	} {
		r := &http.Request{ProtoMajor: 1, Header: http.Header{"Upgrade": {"websocket"}, "Connection": {c.connection}}}
		if got := upgrade(r, c.plane); got != c.want {
			t.Errorf("Connection: %q, %v: %q, want %q", c.connection, c.plane, got, c.want)
		}
	}
}

// TestTraceAboveRoot: a target that nginx refuses is refused whatever the method.
func TestTraceAboveRoot(t *testing.T) {
	for uri, want := range map[string]int{"/": 405, "/../x": 400} {
		x := &exchange{Proxy: &Proxy{}, r: &http.Request{Method: http.MethodTrace, RequestURI: uri}}
		if got := x.untaken(); got != want {
			t.Errorf("TRACE %s: %d, want %d", uri, got, want)
		}
	}
}
