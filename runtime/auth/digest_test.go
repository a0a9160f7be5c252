package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// The example of RFC 7616, 3.9.1.
func TestResponseOfTheStandard(t *testing.T) {
	r := httptest.NewRequest("GET", "/dir/index.html", nil)
	r.Header.Set("Authorization", `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, `+
		`nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", `+
		`qop=auth, response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
	p, ok := readProof(r)
	if !ok || p.response("GET", md5hex("Mufasa", "http-auth@example.org", "Circle of Life")) != p.given {
		t.Errorf("%+v %v", p, ok)
	}
}

// digestSite is a Basic with digest, user "u" and password "p", and a clock.
func digestSite(t *testing.T) (*Basic, *time.Time) {
	t.Helper()
	file := "#c:r:x\nother:else:" + md5hex("u", "else", "p") + "\nu:r:" + md5hex("u", "r", "p") + "\r\nu:r:" + md5hex("u", "r", "twice") + "\nshort:r:abc\n"
	b, err := NewBasic(&intent.BasicAuth{Digest: true, Realm: "r", Secret: "n/s"}, map[string][]byte{"auth": []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_000_000, 0)
	b.digest.now = func() time.Time { return now }
	return b, &now
}

var nonceIn = regexp.MustCompile(`nonce="([0-9a-f]+)"`)

func nonceOf(v Verdict) string {
	m := nonceIn.FindStringSubmatch(v.Header.Get("WWW-Authenticate"))
	if m == nil {
		return ""
	}
	return m[1]
}

// prove is a request of a client that knows (or not) the password.
func prove(nonce string, count int, change ...string) *http.Request {
	f := map[string]string{"method": "GET", "target": "/p?q=1", "uri": "/p?q=1", "user": "u", "realm": "r", "password": "p", "peer": "192.0.2.1:5", "qop": "auth"}
	for i := 0; i < len(change); i += 2 {
		f[change[i]] = change[i+1]
	}
	nc := fmt.Sprintf("%08x", count)
	response := md5hex(md5hex(f["user"], f["realm"], f["password"]), nonce, nc, "c", f["qop"], md5hex(f["method"], f["uri"]))
	r := httptest.NewRequest("GET", f["target"], nil)
	r.RemoteAddr = f["peer"]
	r.Header.Set("Authorization", fmt.Sprintf(`digest username="%s",realm="%s" , nonce="%s", uri="%s", qop=%s, nc=%s, cnonce="c", response="%s"`,
		f["user"], f["realm"], nonce, f["uri"], f["qop"], nc, response))
	return r
}

func TestDigest(t *testing.T) {
	b, _ := digestSite(t)
	v := b.Check(httptest.NewRequest("GET", "/", nil))
	nonce := nonceOf(v)
	if want := `Digest algorithm="MD5", qop="auth", realm="r", nonce="` + nonce + `"`; v.Status != 401 || nonce == "" || v.Header.Get("WWW-Authenticate") != want {
		t.Fatalf("%+v", v)
	}
	v = b.Check(prove(nonce, 1))
	if !v.Allowed || v.User != "u" {
		t.Fatalf("%+v", v)
	}
	r := prove(nonce, 1)
	EditRequest(r.Header, v.Upstream)
	response := http.Header{}
	EditResponse(response, 500, v.Client)
	want := fmt.Sprintf(`qop="auth", rspauth="%s", cnonce="c", nc=00000001`, md5hex(md5hex("u", "r", "p"), nonce, "00000001", "c", "auth", md5hex("", "/p?q=1")))
	if r.Header.Get("Authorization") != "" || response.Get("Authentication-Info") != want {
		t.Errorf("%v %v, want %s", r.Header, response, want)
	}
	for name, c := range map[string]struct {
		r       *http.Request
		allowed bool
	}{
		"next count":    {prove(nonce, 2), true},
		"out of order":  {prove(nonce, 9), true},
		"earlier one":   {prove(nonce, 5), true},
		"replayed":      {prove(nonce, 1), false},
		"no query":      {prove(nonce, 10, "uri", "/p"), true},
		"part of path":  {prove(nonce, 11, "uri", "/"), false},
		"other path":    {prove(nonce, 11, "uri", "/x"), false},
		"other method":  {prove(nonce, 11, "method", "POST"), false},
		"other realm":   {prove(nonce, 11, "realm", "else"), false},
		"password":      {prove(nonce, 11, "password", "x"), false},
		"second line":   {prove(nonce, 11, "password", "twice"), false},
		"unknown user":  {prove(nonce, 11, "user", "nobody"), false},
		"realm's user":  {prove(nonce, 11, "user", "other", "realm", "else"), false},
		"auth-int":      {prove(nonce, 11, "qop", "auth-int"), false},
		"count 0":       {prove(nonce, 0), false},
		"last count":    {prove(nonce, 19), true},
		"invented":      {prove(strings.Repeat("0", 64), 1), false},
		"forged":        {prove("ff"+nonce[2:], 1), false},
		"basic":         {with("u", "p"), false},
		"absolute form": {prove(nonce, 12, "target", "http://h.t/p?q=1"), true},
	} {
		b.digest.failed = newLRU[failures](4096)
		if name == "replayed" {
			b.Check(prove(nonce, 1))
		}
		if v := b.Check(c.r); v.Allowed != c.allowed || !v.Allowed && (v.Status != 401 || strings.Contains(v.Header.Get("WWW-Authenticate"), "stale")) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestNoncesEnd(t *testing.T) {
	b, now := digestSite(t)
	fresh := func() string { return nonceOf(b.Check(httptest.NewRequest("GET", "/", nil))) }
	start := *now
	nonce := fresh()
	for _, c := range []struct {
		at    time.Duration
		nonce string
		count int
		want  string
	}{
		{59 * time.Second, nonce, 1, "allowed"},
		{68 * time.Second, nonce, 2, "allowed"},
		{69 * time.Second, nonce, 3, "stale"},
		{200 * time.Second, nonce, 4, "stale"},
	} {
		*now = start.Add(c.at)
		v := b.Check(prove(c.nonce, c.count))
		got := "refused"
		switch {
		case v.Allowed:
			got = "allowed"
		case strings.HasSuffix(v.Header.Get("WWW-Authenticate"), `, stale="true"`):
			got = "stale"
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.at, got, c.want)
		}
	}
	unused := fresh()
	*now = now.Add(60 * time.Second)
	if v := b.Check(prove(unused, 1)); !strings.Contains(v.Header.Get("WWW-Authenticate"), "stale") {
		t.Errorf("%+v", v)
	}
	if v := b.Check(prove(fresh(), 20)); !strings.Contains(v.Header.Get("WWW-Authenticate"), "stale") {
		t.Errorf("%+v", v)
	}
}

func TestNoncesAreBounded(t *testing.T) {
	n := newNonces()
	now := time.Unix(1_000_000, 0)
	use := func(nonce string) bool { ok, _ := n.use(nonce, 1, now); return ok }
	first := n.next(now)
	use(first)
	for range maxNonces {
		use(n.next(now))
	}
	if len(n.used) != maxNonces || use(n.next(now)) || use(first) {
		t.Errorf("%d in use", len(n.used))
	}
	now = now.Add(afterUse + untilUsed)
	if !use(n.next(now)) || use(first) || len(n.used) != 1 {
		t.Errorf("%d in use after all of them ended", len(n.used))
	}
}

func TestFailuresOfAnAddress(t *testing.T) {
	b, now := digestSite(t)
	fresh := func() string { return b.digest.nonces.next(*now) }
	for range maxFailures {
		if v := b.Check(prove(fresh(), 1, "password", "x")); nonceOf(v) == "" {
			t.Fatalf("%+v", v)
		}
	}
	if v := b.Check(prove(fresh(), 1)); v.Allowed || v.Status != 401 || len(v.Header) != 0 {
		t.Errorf("%+v", v)
	}
	if !b.Check(prove(fresh(), 1, "peer", "192.0.2.2:5")).Allowed {
		t.Error("another address is not listened to")
	}
	*now = now.Add(evasion)
	if !b.Check(prove(fresh(), 1)).Allowed {
		t.Error("it does not end")
	}
	for range 3 * maxFailures {
		b.Check(prove(fresh(), 1, "password", "x"))
		b.Check(prove(fresh(), 1))
	}
	if !b.Check(prove(fresh(), 1)).Allowed {
		t.Error("success does not make up for failures")
	}
}

func TestOneCountIsUsedOnce(t *testing.T) {
	b, now := digestSite(t)
	nonce := b.digest.nonces.next(*now)
	var wg sync.WaitGroup
	var mu sync.Mutex
	allowed := 0
	for i := range 16 {
		wg.Go(func() {
			if b.Check(prove(nonce, 1, "peer", fmt.Sprintf("192.0.2.%d:1", i))).Allowed {
				mu.Lock()
				allowed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if allowed != 1 {
		t.Errorf("%d let through with one proof", allowed)
	}
}

func TestDigestNotCompiled(t *testing.T) {
	policy := intent.BasicAuth{Digest: true, Secret: "n/s"}
	if _, err := NewBasic(&policy, map[string][]byte{"auth": nil}); !errors.Is(err, ErrNotHonoured) {
		t.Errorf("without a realm: %v", err)
	}
	policy.Realm = "r"
	var secret *SecretError
	if _, err := NewBasic(&policy, nil); !errors.As(err, &secret) {
		t.Errorf("without a Secret: %v", err)
	}
	policy.Map = true
	b, err := NewBasic(&policy, map[string][]byte{"u": []byte("r:" + md5hex("u", "r", "p"))})
	if err != nil {
		t.Fatal(err)
	}
	if !b.Check(prove(b.digest.nonces.next(time.Now()), 1)).Allowed {
		t.Error("a map of users lets nobody in")
	}
}

func TestParameters(t *testing.T) {
	for in, want := range map[string]string{
		`a=b, C="d e",f="\"\\",`: `map[a:b c:d e f:"\]`,
		`,, a = b`:               "map[a:b]",
		``:                       "map[]",
		`a`:                      "-", `a=`: "-", `=b`: "-", `a="b`: "-", `a=b c=d`: "-", `a="b"c=d`: "-", `a=b,a=c`: "-", `a=b,A=c`: "-", "a=\"\x01\"": "-", `a b=c`: "-", `a="\`: "-",
	} {
		got := "-"
		if m, ok := parameters(in); ok {
			got = fmt.Sprint(m)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// FuzzProof: nobody gets in without the password, whatever the header is.
func FuzzProof(f *testing.F) {
	r := prove(strings.Repeat("0", 64), 1)
	f.Add(r.Header.Get("Authorization"))
	f.Add(`Digest username="u", qop=auth, nc=x`)
	f.Add(`Digest a="\`)
	b, err := NewBasic(&intent.BasicAuth{Digest: true, Realm: "r", Secret: "n/s"}, map[string][]byte{"auth": []byte("u:r:" + md5hex("u", "r", "p"))})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{header}
		if v := b.Check(r); v.Allowed || v.Status != 401 || v.Err != nil {
			t.Fatalf("%q: %+v", header, v)
		}
	})
}
