package policy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestCookies(t *testing.T) {
	named := func(c intent.CookieChange) []intent.CookieChange { c.Name = "a"; return []intent.CookieChange{c} }
	domain := func(s string) []intent.CookieChange { return []intent.CookieChange{{Domain: s}} }
	path := func(s string) []intent.CookieChange { return []intent.CookieChange{{Path: s}} }
	for _, c := range []struct {
		name           string
		route, backend []intent.CookieChange
		line, want     string
	}{
		// Contour, by name.
		{"path in its place", named(intent.CookieChange{Path: "/n"}), nil, "a=b; Path=/o; Secure", "a=b; Path=/n; Secure"},
		{"path added", named(intent.CookieChange{Path: "/n"}), nil, "a=b; Secure", "a=b; Secure; Path=/n"},
		{"any case, any blanks", named(intent.CookieChange{Path: "/n"}), nil, "a=b;  pAtH = /o ;Secure", "a=b;  pAtH = /n ;Secure"},
		{"attribute without a value", named(intent.CookieChange{Path: "/n"}), nil, "a=b; Path; Secure", "a=b; Path=/n; Secure"},
		{"each of several", named(intent.CookieChange{Path: "/n"}), nil, "a=b; Path=/1; Path=/22", "a=b; Path=/n; Path=/n"},
		{"domain", named(intent.CookieChange{Domain: "n.t"}), nil, "a=b; Domain=o.t", "a=b; Domain=n.t"},
		{"same-site", named(intent.CookieChange{SameSite: "Strict"}), nil, "a=b", "a=b; SameSite=Strict"},
		{"secure added", named(intent.CookieChange{Secure: "true"}), nil, "a=b; HttpOnly", "a=b; HttpOnly; Secure"},
		{"secure there", named(intent.CookieChange{Secure: "true"}), nil, "a=b; secure; HttpOnly", "a=b; secure; HttpOnly"},
		{"secure dropped", named(intent.CookieChange{Secure: "false"}), nil, "a=b; Secure; HttpOnly;SECURE", "a=b; HttpOnly"},
		{"nothing to drop", named(intent.CookieChange{Secure: "false"}), nil, "a=b; HttpOnly", "a=b; HttpOnly"},
		{"another cookie", named(intent.CookieChange{Path: "/n"}), nil, "A=b; Path=/o", "A=b; Path=/o"},
		{"no cookie", named(intent.CookieChange{Path: "/n"}), nil, "a", "a"},
		{"value that looks like one", named(intent.CookieChange{Path: "/n"}), nil, "a=Path=/x", "a=Path=/x; Path=/n"},
		{"all at once", named(intent.CookieChange{Path: "/n", Domain: "n.t", SameSite: "Lax", Secure: "true"}), nil, "a=", "a=; Path=/n; Domain=n.t; SameSite=Lax; Secure"},
		{
			"backend wins", named(intent.CookieChange{Path: "/route", Domain: "n.t"}), named(intent.CookieChange{Path: "/backend"}),
			"a=b", "a=b; Path=/backend; Domain=n.t",
		},
		// nginx, pairs.
		{"domain pair", domain("in.t out.t"), nil, "c=1; Path=/app; Domain=in.t", "c=1; Path=/app; Domain=out.t"},
		{"domain in any case", domain("in.t out.t"), nil, "c=1; domain=IN.T; x", "c=1; domain=out.t; x"},
		{"dots do not count", domain(".in.t .out.t"), nil, "c=1; Domain=.in.t", "c=1; Domain=.out.t"},
		{"whole domain only", domain("in.t out.t"), nil, "c=1; Domain=x.in.t", "c=1; Domain=x.in.t"},
		{"no domain is added", domain("in.t out.t"), nil, "c=1", "c=1"},
		{"domain regex", domain(`~^(.+)\.in$ $1.out`), nil, "c=1; Domain=A.IN", "c=1; Domain=A.out"},
		{"path pair", path("/two/ /"), nil, "c=1; Path=/two/some/uri/", "c=1; Path=/some/uri/"},
		{"path is a prefix", path("/ap /x"), nil, "c=1; Path=/app; HttpOnly", "c=1; Path=/xp; HttpOnly"},
		{"path with case", path("/APP /x"), nil, "c=1; Path=/app", "c=1; Path=/app"},
		{"path regex", path(`~^/(\w+)/(\d)$ /$2/$1$3$`), nil, "c=1; Path=/a/7", "c=1; Path=/7/a$"},
		{"path regex with case", path(`~^/a /x`), nil, "c=1; Path=/A", "c=1; Path=/A"},
		{"path regex without case", path(`~*^/a /x`), nil, "c=1; Path=/A", "c=1; Path=/x"},
		{"off", path("off"), nil, "c=1; Path=/A", "c=1; Path=/A"},
		{"the first that matches", append(path("/a /1"), path("/ /2")...), nil, "c=1; Path=/a/b; Path=/c", "c=1; Path=/1/b; Path=/2c"},
		{"not the cookie itself", path("/a /1"), nil, "Path=/a; Path=/a", "Path=/a; Path=/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cookies := NewCookies(c.route, c.backend)
			if err := cookies.Problem(); err != nil {
				t.Fatal(err)
			}
			h := http.Header{"Set-Cookie": {"other=1; Max-Age=3", c.line}}
			cookies.Change(h)
			if got := h["Set-Cookie"]; len(got) != 2 || got[1] != c.want || got[0] != "other=1; Max-Age=3" {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestCookiesProblems(t *testing.T) {
	for change, want := range map[intent.CookieChange]string{
		{Path: "/a"}:         `cookie rewrite "/a": want what is replaced`,
		{Domain: "~( x"}:     `cookie rewrite "~( x": error parsing regexp`,
		{Domain: "a b c"}:    `cookie rewrite "a b c": want`,
		{Path: "/a /b"}:      "",
		{Path: "", Name: ""}: "",
	} {
		err := NewCookies([]intent.CookieChange{change}, nil).Problem()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%v: got %v, want %q", change, err, want)
		}
	}
	if c := NewCookies(nil, nil); c != nil || c.Problem() != nil {
		t.Errorf("got %v", c)
	}
	var none *Cookies
	none.Change(http.Header{"Set-Cookie": {"a=b"}})
}

// FuzzCookies: a line loses nothing but what was to be changed, keeps its cookie, and a
// second change of a name's attributes changes nothing.
func FuzzCookies(f *testing.F) {
	for _, s := range []string{"a=b; Path=/o; Domain=in.t; Secure", "a=;;path", "a", "a=b;secure;SECURE ; SameSite", "=;=;Path=;"} {
		f.Add(s)
	}
	named := NewCookies([]intent.CookieChange{{Name: "a", Path: "/n", Domain: "n.t", SameSite: "Lax", Secure: "false"}}, nil)
	pairs := NewCookies([]intent.CookieChange{{Domain: "in.t out.t", Path: "/ /x/"}}, nil)
	touched := map[string]bool{"path": true, "domain": true, "samesite": true, "secure": true}
	rest := func(line string) string {
		var kept []string
		for i, part := range strings.Split(line, ";") {
			key, _, _ := strings.Cut(part, "=")
			if i == 0 || !touched[strings.ToLower(strings.Trim(key, " \t"))] {
				kept = append(kept, part)
			}
		}
		return strings.Join(kept, ";")
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range []*Cookies{named, pairs} {
			once := c.line(line)
			if rest(once) != rest(line) {
				t.Fatalf("%q became %q", line, once)
			}
			if c == named && c.line(once) != once {
				t.Fatalf("%q became %q, and then %q", line, once, c.line(once))
			}
			if c == pairs && strings.Count(once, ";") != strings.Count(line, ";") {
				t.Fatalf("%q became %q", line, once)
			}
		}
	})
}
