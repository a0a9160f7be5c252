package policy

import (
	"net/http"
	"net/netip"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// nginxArrival is a request over http to a host behind ingress-nginx.
func nginxArrival(host string) *Arrival {
	return &Arrival{
		Plane: intent.Decoded, Scheme: "http", Host: host, Port: "80", Peer: netip.MustParseAddr("127.0.0.1"),
		ID: func() (uint64, uint64) { return 0x0123456789abcdef, 0xfedcba9876543210 },
	}
}

// TestNginxHeaders: the host hd.t of the recordings of ingress-nginx, which keeps what
// Connection names.
func TestNginxHeaders(t *testing.T) {
	h := headers([]pair{
		{"Accept-Encoding", "gzip"}, {"Connection", "keep-alive, X-Foo"}, {"Proxy", "p"}, {"X-Foo", "1"}, {"X-Forwarded-For", "1.2.3.4"},
		{"X-Forwarded-Host", "evil"}, {"X-Request-ID", "rid"}, {"X_Under", "u"}, {"X.Dot", "d"}, {"X-Original-Forwarded-Host", "spoof"},
		{"X-Real-Ip", "6.6.6.6"}, {"X-Scheme", "https"}, {"Te", "trailers"}, {"Keep-Alive", "5"},
	})
	if !RemoveHopByHop(h, intent.Decoded) {
		t.Fatal("refused")
	}
	Forwarded(h, nginxArrival("hd.t"))
	want := http.Header{
		"Accept-Encoding": {"gzip"}, "X-Foo": {"1"}, "X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Host": {"hd.t"},
		"X-Forwarded-Port": {"80"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Scheme": {"http"},
		"X-Original-Forwarded-For": {"1.2.3.4"}, "X-Original-Forwarded-Host": {"evil"}, "X-Real-Ip": {"127.0.0.1"},
		"X-Scheme": {"http"}, "X-Request-Id": {"rid"}, "Te": {"trailers"},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

// TestNginxSpoofs: what a client says of itself alone is not what the upstream sees.
func TestNginxSpoofs(t *testing.T) {
	h := headers([]pair{{"X-Original-Forwarded-For", "1.2.3.4"}, {"Connection", "X-Forwarded-For, X-Real-Ip"}})
	RemoveHopByHop(h, intent.Decoded)
	Forwarded(h, nginxArrival("h"))
	if h.Get("X-Original-Forwarded-For") != "" || h.Get("X-Forwarded-For") != "127.0.0.1" || h.Get("X-Real-Ip") != "127.0.0.1" {
		t.Errorf("got %v", h)
	}
	if id := h.Get("X-Request-Id"); id != "0123456789abcdeffedcba9876543210" {
		t.Errorf("request id %q", id)
	}
}

func TestNginxTrustForwarded(t *testing.T) {
	h := headers([]pair{
		{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "192.0.2.2"}, {"X-Forwarded-Host", "outer"},
		{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Port", "8443"},
	})
	a := nginxArrival("inner")
	a.TrustForwarded, a.Client = true, ForwardedAddress(a.Peer, h["X-Forwarded-For"])
	Forwarded(h, a)
	for name, want := range map[string]string{
		"X-Forwarded-For": "192.0.2.1", "X-Real-Ip": "192.0.2.1", "X-Forwarded-Host": "outer", "X-Forwarded-Port": "8443",
		"X-Forwarded-Proto": "https", "X-Scheme": "https", "X-Original-Forwarded-For": "192.0.2.1, 192.0.2.2",
	} {
		if got := h[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestFullForwarded: what ingress-nginx's template makes of compute-full-forwarded-for and
// forwarded-for-header.
func TestFullForwarded(t *testing.T) {
	for _, c := range []struct {
		sent           []pair
		header         string
		full, original string
	}{
		{nil, "", "192.0.2.9", ""},
		{[]pair{{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-For", "5.6.7.8"}}, "", "1.2.3.4, 5.6.7.8, 192.0.2.9", "1.2.3.4, 5.6.7.8"},
		{[]pair{{"X-Forwarded-For", "1.2.3.4"}, {"Cf-Connecting-Ip", "7.7.7.7"}}, "Cf-Connecting-Ip", "1.2.3.4, 192.0.2.9", "7.7.7.7"},
		{[]pair{{"X-Forwarded-For", "1.2.3.4"}}, "Cf-Connecting-Ip", "1.2.3.4, 192.0.2.9", ""},
	} {
		h := headers(c.sent)
		a := nginxArrival("h")
		a.Peer, a.Client = netip.MustParseAddr("::ffff:192.0.2.9"), netip.MustParseAddr("7.7.7.7")
		a.FullForwarded, a.ForwardedFor = true, c.header
		Forwarded(h, a)
		if got := h["X-Forwarded-For"]; len(got) != 1 || got[0] != c.full {
			t.Errorf("%v: X-Forwarded-For %q, want %q", c.sent, got, c.full)
		}
		if got := h.Get("X-Original-Forwarded-For"); got != c.original || h.Get("X-Real-Ip") != "7.7.7.7" {
			t.Errorf("%v: original %q, want %q; real %q", c.sent, got, c.original, h.Get("X-Real-Ip"))
		}
	}
}

// TestEnvoyPeer: a peer that is not on a loopback address is appended, whatever Local is.
func TestEnvoyPeer(t *testing.T) {
	h := headers([]pair{{"X-Forwarded-For", "1.2.3.4"}})
	Forwarded(h, &Arrival{
		Plane: intent.Normalized, Scheme: "https", Peer: netip.MustParseAddr("::ffff:198.51.100.7"), Local: netip.MustParseAddr("192.0.2.2"),
	})
	if got := h.Get("X-Forwarded-For"); got != "1.2.3.4,198.51.100.7" {
		t.Errorf("X-Forwarded-For %q", got)
	}
	if got := h.Get("X-Envoy-External-Address"); got != "198.51.100.7" {
		t.Errorf("X-Envoy-External-Address %q", got)
	}
	if id := h.Get("X-Request-Id"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("X-Request-Id %q", id)
	}
	if h.Get("X-Envoy-Expected-Rq-Timeout-Ms") != "" || h.Get("X-Request-Start") != "" {
		t.Errorf("got %v", h)
	}
}

func TestRemoveResponseHopByHop(t *testing.T) {
	h := headers([]pair{
		{"Connection", "close, X-Hop, Content-Length"}, {"X-Hop", "1"}, {"Keep-Alive", "timeout=5"}, {"Upgrade", "h2c"}, {"Transfer-Encoding", "chunked"},
		{"Content-Length", "3"}, {"Set-Cookie", "a=b"}, {"X_under", "1"}, {"Proxy-Connection", "close"},
	})
	RemoveResponseHopByHop(h)
	if diff := cmp.Diff(http.Header{"Content-Length": {"3"}, "Set-Cookie": {"a=b"}, "X_under": {"1"}}, h); diff != "" {
		t.Error(diff)
	}
}
