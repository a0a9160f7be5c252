package policy

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func withCookies(lines ...string) *http.Request {
	return &http.Request{Header: http.Header{"Cookie": lines}}
}

// TestAffinitySet: the cookies of the recordings of ingress-nginx (sticky.t, stickyrx.t,
// can14.t) and of Envoy 1.38.3.
func TestAffinitySet(t *testing.T) {
	const group = "|" + "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name   string
		a      intent.Affinity
		plane  intent.PathForm
		secure bool
		want   string
	}{
		{
			"nginx", intent.Affinity{Path: "/app", Expires: "3600", MaxAge: "3600", SameSite: "Lax"}, intent.Decoded, false,
			"INGRESSCOOKIE=k" + group + "; Expires=Sun, 22-Nov-26 23:32:07 GMT; Max-Age=3600; Path=/app; HttpOnly; SameSite=Lax",
		},
		{
			"nginx over https", intent.Affinity{Path: "/app", Expires: "3600", MaxAge: "3600", SameSite: "Lax"}, intent.Decoded, true,
			"INGRESSCOOKIE=k" + group + "; Expires=Sun, 22-Nov-26 23:32:07 GMT; Max-Age=3600; Path=/app; Secure; HttpOnly; SameSite=Lax",
		},
		{"nginx regex path", intent.Affinity{Cookie: "st", Path: "/app/(.*)"}, intent.Decoded, false, "st=k" + group + "; Path=/app/(.*); HttpOnly"},
		{"nginx domain", intent.Affinity{Domain: "dom.t"}, intent.Decoded, false, "INGRESSCOOKIE=k" + group + "; Domain=dom.t; Path=/; HttpOnly"},
		{"nginx same-site in small letters", intent.Affinity{SameSite: "lax"}, intent.Decoded, false, "INGRESSCOOKIE=k" + group + "; Path=/; HttpOnly"},
		{"nginx always secure", intent.Affinity{Secure: true}, intent.Decoded, false, "INGRESSCOOKIE=k" + group + "; Path=/; Secure; HttpOnly"},
		{"Contour", intent.Affinity{Cookie: "X-Contour-Session-Affinity", Path: "/"}, intent.Normalized, true, `X-Contour-Session-Affinity="k"; Path=/; HttpOnly`},
		{"Envoy with a lifetime", intent.Affinity{Cookie: "a", MaxAge: "60", Path: "/x"}, intent.Normalized, false, `a="k"; Max-Age=60; Path=/x; HttpOnly`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := NewAffinity(&c.a, c.plane)
			a.now = func() time.Time { return time.Unix(1795386727, 0) }
			h := http.Header{"Set-Cookie": {"app=1"}}
			a.Set(h, withCookies(), "k", c.secure)
			got := h["Set-Cookie"]
			if len(got) != 2 {
				t.Fatalf("got %q", got)
			}
			if line := regexp.MustCompile(`\|[0-9a-f]{32};`).ReplaceAllString(got[1], group+";"); line != c.want {
				t.Errorf("got  %s\nwant %s", line, c.want)
			}
		})
	}
	if NewAffinity(nil, intent.Decoded) != nil {
		t.Error("affinity without a policy")
	}
}

func TestAffinityKey(t *testing.T) {
	nginx := NewAffinity(&intent.Affinity{}, intent.Decoded)
	persistent := NewAffinity(&intent.Affinity{Mode: "persistent"}, intent.Decoded)
	envoy := NewAffinity(&intent.Affinity{Cookie: "s"}, intent.Normalized)
	for _, c := range []struct {
		name       string
		a          *Affinity
		cookies    []string
		key, group string // an empty key: the client is fresh
	}{
		{"nginx", nginx, []string{"x=1; INGRESSCOOKIE=k|g; y=2"}, "k", "g"},
		{"nginx without group", nginx, []string{"INGRESSCOOKIE=k"}, "k", ""},
		{"nginx with too much", nginx, []string{"INGRESSCOOKIE=k|g|h"}, "", ""},
		{"nginx, group only", nginx, []string{"INGRESSCOOKIE=|g"}, "", "g"},
		{"second line", nginx, []string{"x=1", "INGRESSCOOKIE=k|g"}, "k", "g"},
		{"none", nginx, nil, "", ""},
		{"name with case", nginx, []string{"ingresscookie=k|g"}, "", ""},
		{"persistent", persistent, []string{"INGRESSCOOKIE=k|g"}, "k", "g"},
		{"persistent and fresh", persistent, nil, "", ""},
		{"Envoy", envoy, []string{`s="abc"`}, "abc", ""},
		{"Envoy without quotes", envoy, []string{`s=a|b`}, "a|b", ""},
		{"Envoy, empty", envoy, []string{"s="}, "", ""},
		{"Envoy, empty quotes", envoy, []string{`s=""`}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := withCookies(c.cookies...)
			key, fresh := c.a.Key(r)
			if fresh != (c.key == "") || !fresh && key != c.key || c.a.Group(r) != c.group {
				t.Errorf("got %q, %v, group %q", key, fresh, c.a.Group(r))
			}
			if fresh && (key == "") != c.a.Persistent() {
				t.Errorf("fresh key %q", key)
			}
		})
	}
}

