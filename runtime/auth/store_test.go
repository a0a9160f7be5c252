package auth

import (
	"net/http/httptest"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestStoreOfAnswers: a policy that is compiled again goes on with its answers; another
// policy, or another place, has its own.
func TestStoreOfAnswers(t *testing.T) {
	store := NewStore()
	e := intent.ExternalAuth{URL: "http://service/", CacheKey: "k", CacheFor: []string{"200 5m"}, Headers: []string{"X-User"}}
	first, seen := asks(t, e, ExternalOptions{Store: store, Place: "a"}, answering(200, "X-User", "u", "X-Other", "o"))
	e.URL = string(first.ask.url)
	ask := func(x *External) int {
		if v := x.Check(httptest.NewRequest("GET", "/", nil), asked); !v.Allowed || v.Upstream[0].Value != "u" {
			t.Errorf("refused, or without its header: %+v", v)
		}
		return len(*seen)
	}
	compile := func(e intent.ExternalAuth, place string) *External {
		x, err := NewExternal(&e, ExternalOptions{Store: store, Place: place})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	ask(first)
	if n := ask(compile(e, "a")); n != 1 {
		t.Errorf("the same policy asked again: %d questions", n)
	}
	if n := ask(compile(e, "b")); n != 2 {
		t.Errorf("another place has the answers: %d questions", n)
	}
	other := e
	other.AlwaysSetCookie = true
	if n := ask(compile(other, "a")); n != 3 {
		t.Errorf("another policy has the answers: %d questions", n)
	}
	for _, kept := range first.answers.kept.byKey {
		if h := kept.Value.(*entry[*keptAnswer]).value.header; h.Get("X-Other") != "" {
			t.Errorf("headers are kept that nobody wants: %v", h)
		}
	}
}

// TestStoreOfPasswords: the same users are the same check, whatever route asks; a changed
// Secret is another.
func TestStoreOfPasswords(t *testing.T) {
	store := NewStore()
	compile := func(realm, text string) *Basic {
		b, err := store.Basic(&intent.BasicAuth{Realm: realm, Secret: "n/s"}, map[string][]byte{"auth": []byte(text)}, NewHashing(1))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a := compile("r", "u:x")
	if compile("r", "u:x") != a {
		t.Error("the same policy is another check")
	}
	if compile("r", "u:y") == a || compile("s", "u:x") == a {
		t.Error("another policy is the same check")
	}
	if _, err := store.Basic(&intent.BasicAuth{Secret: "n/s"}, nil, NewHashing(1)); err == nil {
		t.Error("a missing Secret is no error")
	}
}
