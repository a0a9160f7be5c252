package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestAnswersAreKept(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		status int
		header []string
		keep   time.Duration // 0: not at all
	}{
		"rule":             {200, nil, 5 * time.Minute},
		"refusal":          {401, nil, 5 * time.Minute},
		"other rule":       {403, nil, time.Minute},
		"no rule":          {500, nil, 0},
		"cookie":           {200, []string{"Set-Cookie", "a=b"}, 0},
		"vary":             {200, []string{"Vary", "Cookie"}, 0},
		"private":          {200, []string{"Cache-Control", "Private"}, 0},
		"no-store":         {200, []string{"Cache-Control", "max-age=9", "Cache-Control", "no-store"}, 0},
		"max-age":          {200, []string{"Cache-Control", "max-age=7"}, 7 * time.Second},
		"s-maxage":         {200, []string{"Cache-Control", "max-age=9, s-maxage=7"}, 7 * time.Second},
		"max-age 0":        {200, []string{"Cache-Control", "max-age=0"}, 0},
		"max-age broken":   {200, []string{"Cache-Control", "max-age=x"}, 0},
		"max-age, no rule": {500, []string{"Cache-Control", "max-age=7"}, 7 * time.Second},
		"other directive":  {200, []string{"Cache-Control", "public"}, 5 * time.Minute},
		"accel":            {200, []string{"X-Accel-Expires", "3", "Cache-Control", "no-store"}, 3 * time.Second},
		"accel 0":          {200, []string{"X-Accel-Expires", "0"}, 0},
		"accel at":         {200, []string{"X-Accel-Expires", fmt.Sprint("@", now.Unix()+4)}, 4 * time.Second},
		"accel broken":     {200, []string{"X-Accel-Expires", "x"}, 5 * time.Minute},
		"expires":          {200, []string{"Expires", at(9 * time.Second)}, 9 * time.Second},
		"expired":          {200, []string{"Expires", at(-time.Second)}, 0},
		"expires broken":   {200, []string{"Expires", "0"}, 0},
	} {
		clock := now
		e := intent.ExternalAuth{URL: "http://service/", CacheKey: "{var:cookie_session}", CacheFor: []string{"200 202 401 5m", "403 1m"}}
		x, seen := asks(t, e, ExternalOptions{Now: func() time.Time { return clock }}, answering(c.status, c.header...))
		q := asked
		q.Variable = func(string) string { return "s1" }
		ask := func() (int, bool) {
			v := x.Check(httptest.NewRequest("GET", "/", nil), q)
			return len(*seen), v.Allowed
		}
		first, allowed := ask()
		again, same := ask()
		if kept := again == first; kept != (c.keep > 0) || same != allowed {
			t.Errorf("%s: kept %v", name, kept)
		}
		if c.keep == 0 {
			continue
		}
		clock = now.Add(c.keep - time.Second)
		before, _ := ask()
		clock = now.Add(c.keep)
		after, _ := ask()
		if before != 1 || after != 2 {
			t.Errorf("%s: %d questions before it ends, %d after", name, before, after)
		}
		q.Variable = func(string) string { return "s2" }
		if other, _ := ask(); other != 3 {
			t.Errorf("%s: one client's answer is another's", name)
		}
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	e := intent.ExternalAuth{URL: closed.URL, CacheKey: "k", CacheFor: []string{"any 1h"}}
	x, err := NewExternal(&e, ExternalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x.Check(httptest.NewRequest("GET", "/", nil), asked)
	if n := x.answers.kept.len(); n != 0 {
		t.Errorf("%d answers kept", n)
	}
}

func TestUnusedAnswersGo(t *testing.T) {
	clock := time.Unix(1_000_000, 0)
	e := intent.ExternalAuth{URL: "http://service/", CacheKey: "k", CacheFor: []string{"200 10h"}}
	x, seen := asks(t, e, ExternalOptions{Now: func() time.Time { return clock }}, answering(200))
	for _, d := range []time.Duration{0, 29 * time.Minute, 29 * time.Minute, 31 * time.Minute} {
		clock = clock.Add(d)
		x.Check(httptest.NewRequest("GET", "/", nil), asked)
	}
	if len(*seen) != 2 {
		t.Errorf("%d questions, want 2", len(*seen))
	}
}

func TestLRU(t *testing.T) {
	l := newLRU[int](2)
	k := func(i byte) key { return key{i} }
	l.put(k(1), 1)
	l.put(k(2), 2)
	l.get(k(1))
	l.put(k(3), 3)
	l.put(k(3), 4)
	for i, want := range map[byte]int{1: 1, 2: 0, 3: 4} {
		if got, ok := l.get(k(i)); got != want || ok != (want != 0) {
			t.Errorf("%d: %d %v", i, got, ok)
		}
	}
	l.drop(k(1))
	l.drop(k(1))
	if l.len() != 1 {
		t.Errorf("%d entries", l.len())
	}
}

func TestNginxTime(t *testing.T) {
	for in, want := range map[string]time.Duration{"30": 30 * time.Second, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute, "2d": 48 * time.Hour, "0": 0, "1M": 720 * time.Hour} {
		if got, err := nginxTime(in); err != nil || got != want {
			t.Errorf("%s: %v %v", in, got, err)
		}
	}
	for _, in := range []string{"", "m", "5ms", "5x", "-1m", "99999999999", "4000000000y", "1 m"} {
		if got, err := nginxTime(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
}
