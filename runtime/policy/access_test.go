package policy

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		name         string
		a            *intent.Access
		peer, remote string
		want         bool
	}{
		{"no policy", nil, "10.0.0.1", "", true},
		{"nothing in it", &intent.Access{}, "10.0.0.1", "", true},
		{"allowed", &intent.Access{Allow: []string{"10.0.0.0/8"}}, "10.1.2.3", "", true},
		{"not allowed", &intent.Access{Allow: []string{"10.0.0.0/8"}}, "11.0.0.0", "", false},
		{"a single address", &intent.Access{Allow: []string{"10.0.0.1"}}, "10.0.0.1", "", true},
		{"beside a single address", &intent.Access{Allow: []string{"10.0.0.1"}}, "10.0.0.2", "", false},
		{"bits behind the prefix", &intent.Access{Allow: []string{"10.1.2.3/8"}}, "10.200.0.1", "", true},
		{"mapped peer", &intent.Access{Allow: []string{"10.0.0.0/8"}}, "::ffff:10.1.2.3", "", true},
		{"mapped network", &intent.Access{Allow: []string{"::ffff:10.0.0.0/104"}}, "10.1.2.3", "", true},
		{"all of IPv6 is not IPv4", &intent.Access{Allow: []string{"::/0"}}, "::ffff:10.1.2.3", "", false},
		{"all of IPv4 is not IPv6", &intent.Access{Allow: []string{"0.0.0.0/0"}}, "2001:db8::1", "", false},
		{"zone", &intent.Access{Deny: []string{"fe80::/10"}}, "fe80::1%eth0", "", false},
		{"denied", &intent.Access{Deny: []string{"10.0.0.0/8"}}, "10.1.2.3", "", false},
		{"not denied", &intent.Access{Deny: []string{"10.0.0.0/8"}}, "11.0.0.1", "", true},
		{"deny comes first", &intent.Access{Allow: []string{"10.0.0.0/8"}, Deny: []string{"10.1.0.0/16"}}, "10.1.2.3", "", false},
		{"remote allowed", &intent.Access{AllowRemote: []string{"192.0.2.0/24"}}, "10.0.0.1", "192.0.2.7", true},
		{"peer is not remote", &intent.Access{AllowRemote: []string{"192.0.2.0/24"}}, "192.0.2.7", "10.0.0.1", false},
		{"one of the two", &intent.Access{Allow: []string{"10.0.0.0/8"}, AllowRemote: []string{"192.0.2.0/24"}}, "11.0.0.1", "192.0.2.7", true},
		{"remote denied", &intent.Access{DenyRemote: []string{"192.0.2.0/24"}}, "10.0.0.1", "192.0.2.7", false},
		{"no address is on no allow list", &intent.Access{Allow: []string{"0.0.0.0/0", "::/0"}}, "", "", false},
		{"no address is on every deny list", &intent.Access{Deny: []string{"10.0.0.0/8"}}, "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := NewAccess(c.a)
			if err != nil {
				t.Fatal(err)
			}
			peer, _ := netip.ParseAddr(c.peer) // empty: not valid
			remote, _ := netip.ParseAddr(c.remote)
			if got := a.Allows(peer, remote); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAccessErrors(t *testing.T) {
	for list, a := range map[string]*intent.Access{
		"allow":        {Allow: []string{"10.0.0.0/8", "10.0.0.0/33"}},
		"deny":         {Deny: []string{"all"}},
		"allow-remote": {AllowRemote: []string{""}},
		"deny-remote":  {DenyRemote: []string{"fe80::1%eth0"}},
	} {
		got, err := NewAccess(a)
		if err == nil || got != nil || !strings.HasPrefix(err.Error(), "access list "+list+": ") {
			t.Errorf("%s: got %v, %v", list, got, err)
		}
	}
}

// genAddr makes addresses that lie close together, of all forms.
func genAddr() *rapid.Generator[netip.Addr] {
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		v4 := netip.AddrFrom4([4]byte{10, byte(rapid.IntRange(0, 2).Draw(t, "b")), 0, byte(rapid.IntRange(0, 255).Draw(t, "d"))})
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			return v4
		case 1:
			return netip.AddrFrom16(v4.As16())
		default:
			return netip.AddrFrom16([16]byte{0x20, 1, 15: byte(rapid.IntRange(0, 255).Draw(t, "low"))})
		}
	})
}

// TestAccessIsAScan: the lists mean what a scan over their prefixes finds.
func TestAccessIsAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
			a := genAddr().Draw(t, "network").Unmap()
			return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
		})
		some := func(label string) (list []netip.Prefix, text []string) {
			list = rapid.SliceOfN(prefix, 0, 8).Draw(t, label)
			for _, p := range list {
				text = append(text, p.String())
			}
			return list, text
		}
		allow, allowText := some("allow")
		deny, denyText := some("deny")
		a, err := NewAccess(&intent.Access{Allow: allowText, Deny: denyText})
		if err != nil {
			t.Fatal(err)
		}
		peer := genAddr().Draw(t, "peer")
		in := func(list []netip.Prefix) bool {
			for _, p := range list {
				if p.Contains(peer.Unmap()) {
					return true
				}
			}
			return false
		}
		want := !in(deny) && (len(allow) == 0 || in(allow))
		if got := a.Allows(peer, netip.Addr{}); got != want {
			t.Fatalf("%v: got %v, want %v", peer, got, want)
		}
	})
}

// TestKnown: who comes in since no list names it is not known, so that one of several checks
// is not passed by that (nginx's satisfy any).
func TestKnown(t *testing.T) {
	for _, c := range []struct {
		access         *intent.Access
		from           string
		allowed, known bool
	}{
		{nil, "10.0.0.1", true, false},
		{&intent.Access{Deny: []string{"10.0.0.0/8"}}, "10.0.0.1", false, true},
		{&intent.Access{Deny: []string{"10.0.0.0/8"}}, "11.0.0.1", true, false},
		{&intent.Access{Allow: []string{"10.0.0.0/8"}}, "10.0.0.1", true, true},
		{&intent.Access{Allow: []string{"10.0.0.0/8"}}, "11.0.0.1", false, true},
	} {
		a, err := NewAccess(c.access)
		if err != nil {
			t.Fatal(err)
		}
		from := netip.MustParseAddr(c.from)
		if allowed, known := a.Judge(from, from); allowed != c.allowed || known != c.known {
			t.Errorf("%+v from %s: %v %v", c.access, c.from, allowed, known)
		}
	}
}
