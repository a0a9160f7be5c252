package policy

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// question is something that is asked for each request.
type question struct {
	name   string
	allocs float64 // at most
	ask    func()
}

// questions are those of the ordinary path: nothing is refused, and the client is known.
func questions(t testing.TB) []question {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	allow := make([]string, 5000)
	for i := range allow {
		allow[i] = fmt.Sprintf("10.%d.%d.0/25", i/256, i%256)
	}
	access, err := NewAccess(&intent.Access{Allow: allow, Deny: []string{"192.0.2.0/24"}})
	must(err)
	nginx, err := NewCORS(nginxCORS("https://*.foo.com, http://bar.com:8080", nil), intent.Decoded)
	must(err)
	envoy, err := NewCORS(envoyCORS()["list"], intent.Normalized)
	must(err)
	limit := mustLimit(t, NewZones(), intent.Limits{PerSecond: 1 << 20, PerMinute: 1 << 26, Burst: 1 << 20, BurstMinute: 1 << 26, Connections: 5, Exempt: []string{"172.16.0.0/12"}})
	bucket := NewBucket(&intent.LocalLimit{Requests: 1 << 30, Seconds: 1})
	cookies := NewCookies([]intent.CookieChange{{Name: "a", Path: "/n"}}, []intent.CookieChange{{Domain: "in.t out.t"}})
	affinity := NewAffinity(&intent.Affinity{}, intent.Decoded)
	hash := []intent.HashPart{{Header: "X-User"}, {Query: "u"}, {Source: true}}
	client := netip.MustParseAddr("10.1.2.3")
	r := &http.Request{Method: "GET", URL: &url.URL{RawQuery: "t=1&u=2"}, Header: headers([]pair{
		{"Origin", "https://a.foo.com"}, {"X-User", "u"}, {"Cookie", "x=1; INGRESSCOOKIE=k|g"}, {"Te", "trailers"},
	})}
	cross := &http.Request{Method: "GET", Header: headers([]pair{{"Origin", "https://x.b.com"}})}
	xff := []string{"192.0.2.1, 2001:db8::1", "198.51.100.7"}
	out := http.Header{}
	answer := http.Header{"Set-Cookie": {"b=c; Path=/; Domain=else.t"}}
	now := time.UnixMilli(1_000_000)
	bare := headers([]pair{{"Accept", "x"}, {"Host", "h"}})
	nginxIn := nginxArrival("h")
	envoyIn := &Arrival{Plane: intent.Normalized, Scheme: "https", Peer: client, Start: now, Timeout: 15000}
	return []question{
		{"access", 0, func() { access.Allows(client, client) }},
		{"client address", 0, func() { ClientAddress(client, xff, 2) }},
		{"forwarded address", 0, func() { ForwardedAddress(client, xff) }},
		{"cors nginx", 0, func() { nginx.Preflight(r, out); nginx.Mark(r, out) }},
		{"cors envoy", 0, func() { envoy.Preflight(cross, out); envoy.Mark(cross, out) }},
		{"limit", 0, func() {
			now = now.Add(time.Second)
			leave, ok := comeIn(limit, client, now)
			if leave(); !ok {
				t.Fatal("refused")
			}
		}},
		{"bucket", 0, func() {
			if now = now.Add(time.Second); !bucket.Take(now) {
				t.Fatal("refused")
			}
		}},
		{"cookies", 0, func() { cookies.Change(answer) }},
		{"affinity", 0, func() { affinity.Key(r) }},
		{"hash", 0, func() { Hash(hash, r, client) }},
		{"hop by hop nginx", 0, func() { RemoveHopByHop(bare, intent.Decoded) }},
		{"hop by hop envoy", 0, func() { RemoveHopByHop(bare, intent.Normalized) }},
		{"forwarded nginx", 3, func() { clear(bare); Forwarded(bare, nginxIn) }},
		{"forwarded envoy", 5, func() { clear(bare); Forwarded(bare, envoyIn) }},
	}
}

func TestAllocations(t *testing.T) {
	for _, q := range questions(t) {
		if got := testing.AllocsPerRun(100, q.ask); got > q.allocs {
			t.Errorf("%s: %v allocations, at most %v", q.name, got, q.allocs)
		}
	}
}

func BenchmarkQuestions(b *testing.B) {
	for _, q := range questions(b) {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				q.ask()
			}
		})
	}
}

// BenchmarkLimitClients is a limit with many clients at once, who come and go.
func BenchmarkLimitClients(b *testing.B) {
	limit := mustLimit(b, NewZones(), intent.Limits{PerSecond: 1 << 20, Burst: 1 << 20, Connections: 1 << 20})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := uint32(0); pb.Next(); i += 2654435761 {
			leave, _ := comeIn(limit, netip.AddrFrom4([4]byte{10, byte(i >> 24), byte(i >> 16), byte(i >> 8)}), time.UnixMilli(int64(i>>10)))
			leave()
		}
	})
}
