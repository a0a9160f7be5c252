package policy

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

const (
	nginxMethods = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
	nginxHeaders = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
)

// nginxCORS is enable-cors with ingress-nginx's defaults, but for some of its fields.
func nginxCORS(origins string, change func(*intent.CORS)) *intent.CORS {
	c := &intent.CORS{
		Origins: strings.Split(origins, ","), Methods: nginxMethods, Headers: nginxHeaders,
		Credentials: true, MaxAge: 1728000, Ends: true,
	}
	if change != nil {
		change(c)
	}
	return c
}

// TestNginxCORS: the hosts cors.t, cors2.t, cors3.t and cors4.t of the recordings of
// ingress-nginx (golden/ingress-nginx/annotations), c227.t and c589.t of its random runs.
func TestNginxCORS(t *testing.T) {
	list := nginxCORS("https://*.foo.com, http://bar.com:8080", func(c *intent.CORS) { c.Credentials, c.Expose, c.MaxAge = false, "X-A", 10 })
	all := nginxCORS("*", nil)
	star := "origin=* credentials=true maxage=1728000"
	for _, c := range []struct {
		name   string
		cors   *intent.CORS
		method string
		origin string // "-": none
		status int
		want   string // empty: the policy does not speak of the request
	}{
		{"default", all, "GET", "http://o.com", 0, star},
		{"default without origin", all, "GET", "-", 0, star},
		{"preflight", all, "OPTIONS", "http://o.com", 204, star},
		{"options without origin", all, "OPTIONS", "-", 204, star},
		{"label", list, "GET", "https://x.foo.com", 0, "origin=https://x.foo.com expose=X-A maxage=10"},
		{"two labels", list, "GET", "https://x.y.foo.com", 0, ""},
		{"no label", list, "GET", "https://foo.com", 0, ""},
		{"port", list, "GET", "http://bar.com:8080", 0, "origin=http://bar.com:8080 expose=X-A maxage=10"},
		{"another port", list, "GET", "http://bar.com", 0, ""},
		{"case", list, "GET", "https://X.FOO.com", 0, "origin=https://X.FOO.com expose=X-A maxage=10"},
		{"open at the start", list, "GET", "https://evil.com/https://x.foo.com", 0, "origin=https://evil.com/https://x.foo.com expose=X-A maxage=10"},
		{"closed at the end", list, "GET", "https://x.foo.com.evil", 0, ""},
		{"preflight of another origin", list, "OPTIONS", "http://evil", 0, ""},
		{"preflight of an origin", list, "OPTIONS", "https://x.foo.com", 204, "origin=https://x.foo.com expose=X-A maxage=10"},
		{"preflight without origin", list, "OPTIONS", "-", 0, ""},
		{"no scheme", nginxCORS("foo.com", nil), "GET", "http://foo.com", 0, ""},
		{"null", nginxCORS("null", nil), "GET", "null", 0, "origin=null credentials=true maxage=1728000"},
		{"null is not all", nginxCORS("null", nil), "GET", "http://o.t", 0, ""},
		{"a list with a star", nginxCORS("https://a.com,*", nil), "GET", "http://o.t", 0, star},
		{"max-age below 0", nginxCORS("https://*.foo.t", func(c *intent.CORS) { c.MaxAge = -1 }), "POST", "https://a.foo.t", 0, "origin=https://a.foo.t credentials=true maxage=-1"},
		{"max-age 0", nginxCORS("https://*.foo.t", func(c *intent.CORS) { c.MaxAge = 0 }), "POST", "https://a.foo.t", 0, "origin=https://a.foo.t credentials=true maxage=0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cors, err := NewCORS(c.cors, intent.Decoded)
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Method: c.method, Header: http.Header{}}
			if c.origin != "-" {
				r.Header.Set("Origin", c.origin)
			}
			h := http.Header{}
			if status := cors.Preflight(r, h); status != c.status {
				t.Fatalf("status %d, want %d", status, c.status)
			}
			if c.status == 204 && h.Get("Content-Type") != "text/plain charset=UTF-8" {
				t.Errorf("content type %q", h.Get("Content-Type"))
			}
			h = http.Header{"Vary": {"Accept"}, acAllowOrigin: {"http://app"}, acAllowMethods: {"app"}}
			cors.Mark(r, h)
			checkNginx(t, c.cors, c.want, h)
		})
	}
}

func checkNginx(t *testing.T, c *intent.CORS, want string, h http.Header) {
	t.Helper()
	if want == "" {
		if h.Get(acAllowOrigin) != "http://app" || len(h) != 3 {
			t.Errorf("the response was changed: %v", h)
		}
		return
	}
	got := "origin=" + h.Get(acAllowOrigin)
	for _, x := range []struct{ word, name string }{{"credentials", acAllowCredentials}, {"expose", acExposeHeaders}, {"maxage", acMaxAge}} {
		if v := h.Get(x.name); v != "" {
			got += " " + x.word + "=" + v
		}
	}
	if got != want || h.Get(acAllowMethods) != c.Methods || h.Get(acAllowHeaders) != c.Headers {
		t.Errorf("got %q, want %q (%v)", got, want, h)
	}
	if !slices.Equal(h["Vary"], []string{"Accept"}) || len(h[acAllowOrigin]) != 1 {
		t.Errorf("got %v", h)
	}
}

func TestCORSErrors(t *testing.T) {
	if c, err := NewCORS(&intent.CORS{Patterns: []string{"("}}, intent.Normalized); err == nil || c != nil || !strings.Contains(err.Error(), `"("`) {
		t.Errorf("got %v, %v", c, err)
	}
	var none *CORS
	h := http.Header{}
	if r := (&http.Request{Method: "OPTIONS"}); none.Preflight(r, h) != 0 {
		t.Error("no policy answers")
	} else if none.Mark(r, h); len(h) != 0 {
		t.Errorf("no policy marks: %v", h)
	}
}

// TestCORSLeavesShared: what one response does to its headers is not seen by the next.
func TestCORSLeavesShared(t *testing.T) {
	cors, err := NewCORS(nginxCORS("*", nil), intent.Decoded)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: "GET", Header: http.Header{}}
	one, two := http.Header{}, http.Header{}
	cors.Mark(r, one)
	for name := range one {
		one.Add(name, "more")
	}
	cors.Mark(r, two)
	for name, values := range two {
		if len(values) != 1 || values[0] == "more" {
			t.Errorf("%s: %v", name, values)
		}
	}
}
