package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

const password = "pässword"

// hashes of password, all but the last by OpenSSL and Python.
var hashes = map[string]string{
	"plain":  "{PLAIN}pässword",
	"sha":    "{SHA}I7dElEdfX4dJgLdnbVEeI9iG2mQ=",
	"ssha":   "{SSHA}kDJH43m4r76VNznhYS+DfYAWbO9zYWx0",
	"apr1":   "$apr1$abcdefgh$rRdIxwY5XRHT4TMtBPZn.0",
	"md5":    "$1$abcdefgh$6qENbeetgn0exf.OCTQaP0",
	"sha256": "$5$abcdefgh$PMzeX.3Tb43iNPh8ENNzPM9M7q/BLyRKM1Djd5s4Nu8",
	"sha512": "$6$abcdefgh$iiBW30h6MQUpgkXT9F87NVy6FIbloKXQmfPH87w2UkYa6T8cikoVXkyDCmOccwyrz69xvCZIs4Q.UiGV4ZRkv.",
	"rounds": "$6$rounds=1000$saltsalt$GRg0cJEHso4LJZYmvs6cl1YziCrkl3pvdLeF58R.fERGV/fOgD8w6F4Ljko0wttVnHPN.v.Sy4JUmYierjxw6/",
	"bcrypt": bcrypted(password),
}

// unusable are hashes that nothing matches: of an unknown form, broken, or too costly.
var unusable = map[string]string{
	"bare":     password,
	"empty":    "",
	"des":      "abRy4/6THFs9U",
	"brokenS":  "{SHA}I7dElEdfX4dJg",
	"brokenSS": "{SSHA}!!",
	"apr1":     "$apr1$abcdefgh",
	"bcrypt":   "$2y$10$short",
	"costly":   "$2y$31$" + bcrypted(password)[7:],
	"rounds":   "$6$rounds=10000000$saltsalt$GRg0cJEHso4LJZYmvs6cl1YziCrkl3pvdLeF58R",
	"roundsX":  "$5$rounds=x$saltsalt$GRg0",
	"star":     "*",
}

