package policy

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestHash(t *testing.T) {
	request := func(query string, lines ...pair) *http.Request {
		return &http.Request{Host: "h.t", URL: &url.URL{RawQuery: query}, Header: headers(lines)}
	}
	header := intent.HashPart{Header: "x-user"}
	last := intent.HashPart{Header: "x-user", Terminal: true}
	query := intent.HashPart{Query: "u"}
	source := intent.HashPart{Source: true}
	u1, u2 := pair{"X-User", "1"}, pair{"X-User", "2"}
	none := netip.Addr{}
	for _, c := range []struct {
		name string
		a, b []intent.HashPart
		x, y *http.Request
		at   netip.Addr
		same bool
	}{
		{"same header", []intent.HashPart{header}, []intent.HashPart{header}, request("", u1), request("z=1", u1), none, true},
		{"another header", []intent.HashPart{header}, []intent.HashPart{header}, request("", u1), request("", u2), none, false},
		{"values in any order", []intent.HashPart{header}, []intent.HashPart{header}, request("", u1, u2), request("", u2, u1), none, true},
		{"argument", []intent.HashPart{query}, []intent.HashPart{query}, request("u=1&v=2"), request("v=3&u=1&u=2"), none, true},
		{"another argument", []intent.HashPart{query}, []intent.HashPart{query}, request("u=1"), request("u=2"), none, false},
		{"absent parts add nothing", []intent.HashPart{query, header}, []intent.HashPart{header}, request("", u1), request("", u1), none, true},
		{"order counts", []intent.HashPart{query, header}, []intent.HashPart{header, query}, request("u=7", u1), request("u=7", u1), none, false},
		{"terminal", []intent.HashPart{last, query}, []intent.HashPart{header}, request("u=1", u1), request("", u1), none, true},
		{"terminal that is absent", []intent.HashPart{last, query}, []intent.HashPart{query}, request("u=1"), request("u=1"), none, true},
		{"source", []intent.HashPart{source}, []intent.HashPart{source}, request(""), request("u=1", u1), someone, true},
		{"source and header", []intent.HashPart{source, header}, []intent.HashPart{source}, request("", u1), request(""), someone, false},
		{"host", []intent.HashPart{{Header: "Host"}}, []intent.HashPart{{Header: ":authority"}}, request(""), request("u=1"), none, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, ok := Hash(c.a, c.x, c.at)
			b, also := Hash(c.b, c.y, c.at)
			if !ok || !also || (a == b) != c.same {
				t.Errorf("got %x (%v), %x (%v)", a, ok, b, also)
			}
		})
	}
	for _, parts := range [][]intent.HashPart{nil, {header}, {query}, {source}, {{}}} {
		if n, ok := Hash(parts, request("uu=1"), none); ok || n != 0 {
			t.Errorf("%v: got %x, %v", parts, n, ok)
		}
	}
	mapped := netip.MustParseAddr("::ffff:192.0.2.1")
	if a, _ := Hash([]intent.HashPart{source}, request(""), mapped); a == 0 {
		t.Error("no hash of a mapped address")
	} else if b, _ := Hash([]intent.HashPart{source}, request(""), someone); a != b {
		t.Error("a mapped address is another client")
	}
}

// TestHashTextSpreads: similar texts come to all of a few buckets about alike; the numbers
// do not change, since several data planes must agree.
func TestHashTextSpreads(t *testing.T) {
	var buckets [16]int
	const n = 16_000
	for i := range n {
		buckets[HashText("10.0.0."+string(rune('0'+i%10))+"-"+http.StatusText(200)+string(rune(i)))%16]++
	}
	for i, got := range buckets {
		if got < n/16*8/10 || got > n/16*12/10 {
			t.Errorf("bucket %d has %d of %d", i, got, n)
		}
	}
	if got := HashText(""); got != 0xefd01f60ba992926 {
		t.Errorf("empty text: %#x", got)
	}
}
