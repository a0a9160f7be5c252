package auth

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// asks is an External that asks handler, and the questions that it has got.
func asks(t *testing.T, e intent.ExternalAuth, o ExternalOptions, handler http.HandlerFunc) (*External, *[]*http.Request) {
	t.Helper()
	var seen []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	e.URL = strings.Replace(e.URL, "http://service", server.URL, 1)
	x, err := NewExternal(&e, o)
	if err != nil {
		t.Fatal(err)
	}
	return x, &seen
}

func answering(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

var asked = Question{Scheme: "http", Host: "h.t:8080", URI: "/p?q=1", Client: "192.0.2.1", RequestID: "id", Peer: "192.0.2.1:5"}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]int{
		200: 0, 202: 0, 204: 0, 299: 0,
		300: 500, 301: 500, 302: 500, 304: 500, 307: 500, 400: 500, 401: 401, 402: 500, 403: 403, 404: 500, 407: 500, 429: 500, 500: 500, 502: 500, 503: 500,
	} {
		x, seen := asks(t, intent.ExternalAuth{URL: "http://service/"}, ExternalOptions{}, answering(status, "Location", "/elsewhere", "WWW-Authenticate", "A", "WWW-Authenticate", "B"))
		v := x.Check(httptest.NewRequest("GET", "/", nil), asked)
		if v.Allowed != (want == 0) || v.Status != want || len(*seen) != 1 {
			t.Errorf("%d: %d, want %d; %d questions", status, v.Status, want, len(*seen))
		}
		if got := strings.Join(v.Header.Values("WWW-Authenticate"), " "); (got == "A B") != (status == 401) {
			t.Errorf("%d: challenges %q", status, got)
		}
	}
}