func bcrypted(p string) string {
	h, err := bcrypt.GenerateFromPassword([]byte(p), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(h)
}

func with(user, pass string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth(user, pass)
	return r
}

func file(t *testing.T, text string) *Basic {
	t.Helper()
	b, err := NewBasic(&intent.BasicAuth{Realm: "r", Secret: "n/s"}, map[string][]byte{"auth": []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestForms(t *testing.T) {
	for form, hash := range hashes {
		b := file(t, "u:"+hash+"\n")
		if v := b.Check(with("u", password)); !v.Allowed || v.User != "u" {
			t.Errorf("%s: the right password is refused: %+v", form, v)
		}
		for _, wrong := range []string{"", "x", password + "x", strings.ToUpper(password), hash, strings.Repeat("x", 5000)} {
			if b.Check(with("u", wrong)).Allowed {
				t.Errorf("%s: password %q is let through", form, wrong)
			}
		}
	}
	for form, hash := range unusable {
		b := file(t, "u:"+hash)
		for _, p := range []string{password, hash, ""} {
			if b.Check(with("u", p)).Allowed {
				t.Errorf("%s: %q is let through", form, p)
			}
		}
		if b.Unusable() != 1 {
			t.Errorf("%s: %d unusable", form, b.Unusable())
		}
	}
}

func TestFile(t *testing.T) {
	b := file(t, strings.Join([]string{
		"#c:{PLAIN}1", "", "nohash", ":{PLAIN}1", "\rx:{PLAIN}1",
		"crlf:{PLAIN}1\r", "comment:{PLAIN}1:a comment", "twice:{PLAIN}1", "twice:{PLAIN}2", "b lank:{PLAIN}1", "last:{PLAIN}1",
	}, "\n"))
	for user, want := range map[string]bool{
		"#c": false, "c": false, "nohash": false, "x": false, "\rx": false, "LAST": false,
		"crlf": true, "comment": true, "twice": true, "b lank": true, "last": true,
	} {
		if got := b.Check(with(user, "1")).Allowed; got != want {
			t.Errorf("%q: %v", user, got)
		}
	}
	if b.Check(with("twice", "2")).Allowed {
		t.Error("the second line of a user counts")
	}
}

func TestMap(t *testing.T) {
	data := map[string][]byte{"u": []byte("{PLAIN}1"), "v": []byte("{PLAIN}1\nw:{PLAIN}1\n"), "auth": []byte("x:{PLAIN}1")}
	b, err := NewBasic(&intent.BasicAuth{Secret: "n/s", Map: true}, data)
	if err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]bool{"u": true, "v": true, "w": false, "x": false} {
		if got := b.Check(with(user, "1")).Allowed; got != want {
			t.Errorf("%q: %v", user, got)
		}
	}
}

func TestSecretErrors(t *testing.T) {
	for name, data := range map[string]map[string][]byte{"missing": nil, "no key": {"x": []byte("u:{PLAIN}pw")}} {
		_, err := NewBasic(&intent.BasicAuth{Secret: "n/s"}, data)
		var secret *SecretError
		if !errors.As(err, &secret) || secret.Secret != "n/s" || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewBasic(&intent.BasicAuth{Secret: "n/s", Map: true}, nil); err == nil {
		t.Error("a missing map is no error")
	}
}

func TestRefusal(t *testing.T) {
	b, err := NewBasic(&intent.BasicAuth{Realm: "a \"b\"\\\r\nX: y", Secret: "n/s"}, map[string][]byte{"auth": nil})
	if err != nil {
		t.Fatal(err)
	}
	v := b.Check(httptest.NewRequest("GET", "/", nil))
	if got, want := v.Header.Get("WWW-Authenticate"), `Basic realm="a \"b\"\\X: y"`; v.Status != 401 || got != want {
		t.Errorf("%d %q, want %q", v.Status, got, want)
	}
}

func TestRightIsRemembered(t *testing.T) {
	for form, hash := range hashes {
		b := file(t, "u:"+hash)
		expensive := b.users["u"].cost >= slow
		compared := 0
		s := b.users["u"]
		matches := s.matches
		s.matches = func(p string) bool { compared++; return matches(p) }
		b.users["u"], b.decoy = s, s
		for range 3 {
			b.Check(with("u", password))
		}
		if want := map[bool]int{true: 1, false: 3}[expensive]; compared != want {
			t.Errorf("%s: %d comparisons, want %d", form, compared, want)
		}
		compared = 0
		for range 3 {
			b.Check(with("u", "wrong"))
			b.Check(with("nobody", password))
		}
		if compared != 6 {
			t.Errorf("%s: %d comparisons of what is wrong, want 6", form, compared)
		}
		if n := b.proven.len(); n > 1 {
			t.Errorf("%s: %d remembered", form, n)
		}
	}
}

func TestNobodyKnowsTheDecoysPassword(t *testing.T) {
	b := file(t, "u:"+hashes["bcrypt"])
	b.Check(with("u", password))
	if b.Check(with("nobody", password)).Allowed {
		t.Error("a user that does not exist is let through with another's password")
	}
}

func TestHashingIsBounded(t *testing.T) {
	hashing := NewHashing(2)
	b, err := NewBasic(&intent.BasicAuth{Secret: "n/s"}, map[string][]byte{"auth": []byte("u:" + hashes["bcrypt"])}, hashing)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	running, most := 0, 0
	s := b.users["u"]
	matches := s.matches
	s.matches = func(p string) bool {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		defer func() { mu.Lock(); running--; mu.Unlock() }()
		return matches(p)
	}
	b.users["u"], b.decoy = s, s
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { b.Check(with("u", fmt.Sprint("wrong", i))) })
	}
	wg.Wait()
	if most > 2 {
		t.Errorf("%d at once", most)
	}
}

func TestWaitEndsWithTheRequest(t *testing.T) {
	hashing := NewHashing(1)
	b, err := NewBasic(&intent.BasicAuth{Secret: "n/s"}, map[string][]byte{"auth": []byte("u:" + hashes["bcrypt"])}, hashing)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Check(with("u", password)).Allowed {
		t.Fatal("refused")
	}
	hashing <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	v := b.Check(with("u", "wrong").WithContext(ctx))
	if v.Status != http.StatusServiceUnavailable || v.Err == nil || strings.Contains(v.Err.Error(), "wrong") {
		t.Errorf("%+v", v)
	}
	if !b.Check(with("u", password)).Allowed {
		t.Error("a password that was right before has to wait")
	}
}

func TestCredentials(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for header, want := range map[string]string{
		"Basic " + encode("u:p"):                        "u p",
		"bAsIc    " + encode("u:p"):                     "u p",
		"Basic " + encode("u:"):                         "u ",
		"Basic " + encode("u:p:q"):                      "u p:q",
		"Basic " + strings.TrimRight(encode("u:"), "="): "u ",
		"Basic " + encode("u:") + "garbage!":            "u ",
		"Basic " + encode(":p"):                         "-",
		"Basic " + encode("u"):                          "-",
		"Basic":                                         "-",
		"Basic ":                                        "-",
		"Basic\t" + encode("u:p"):                       "-",
		"Basicx " + encode("u:p"):                       "-",
		"Bearer " + encode("u:p"):                       "-",
		"Basic dTpw!":                                   "-",
		"Basic d":                                       "-",
		"":                                              "-",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{header}
		got := "-"
		if user, pass, ok := credentials(r); ok {
			got = user + " " + pass
		}
		if got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	r := with("u", "p")
	r.Header.Add("Authorization", r.Header.Get("Authorization"))
	if _, _, ok := credentials(r); ok {
		t.Error("two headers are taken for one")
	}
}

// FuzzCredentials: whatever a client sends, nobody gets in without the password, no verdict
// tells what was sent, and what net/http reads is read alike.
func FuzzCredentials(f *testing.F) {
	for _, seed := range []string{"Basic dTpw", "basic  dTpw==", "Basic dTo=", "Basic", "Digest x", "Basic \x00", "Basic dTp3cm9uZw"} {
		f.Add(seed)
	}
	b, err := NewBasic(&intent.BasicAuth{Realm: "r", Secret: "n/s"}, map[string][]byte{"auth": []byte("u:{PLAIN}p\n")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{header}
		user, pass, ok := credentials(r)
		if strings.ContainsRune(user, ':') || ok && user == "" {
			t.Fatalf("user %q", user)
		}
		if name, secret, known := r.BasicAuth(); known && name != "" && (name != user || secret != pass) && !strings.ContainsAny(header, "\r\n") {
			t.Fatalf("%q: %q %q, net/http %q %q", header, user, pass, name, secret)
		}
		v := b.Check(r)
		if v.Allowed != (ok && user == "u" && pass == "p") {
			t.Fatalf("%q: %+v", header, v)
		}
		if !v.Allowed && (v.Status != 401 || len(v.Header) != 1 || v.Err != nil) {
			t.Fatalf("%q: %+v", header, v)
		}
	})
}

func BenchmarkBasicRemembered(b *testing.B) {
	x, err := NewBasic(&intent.BasicAuth{Secret: "n/s"}, map[string][]byte{"auth": []byte("u:" + hashes["bcrypt"])})
	if err != nil {
		b.Fatal(err)
	}
	r := with("u", password)
	x.Check(r)
	b.ReportAllocs()
	for b.Loop() {
		if !x.Check(r).Allowed {
			b.Fatal("refused")
		}
	}
}
