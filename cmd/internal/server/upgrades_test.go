package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/net/http2"
)

// TestWebsockets: in the clear and over TLS on both sides, and silent for longer than a
// response may take.
func TestWebsockets(t *testing.T) {
	s := protocolStage(t, newHTTPUpstream(), "enableWebsockets: true, timeoutPolicy: {response: 50ms}, ")
	for _, host := range []string{"e-http", "e-https", "n-http", "n-https"} {
		for _, protocol := range []string{"http/1.1", "https/1.1"} {
			t.Run(protocol+"/"+host, func(t *testing.T) {
				c, url := s.client(protocol, host+".test")
				socket, _, err := websocket.Dial(within(t), url+"/socket", &websocket.DialOptions{HTTPClient: c})
				if err != nil {
					t.Fatal(err)
				}
				defer socket.CloseNow()
				socket.SetReadLimit(1 << 20)
				for _, text := range []string{"one", "", strings.Repeat("long ", 100_000), "last"} {
					if err := socket.Write(within(t), websocket.MessageText, []byte(text)); err != nil {
						t.Fatal(err)
					}
					if kind, got, err := socket.Read(within(t)); err != nil || kind != websocket.MessageText || string(got) != "again "+text {
						t.Fatalf("%.20q, %v", got, err)
					}
					time.Sleep(100 * time.Millisecond) // a pass needs no more than that nothing happens
				}
				if err := socket.Close(websocket.StatusNormalClosure, ""); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestWebsocketsRefused: HTTP/2 has no websockets here, as with Contour and ingress-nginx: the
// server does not offer extended CONNECT (RFC 8441), and who tries it is told at once; nor
// are websockets sent to an upstream that speaks HTTP/2.
func TestWebsocketsRefused(t *testing.T) {
	s := protocolStage(t, newHTTPUpstream(), "enableWebsockets: true, ")
	raw, err := net.Dial("tcp", s.http)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := newH2(t, raw)
	if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: c.fields(
		":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", "/socket", ":authority", "e-http.test", "sec-websocket-version", "13")}); err != nil {
		t.Fatal(err)
	}
	for refused := false; !refused; {
		f, err := c.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if v, ok := f.Value(http2.SettingEnableConnectProtocol); ok && v != 0 {
				t.Error("extended CONNECT is offered")
			}
		case *http2.RSTStreamFrame:
			if refused = true; f.ErrCode != http2.ErrCodeProtocol {
				t.Errorf("refused with %v", f.ErrCode)
			}
		case *http2.MetaHeadersFrame:
			t.Fatalf("an answer: %v", f.Fields)
		}
	}
	for _, host := range []string{"e-h2c", "e-h2"} {
		c, url := s.client("http/1.1", host+".test")
		_, answer, err := websocket.Dial(within(t), url+"/socket", &websocket.DialOptions{HTTPClient: c})
		if err == nil || answer == nil || answer.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: %+v, %v", host, answer, err)
		}
	}
}

// TestExpectContinue: a client that waits for leave gets it, and no upstream is asked, since
// both data planes give it themselves; a refusal comes without it.
func TestExpectContinue(t *testing.T) {
	u := newHTTPUpstream()
	s := protocolStage(t, u, "")
	s.everyWay(t, func(t *testing.T, c *http.Client, url, upstream string) {
		c.Transport.(*http.Transport).ExpectContinueTimeout = time.Hour // it waits for leave
		leave := 0
		ctx := httptrace.WithClientTrace(within(t), &httptrace.ClientTrace{Got100Continue: func() { leave++ }})
		r, err := http.NewRequestWithContext(ctx, "POST", url+"/plain", strings.NewReader(" hello"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Expect", "100-continue")
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if got := whole(t, answer); got != upstream+" POST /plain hello" || leave != 1 || u.expect.Load() {
			t.Errorf("%q, leave %d times, the upstream was asked: %t", got, leave, u.expect.Load())
		}
	})
	c, err := net.Dial("tcp", s.http)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(soon))
	fmt.Fprintf(c, "POST /unknown HTTP/1.1\r\nHost: nobody.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("a request that is refused got %s", answer.Status)
	}
}

// TestInterimOfUpstream: a 100 that nobody asked for, and others, before the response.
func TestInterimOfUpstream(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				io.Copy(io.Discard, r.Body)
				io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX-Step: 1\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
			}
			c.Close()
		}
	}()
	a := newAuthority(t)
	s := newStage(t, a, input{isolated: true}, serviceAt("raw", l.Addr().String())+a.pair("raw")+rootAt("raw", "services: [{name: raw, port: 80}]"))
	for _, protocol := range protocols {
		c, url := s.client(protocol, "raw.test")
		steps := ""
		ctx := httptrace.WithClientTrace(within(t), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			steps += fmt.Sprint(code, h.Get("X-Step"), " ")
			return nil
		}})
		answer := ask(t, c, ctx, "POST", url+"/", strings.NewReader("x"))
		if got := whole(t, answer); got != "ok" || steps != "1021 " || answer.Header.Get("X-Step") != "" {
			t.Errorf("%s: %q, interim %q, %v", protocol, got, steps, answer.Header)
		}
	}
}
