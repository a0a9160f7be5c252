package policy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// pair is a header line.
type pair [2]string

// recorded reads a file of testdata, one JSON value a line.
func recorded[T any](t *testing.T, name string, least int) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) < least {
		t.Fatalf("%s: only %d lines", name, len(out))
	}
	return out
}

// headers are the lines as a server reads them.
func headers(lines []pair) http.Header {
	h := http.Header{}
	for _, l := range lines {
		h.Add(l[0], strings.Trim(l[1], " \t"))
	}
	return h
}

// lines are headers as the recordings have them.
func lines(h http.Header) []pair {
	var out []pair
	for name, values := range h {
		for _, v := range values {
			out = append(out, pair{strings.ToLower(name), v})
		}
	}
	slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
	return out
}

// envoyCORS are the policies that the recordings of Envoy were made with.
func envoyCORS() map[string]*intent.CORS {
	base := intent.CORS{Methods: "GET,PUT", Headers: "X-A,X-B", Expose: "X-E"}
	star, cred, list := base, base, base
	star.Origins = []string{"*"}
	cred.Origins, cred.Credentials, cred.MaxAge, cred.PrivateNetwork = []string{"*"}, true, -1, true
	list.Origins, list.Patterns, list.MaxAge = []string{"https://a.com"}, []string{`https://.*\.b\.com`}, 600
	return map[string]*intent.CORS{
		"star": &star, "starcred": &cred, "list": &list,
		"min": {Origins: []string{"https://a.com"}, Methods: "GET"},
	}
}

// TestEnvoyCORS holds the answers against those of Envoy 1.38.3.
func TestEnvoyCORS(t *testing.T) {
	type line struct {
		Policy, Method              string
		Request, Upstream, Response []pair
		Answered                    bool
		Status                      int
	}
	policies := envoyCORS()
	for _, l := range recorded[line](t, "envoy_cors.jsonl", 100) {
		c, err := NewCORS(policies[l.Policy], intent.Normalized)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: l.Method, Header: headers(l.Request)}
		h := http.Header{}
		status := c.Preflight(r, h)
		if (status != 0) != l.Answered || status != 0 && status != l.Status {
			t.Errorf("%s %s %v: status %d, want %d (answered %v)", l.Policy, l.Method, l.Request, status, l.Status, l.Answered)
		}
		if status == 0 && len(h) > 0 {
			t.Errorf("%s %s %v: no preflight, but headers %v", l.Policy, l.Method, l.Request, h)
		}
		if status == 0 {
			h = headers(l.Upstream)
		}
		c.Mark(r, h) // after a preflight it changes nothing
		if got := lines(h); !slices.Equal(got, l.Response) {
			t.Errorf("%s %s %v, upstream %v:\ngot  %v\nwant %v", l.Policy, l.Method, l.Request, l.Upstream, got, l.Response)
		}
	}
}

// TestEnvoyHeaders holds what upstreams see against what they saw behind Envoy 1.38.3 with
// the settings of Contour 1.33.8.
func TestEnvoyHeaders(t *testing.T) {
	type line struct {
		Hops, Status int
		Sent, Saw    []pair
	}
	peer := netip.MustParseAddr("127.0.0.1")
	start := time.UnixMilli(1795425800031)
	for _, l := range recorded[line](t, "envoy_headers.jsonl", 50) {
		h := headers(l.Sent)
		client := ClientAddress(peer, h["X-Forwarded-For"], l.Hops)
		ok := RemoveHopByHop(h, intent.Normalized)
		if ok != (l.Status == 200) {
			t.Errorf("%v: got %v, want status %d", l.Sent, ok, l.Status)
		}
		if !ok {
			continue
		}
		Forwarded(h, &Arrival{
			Plane: intent.Normalized, Scheme: "http", Host: "plain", Port: "80", Peer: peer, Client: client,
			Local: netip.MustParseAddr("192.0.2.2"), TrustedHops: l.Hops, Timeout: 15000, Start: start,
			ID: func() (uint64, uint64) { return 0, 0 },
		})
		want := slices.DeleteFunc(l.Saw, func(p pair) bool { return p[0] == "host" })
		for i := range want {
			want[i][1] = strings.NewReplacer("<uuid>", "00000000-0000-4000-8000-000000000000", "t=<now>", "t=1795425800.031").Replace(want[i][1])
			want[i] = known(want[i])
		}
		want = slices.DeleteFunc(want, func(p pair) bool { return p == pair{"te", ""} }) // an empty TE says nothing
		if got := lines(h); !slices.Equal(got, want) {
			t.Errorf("%d hops, %v:\ngot  %v\nwant %v", l.Hops, l.Sent, got, want)
		}
	}
}

// known is a line where we differ knowingly: an address of an interface of another machine
// is nobody's, and an IPv4 address is written as such.
func known(p pair) pair {
	switch p {
	case pair{"x-envoy-external-address", "fe80::1%1"}:
		p[1] = "127.0.0.1"
	case pair{"x-envoy-external-address", "::ffff:192.0.2.1"}:
		p[1] = "192.0.2.1"
	}
	return p
}
