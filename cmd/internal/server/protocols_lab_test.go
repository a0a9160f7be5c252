package server

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

// httpUpstream answers by the path of a request.
type httpUpstream struct {
	began  chan bool // a request to /wait is there
	ended  chan bool // and over
	more   chan bool // lets /events go on
	most   atomic.Uint64
	expect atomic.Bool // an Expect came through
}

func newHTTPUpstream() *httpUpstream {
	return &httpUpstream{began: make(chan bool, 1), ended: make(chan bool, 1), more: make(chan bool)}
}

func (u *httpUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	if r.Header.Get("Expect") != "" {
		u.expect.Store(true)
	}
	switch r.URL.Path {
	case "/plain":
		fmt.Fprintf(w, "%s %s %s", r.Proto, r.Method, r.RequestURI)
		io.Copy(w, r.Body)
	case "/trailers":
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(w, r.Body)
		w.Header().Set("X-Sum", "got "+r.Trailer.Get("X-In"))
		w.Header().Set(http.TrailerPrefix+"X-Late", "unannounced")
	case "/untrailed": // announced, and never sent
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(w, r.Body)
	case "/hints":
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		io.WriteString(w, "page")
	case "/events":
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; out.Flush() == nil && <-u.more; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
		}
	case "/wait":
		if r.URL.RawQuery != "head" { // else not even the head comes
			io.WriteString(w, "begun")
			out.Flush()
		}
		u.began <- true
		<-r.Context().Done()
		u.ended <- true
	case "/echo":
		out.EnableFullDuplex()
		piece := make([]byte, 100)
		for out.Flush() == nil {
			n, err := r.Body.Read(piece)
			if w.Write(piece[:n]); err != nil {
				return
			}
		}
	case "/down":
		w.Header().Set("Content-Length", fmt.Sprint(wholeBytes))
		io.Copy(w, &pattern{left: wholeBytes, most: &u.most})
	case "/socket":
		socket(w, r)
	case "/up":
		sink := &pattern{left: wholeBytes, most: &u.most}
		_, err := io.Copy(sink, r.Body)
		fmt.Fprint(w, sink.left, sink.wrong, err)
	}
}

// socket says each message again.
func socket(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for {
		kind, data, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, append([]byte("again "), data...)) != nil {
			return
		}
	}
}

// waysTo are the upstream's protocols, with what stands in the objects for them.
var waysTo = []struct{ name, service, annotation string }{
	{"http", "{name: http, port: 80}", "backend-protocol: HTTP"},
	{"https", "{name: https, port: 80, protocol: tls, validation: {caSecret: authority, subjectName: up.test}}", "backend-protocol: HTTPS"},
	{"h2c", "{name: h2c, port: 80, protocol: h2c}", ""},
	{"h2", "{name: h2, port: 80, protocol: h2, validation: {caSecret: authority, subjectName: up.test}}", ""},
}

// protocolStage has a host for each kind of objects and each protocol of upstreams, that of
// nginx for HTTP/1.1 only: e-http.test, n-https.test and so on.
func protocolStage(t testing.TB, u *httpUpstream, policies string) *stage {
	a := newAuthority(t)
	pair, err := tls.X509KeyPair(a.leaf("up.test"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(a.trusted())
	for _, way := range waysTo {
		server := httptest.NewUnstartedServer(u)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		server.Config.Protocols = new(http.Protocols)
		switch server.EnableHTTP2 = way.name == "h2"; way.name {
		case "http":
			server.Config.Protocols.SetHTTP1(true)
			server.Start()
		case "h2c":
			server.Config.Protocols.SetUnencryptedHTTP2(true)
			server.Start()
		case "https":
			server.Config.Protocols.SetHTTP1(true)
			server.StartTLS()
		case "h2":
			server.Config.Protocols.SetHTTP2(true)
			server.StartTLS()
		}
		t.Cleanup(server.Close)
		b.WriteString(serviceAt(way.name, server.Listener.Addr().String()) + a.pair("e-"+way.name))
		b.WriteString(rootAt("e-"+way.name, policies+"services: ["+way.service+"]"))
		if way.annotation != "" {
			b.WriteString(a.pair("n-"+way.name) + ingressAt("n-"+way.name, way.name, way.annotation, "proxy-body-size: '0'"))
		}
	}
	return newStage(t, a, input{isolated: true}, b.String())
}

// everyWay runs a test with a client of each protocol to each host, with the protocol that
// its upstream should see.
func (s *stage) everyWay(t *testing.T, run func(t *testing.T, c *http.Client, url, upstream string)) {
	for _, host := range []string{"e-http", "e-https", "e-h2c", "e-h2", "n-http", "n-https"} {
		for _, protocol := range protocols {
			t.Run(protocol+"/"+host, func(t *testing.T) {
				c, url := s.client(protocol, host+".test")
				upstream := "HTTP/1.1"
				if strings.Contains(host, "-h2") {
					upstream = "HTTP/2.0"
				}
				run(t, c, url, upstream)
			})
		}
	}
}