func TestQuestion(t *testing.T) {
	e := intent.ExternalAuth{URL: "http://service/{host}/a%2Fb?u={uri}", Redirect: "{scheme}!", Ask: []intent.HeaderChange{
		{Name: "X-Set", Value: "{host}"}, {Name: "X-Empty", Value: "{nothing}"}, {Name: "X-Gone", Remove: true}, {Name: "X-Https", Value: "1", HTTPSOnly: true},
	}}
	x, seen := asks(t, e, ExternalOptions{}, answering(200))
	r := httptest.NewRequest("POST", "/", strings.NewReader("body"))
	r.Header = http.Header{
		"Content-Length": {"4"}, "Transfer-Encoding": {"chunked"}, "Connection": {"X-Hop"}, "Upgrade": {"websocket"}, "Te": {"trailers"}, "Expect": {"100-continue"},
		"Proxy": {"http://evil/"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"spoof"}, "X-Real-Ip": {"spoof"}, "X-Request-Id": {"spoof"},
		"X-Original-Url": {"spoof"}, "X-Original-Method": {"spoof"}, "X-Sent-From": {"spoof"}, "X-Auth-Request-Redirect": {"spoof"},
		"X-Empty": {"client's"}, "X-Gone": {"client's"}, "X-Https": {"client's"},
		"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "If-None-Match": {`"x"`}, "X-Two": {"1", "2"},
	}
	q := asked
	q.Ask = []HeaderEdit{{Name: "Ssl-Client-Verify", Value: "SUCCESS"}}
	q.Variable = func(name string) string {
		return map[string]string{"host": "h.t", "uri": "%2Fx", "scheme": "http"}[name]
	}
	if v := x.Check(r, q); !v.Allowed {
		t.Fatalf("%+v", v)
	}
	got := (*seen)[0]
	if got.Method != "GET" || got.RequestURI != "/h.t/a%2Fb?u=%2Fx" || got.Host != "127.0.0.1" {
		t.Errorf("%s %s of %s", got.Method, got.RequestURI, got.Host)
	}
	want := http.Header{
		"X-Forwarded-For": {"192.0.2.1"}, "X-Real-Ip": {"192.0.2.1"}, "X-Request-Id": {"id"}, "X-Original-Url": {"http://h.t:8080/p?q=1"},
		"X-Original-Method": {"POST"}, "X-Sent-From": {"nginx-ingress-controller"}, "X-Auth-Request-Redirect": {"http!"},
		"X-Set": {"h.t"}, "X-Https": {"client's"}, "Ssl-Client-Verify": {"SUCCESS"},
		"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "If-None-Match": {`"x"`}, "X-Two": {"1", "2"},
		"Connection": {"close"},
	}
	for name := range got.Header {
		if strings.Join(got.Header[name], "|") != strings.Join(want[name], "|") {
			t.Errorf("%s: %q, want %q", name, got.Header[name], want[name])
		}
	}
	for name := range want {
		if got.Header[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	if len(r.Header["X-Two"]) != 2 || r.Header.Get("X-Real-Ip") != "spoof" {
		t.Error("the request was changed")
	}
	if body, err := io.ReadAll(r.Body); string(body) != "body" {
		t.Errorf("the body was read: %q %v", body, err)
	}
}

func TestMethod(t *testing.T) {
	x, seen := asks(t, intent.ExternalAuth{URL: "http://service/_external-auth-Lw-Prefix", Method: "HEAD", Ask: []intent.HeaderChange{
		{Name: "X-Original-URI", Value: "{uri}"}, {Name: "X-Scheme", Value: "{scheme}"},
	}}, ExternalOptions{}, answering(200))
	q := asked
	q.Variable = func(name string) string { return map[string]string{"uri": q.URI, "scheme": "https"}[name] }
	x.Check(httptest.NewRequest("GET", "/", nil), q)
	got := (*seen)[0]
	if got.Method != "HEAD" || got.RequestURI != "/_external-auth-Lw-Prefix" || got.Header.Get("X-Original-URI") != "/p?q=1" || got.Header.Get("X-Scheme") != "https" || got.Header.Get("X-Original-URL") != "http://h.t:8080/p?q=1" {
		t.Errorf("%s %s %v", got.Method, got.RequestURI, got.Header)
	}
}

func TestHeadersOfTheAnswer(t *testing.T) {
	e := intent.ExternalAuth{URL: "http://service/", Headers: []string{"X-User", "X-Groups", "X-Absent"}}
	x, _ := asks(t, e, ExternalOptions{}, answering(200, "X-User", "alice", "X-Groups", "a", "X-Groups", "b", "X-Other", "o", "Set-Cookie", "s=1", "Set-Cookie", "t=2"))
	r := httptest.NewRequest("GET", "/", nil)
	spoof := func() {
		for _, name := range []string{"X-User", "X-Absent", "X-Other"} {
			r.Header[name] = []string{"spoof", "spoof"}
		}
	}
	spoof()
	v := x.Check(r, asked)
	EditRequest(r.Header, v.Upstream)
	if got := [4]string{r.Header.Get("X-User"), r.Header.Get("X-Groups"), r.Header.Get("X-Absent"), r.Header.Get("X-Other")}; got != [4]string{"alice", "a, b", "", "spoof"} {
		t.Errorf("%q", got)
	}
	for status, want := range map[int]string{200: "s=1, t=2", 302: "s=1, t=2", 404: "", 502: ""} {
		h := http.Header{}
		EditResponse(h, status, v.Client)
		if h.Get("Set-Cookie") != want {
			t.Errorf("%d: %q", status, h.Get("Set-Cookie"))
		}
	}
	spoof()
	EditRequest(r.Header, x.Skipped())
	if r.Header.Get("X-User")+r.Header.Get("X-Absent") != "" {
		t.Error("a client says who it is where no service was asked")
	}
}

func TestCookiesAlways(t *testing.T) {
	for status, want := range map[int][2]string{200: {"", ""}, 401: {"", "s=1"}, 403: {"", "s=1"}, 500: {"", "s=1"}} {
		for i, always := range []bool{false, true} {
			x, _ := asks(t, intent.ExternalAuth{URL: "http://service/", AlwaysSetCookie: always}, ExternalOptions{}, answering(status, "Set-Cookie", "s=1"))
			v := x.Check(httptest.NewRequest("GET", "/", nil), asked)
			if got := v.Header.Get("Set-Cookie"); got != want[i] {
				t.Errorf("%d always %v: %q, want %q", status, always, got, want[i])
			}
			if h := (http.Header{}); v.Allowed {
				EditResponse(h, 404, v.Client)
				if (h.Get("Set-Cookie") != "") != always {
					t.Errorf("404 always %v: %v", always, h)
				}
			}
		}
	}
}

func TestNoAnswer(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	slow := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}
	garbage, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer garbage.Close()
	go func() {
		for {
			c, err := garbage.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "SSH-2.0\r\n\r\n")
			c.Close()
		}
	}()
	check := func(x *External, q Question) Verdict { return x.Check(httptest.NewRequest("GET", "/", nil), q) }
	late, _ := asks(t, intent.ExternalAuth{URL: "http://service/"}, ExternalOptions{TransportOptions: TransportOptions{Read: 20 * time.Millisecond}}, slow)
	refused, _ := asks(t, intent.ExternalAuth{URL: closed.URL}, ExternalOptions{}, nil)
	noise, _ := asks(t, intent.ExternalAuth{URL: "http://" + garbage.Addr().String()}, ExternalOptions{}, nil)
	big, _ := asks(t, intent.ExternalAuth{URL: "http://service/"}, ExternalOptions{}, answering(200, "X-Big", strings.Repeat("x", 100<<10)))
	for name, x := range map[string]*External{"late": late, "refused": refused, "no http": noise, "headers too big": big} {
		if v := check(x, asked); v.Allowed || v.Status != 500 || v.Err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
	variable, seen := asks(t, intent.ExternalAuth{URL: "http://{host}/{uri}"}, ExternalOptions{}, answering(200))
	for _, hostile := range []string{"", "a b", "x/\r\nX: y", "[::1", "h:port", "user:pw@h", "%zz", "\x7f", "ü"} {
		q := asked
		q.Variable = func(string) string { return hostile }
		v := check(variable, q)
		if v.Allowed || v.Status != 500 || v.Err == nil || hostile != "" && strings.Contains(v.Err.Error(), hostile) {
			t.Errorf("%q: %+v", hostile, v)
		}
	}
	if len(*seen) > 0 {
		t.Errorf("%d questions", len(*seen))
	}
}

func TestBodyOfTheAnswerIsBounded(t *testing.T) {
	var written atomic.Int64
	x, _ := asks(t, intent.ExternalAuth{URL: "http://service/"}, ExternalOptions{}, func(w http.ResponseWriter, r *http.Request) {
		for range 10_000 {
			n, err := w.Write(make([]byte, 32<<10))
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	if v := x.Check(httptest.NewRequest("GET", "/", nil), asked); !v.Allowed {
		t.Errorf("%+v", v)
	}
	if written.Load() >= 10_000*32<<10 {
		t.Error("all of it was read")
	}
}

func TestConnectionsAreNotKept(t *testing.T) {
	var dialled atomic.Int32
	o := ExternalOptions{TransportOptions: TransportOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
	x, seen := asks(t, intent.ExternalAuth{URL: "http://service/"}, o, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 10<<10)) })
	for range 5 {
		x.Check(httptest.NewRequest("GET", "/", nil), asked)
	}
	if dialled.Load() != 5 || len(*seen) != 5 {
		t.Errorf("%d connections for %d questions", dialled.Load(), len(*seen))
	}
}

func TestNoProxyOfTheEnvironment(t *testing.T) {
	if NewTransport(TransportOptions{}).Proxy != nil {
		t.Error("there is a proxy")
	}
}

func TestServiceOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answering(200))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail on purpose
	server.StartTLS()
	defer server.Close()
	for name, c := range map[string]struct {
		o       TransportOptions
		allowed bool
	}{
		"unverified": {TransportOptions{}, true},
		"known":      {TransportOptions{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}, true},
		"unknown":    {TransportOptions{TLS: &tls.Config{}}, false},
	} {
		x, err := NewExternal(&intent.ExternalAuth{URL: server.URL}, ExternalOptions{TransportOptions: c.o})
		if err != nil {
			t.Fatal(err)
		}
		if v := x.Check(httptest.NewRequest("GET", "/", nil), asked); v.Allowed != c.allowed {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestNotCompiled(t *testing.T) {
	for _, e := range []intent.ExternalAuth{
		{URL: ""}, {URL: "/relative"}, {URL: "ftp://h/"}, {URL: "http://"}, {URL: "http://u:secret@h/"}, {URL: "http://h:x/"},
		{URL: "http://h/", Headers: []string{"Content-Length"}}, {URL: "http://h/", Headers: []string{"transfer-encoding"}}, {URL: "http://h/", Headers: []string{"a b"}},
		{URL: "http://h/", SignIn: "https://[::1/"},
		{URL: "http://h/", CacheKey: "k", CacheFor: []string{"200 never"}}, {URL: "http://h/", CacheKey: "k", CacheFor: []string{""}},
	} {
		if _, err := NewExternal(&e, ExternalOptions{}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestSignIn(t *testing.T) {
	for _, c := range []struct{ signIn, arg, want string }{
		{"https://l.t/start", "rd", "https://l.t/start?rd=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://l.t/start?", "rd", "https://l.t/start??rd=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://l.t/start?foo=bar", "rd", "https://l.t/start?foo=bar&rd=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://l.t/start?rd=x", "rd", "https://l.t/start?rd=x"},
		{"https://l.t/start?rd=", "rd", "https://l.t/start?rd=&rd=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://l.t/start?from=here", "", "https://l.t/start?from=here"}, // complete, as the model says
		{"https://l.t/start", "next", "https://l.t/start?next=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://l.t/start?rd=x", "next", "https://l.t/start?rd=x&next=http://h.t:8080%2Fp%3Fq%3D1"},
		{"https://{host}/start?rd={scheme}://{host}{var:escaped_request_uri}", "", "https://h.t/start?rd=http://h.t%2Fp%3Fq%3D1"},
		{"", "", ""},
	} {
		x, _ := asks(t, intent.ExternalAuth{URL: "http://service/", SignIn: c.signIn, SignInArg: c.arg}, ExternalOptions{}, answering(401, "WWW-Authenticate", "B", "Set-Cookie", "s=1"))
		q := asked
		q.Variable = func(name string) string { return map[string]string{"host": "h.t", "scheme": "http"}[name] }
		v := x.Check(httptest.NewRequest("GET", "/", nil), q)
		want := http.Header{"Www-Authenticate": {"B"}}
		status := 401
		if c.want != "" {
			status = 302
			want.Set("Location", c.want)
			want.Set("Set-Cookie", "s=1")
		}
		if v.Status != status || v.Header.Get("Location") != c.want || len(v.Header) != len(want) {
			t.Errorf("%s %s: %d %v, want %q", c.signIn, c.arg, v.Status, v.Header, c.want)
		}
	}
}

func TestSignInOfAPassword(t *testing.T) {
	x, err := NewExternal(&intent.ExternalAuth{URL: "http://h/", SignIn: "https://l.t/"}, ExternalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := file(t, "u:{PLAIN}p")
	v := x.SignIn(b.Check(httptest.NewRequest("GET", "/", nil)), asked)
	if v.Status != 302 || v.Header.Get("Location") == "" || v.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("%+v", v)
	}
	if v := x.SignIn(b.Check(with("u", "p")), asked); !v.Allowed {
		t.Errorf("%+v", v)
	}
}

func TestEscape(t *testing.T) {
	var all, want strings.Builder
	for c := range 256 {
		all.WriteByte(byte(c))
		switch {
		case c < 0x21, c >= 0x7f, strings.ContainsRune("\"#%&+/:;<=>?[\\]^{}", rune(c)):
			want.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
		default:
			want.WriteByte(byte(c))
		}
	}
	if got := Escape(all.String()); got != want.String() {
		t.Errorf("%q\nwant %q", got, want.String())
	}
}

// FuzzSignIn: the way back is one argument of the sign-in URL, whatever the client asked
// for, and the Location is a header value or there is none.
func FuzzSignIn(f *testing.F) {
	for _, seed := range []string{"/", "/p/?a=1&b=2", "/&rd=https://evil.t", "/#x", "/%zz", "/\r\nX: y", "/ü;a=b"} {
		f.Add("h.t", seed)
	}
	x, err := NewExternal(&intent.ExternalAuth{URL: "http://h/", SignIn: "https://l.t/s?a=b", SignInArg: "rd"}, ExternalOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, host, uri string) {
		if back, err := url.PathUnescape(Escape(uri)); err != nil || back != uri {
			t.Fatalf("%q comes back as %q: %v", uri, back, err)
		}
		v := x.SignIn(Verdict{Status: 401}, Question{Scheme: "http", Host: host, URI: uri})
		location := v.Header.Get("Location")
		if v.Status == 500 && location == "" {
			return
		}
		if strings.ContainsAny(location, "\r\n\x00") || !strings.HasPrefix(location, "https://l.t/s?a=b&rd=http://"+host) {
			t.Fatalf("%q", location)
		}
		if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
			return // nginx writes the Host as it came
		}
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := url.ParseQuery(u.RawQuery); err != nil || len(q) != 2 || len(q["rd"]) != 1 || q.Get("rd") != "http://"+host+uri {
			t.Fatalf("%q: %v %v", location, q, err)
		}
	})
}
