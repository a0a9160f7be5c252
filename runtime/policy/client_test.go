package policy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestClientAddress(t *testing.T) {
	for _, c := range []struct {
		name string
		hops int
		xff  []string
		want string // empty: the peer
	}{
		{"no hop is trusted", 0, []string{"192.0.2.1"}, ""},
		{"negative hops", -1, []string{"192.0.2.1"}, ""},
		{"one hop", 1, []string{"192.0.2.1, 192.0.2.2"}, "192.0.2.2"},
		{"two hops", 2, []string{"192.0.2.1, 192.0.2.2"}, "192.0.2.1"},
		{"two hops over lines", 2, []string{"192.0.2.1", "192.0.2.2"}, "192.0.2.1"},
		{"too few", 3, []string{"192.0.2.1, 192.0.2.2"}, ""},
		{"none", 1, nil, ""},
		{"empty line", 1, []string{"192.0.2.1", ""}, "192.0.2.1"},
		{"empty element", 1, []string{"192.0.2.1,"}, ""},
		{"what is further left does not matter", 1, []string{"x, 192.0.2.1"}, "192.0.2.1"},
		{"garbage", 1, []string{"x"}, ""},
		{"port", 1, []string{"192.0.2.1:80"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkAddress(t, c.want, func(peer netip.Addr) netip.Addr { return ClientAddress(peer, c.xff, c.hops) })
		})
	}
}

func TestForwardedAddress(t *testing.T) {
	for _, c := range []struct {
		name string
		xff  []string
		want string
	}{
		{"none", nil, ""},
		{"one", []string{"192.0.2.1"}, "192.0.2.1"},
		{"leftmost", []string{"192.0.2.1, 192.0.2.2", "192.0.2.3"}, "192.0.2.1"},
		{"garbage ends it", []string{"192.0.2.1, x, 192.0.2.3"}, "192.0.2.3"},
		{"only garbage", []string{"x"}, ""},
		{"port", []string{"192.0.2.1:80"}, "192.0.2.1"},
		{"bad port", []string{"192.0.2.1:0"}, ""},
		{"port of nothing", []string{":80"}, ""},
		{"IPv6", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 in brackets", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"open bracket", []string{"[2001:db8::1"}, ""},
		{"text behind the bracket", []string{"[2001:db8::1]x"}, ""},
		{"mapped", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkAddress(t, c.want, func(peer netip.Addr) netip.Addr { return ForwardedAddress(peer, c.xff) })
		})
	}
}

func checkAddress(t *testing.T, want string, ask func(netip.Addr) netip.Addr) {
	t.Helper()
	peer := netip.MustParseAddr("10.0.0.1")
	wanted := peer
	if want != "" {
		wanted = netip.MustParseAddr(want)
	}
	if got := ask(peer); got != wanted {
		t.Errorf("got %v, want %v", got, wanted)
	}
}

// FuzzClientAddress: the address is the peer, or stands in the header at its place; hops
// further left than the header goes are the peer.
func FuzzClientAddress(f *testing.F) {
	f.Add("192.0.2.1, 2001:db8::1", "[::1]:80", 2)
	f.Add("", ",", 1)
	f.Fuzz(func(t *testing.T, a, b string, hops int) {
		hops %= 10
		peer := netip.MustParseAddr("10.0.0.1")
		got := ClientAddress(peer, []string{a, b}, hops)
		var elements []string
		for _, line := range []string{a, b} {
			if line != "" {
				elements = append(elements, strings.Split(line, ",")...)
			}
		}
		want := peer
		if i := len(elements) - hops; hops > 0 && i >= 0 {
			if parsed, err := netip.ParseAddr(strings.Trim(elements[i], " \t")); err == nil && parsed.Zone() == "" {
				want = parsed.Unmap()
			}
		}
		if got != want {
			t.Fatalf("%q, %q, %d: got %v, want %v", a, b, hops, got, want)
		}
		forwarded := ForwardedAddress(peer, []string{a, b})
		if forwarded != peer && !slices.ContainsFunc(elements, func(e string) bool {
			one, ok := hostAddress(strings.Trim(e, " \t"))
			return ok && one == forwarded
		}) {
			t.Fatalf("%q, %q: %v does not stand there", a, b, forwarded)
		}
	})
}