// TestAffinityRound: the key that a client was given comes back.
func TestAffinityRound(t *testing.T) {
	for _, a := range []*Affinity{
		NewAffinity(&intent.Affinity{}, intent.Decoded).For("n", "s", "80"), NewAffinity(&intent.Affinity{}, intent.Normalized),
	} {
		key, fresh := a.Key(withCookies())
		if !fresh || !regexp.MustCompile(`^(\d+(\.\d+){1,3}|[0-9a-f]{16})$`).MatchString(key) {
			t.Errorf("fresh key %q (%v)", key, fresh)
		}
		h := http.Header{}
		a.Set(h, withCookies(), key, false)
		r := withCookies(regexp.MustCompile(`^[^;]*`).FindString(h.Get("Set-Cookie")))
		if back, fresh := a.Key(r); fresh || back != key {
			t.Errorf("%q came back as %q (%v)", key, back, fresh)
		}
		if a.nginx && a.Group(r) != Group("n", "s", "80") {
			t.Errorf("group %q", a.Group(r))
		}
	}
}

// TestGroup: ingress-nginx's digest of "default-s3-80", as recorded at the host sticky.t.
func TestGroup(t *testing.T) {
	if got := Group("default", "s3", "80"); got != "db0d000e91a8cbb236afd09f8f0e6d35" {
		t.Errorf("got %s", got)
	}
}

// TestConditionalNone: the browsers that ingress-nginx does not say SameSite=None to.
func TestConditionalNone(t *testing.T) {
	const (
		mac    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) "
		chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
		iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 12_4 like Mac OS X) AppleWebKit/605.1.15 Version/12.1 Mobile Safari/604.1"
	)
	for agent, want := range map[string]bool{
		"": true, "curl/8": true, chrome + "120.0.0.0 Safari/537.36": true, chrome + "79.0.1 Safari/537.36": true,
		chrome + "51.0.2 Safari/537.36": false, chrome + "66.0.1 Safari/537.36": false, chrome + "49.0 Safari/537.36": false,
		iphone: false, strings.Replace(iphone, "OS 12_4", "OS 13_4", 1): true,
		"Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15": false,
		mac + "Version/12.0 Safari/605.1.15":                                 false, mac + "Chrome/120.0 Safari/537.36": true,
	} {
		for _, conditional := range []bool{true, false} {
			for _, sameSite := range []string{"None", "Lax"} {
				a := NewAffinity(&intent.Affinity{SameSite: sameSite, ConditionalNone: conditional}, intent.Decoded)
				r, h := withCookies(), http.Header{}
				r.Header.Set("User-Agent", agent)
				a.Set(h, r, "k", true)
				said := strings.Contains(h.Get("Set-Cookie"), "; SameSite="+sameSite)
				if said != (want || !conditional || sameSite != "None") {
					t.Errorf("%q, %s, conditional %v: %s", agent, sameSite, conditional, h.Get("Set-Cookie"))
				}
			}
		}
	}
}

// TestAffinityProblems: what a cookie does not say is told.
func TestAffinityProblems(t *testing.T) {
	for _, c := range []struct {
		a     *intent.Affinity
		plane intent.PathForm
		told  bool
	}{
		{nil, intent.Decoded, false},
		{&intent.Affinity{Mode: "persistent", Secure: true, SameSite: "None", ConditionalNone: true, ChangeOnFailure: true}, intent.Decoded, false},
		{&intent.Affinity{Mode: "sticky"}, intent.Decoded, true},
		{&intent.Affinity{Cookie: "a", Path: "/", MaxAge: "1", Silent: true}, intent.Normalized, false},
		{&intent.Affinity{ChangeOnFailure: true}, intent.Normalized, true},
		{&intent.Affinity{SameSite: "Lax"}, intent.Normalized, true},
	} {
		if err := NewAffinity(c.a, c.plane).Problem(); (err != nil) != c.told {
			t.Errorf("%+v: %v", c.a, err)
		}
	}
}
