package httpproxy

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// genNetworks draws networks that meet often: few bits of the first bytes, any length.
func genNetworks(label string, most int) *rapid.Generator[[]string] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 10, 127, 128, 192, 255}), 16, 16).Draw(t, label)
		a, bits := netip.AddrFrom4([4]byte(b)), rapid.IntRange(0, 32).Draw(t, "bits")
		if rapid.IntRange(0, 2).Draw(t, "family") == 0 {
			a, bits = netip.AddrFrom16([16]byte(b)), rapid.IntRange(0, 128).Draw(t, "long bits")
		}
		p, _ := a.Prefix(bits) // always in range
		return p.String()
	}), 1, most)
}

func holds(list []string, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(text string) bool { return netip.MustParsePrefix(text).Contains(a) })
}

// borders are the addresses at and beside the ends of networks.
func borders(lists ...[]string) []netip.Addr {
	var out []netip.Addr
	for _, text := range slices.Concat(lists...) {
		p := netip.MustParsePrefix(text).Masked()
		last := p.Addr().AsSlice()
		for i := p.Bits(); i < len(last)*8; i++ {
			last[i/8] |= 1 << (7 - i%8)
		}
		end, _ := netip.AddrFromSlice(last)
		for _, a := range []netip.Addr{p.Addr(), p.Addr().Prev(), end, end.Next()} {
			if a.IsValid() {
				out = append(out, a)
			}
		}
	}
	return out
}

// TestOneList: one list lets in exactly those whom two let in, at every border of a network
// and at random addresses; its networks are canonical and do not overlap.
func TestOneList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allow, deny := genNetworks("allow", 3).Draw(t, "allow"), genNetworks("deny", 3).Draw(t, "deny")
		in, out, ok := oneList(allow, deny)
		if !ok { // a hole takes at most 128 networks
			t.Fatalf("%v without %v is too much", allow, deny)
		}
		if (len(in) == 0) == (len(out) == 0) {
			t.Fatalf("%d let in, %d refused: want one list", len(in), len(out))
		}
		list := slices.Concat(in, out)
		for i, text := range list {
			p := netip.MustParsePrefix(text)
			if p != p.Masked() || text != p.String() {
				t.Fatalf("%s is not canonical", text)
			}
			for _, other := range list[:i] {
				if netip.MustParsePrefix(other).Overlaps(p) {
					t.Fatalf("%s and %s overlap", other, text)
				}
			}
		}
		asked := borders(allow, deny, list)
		for range 20 {
			b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")
			asked = append(asked, netip.AddrFrom4([4]byte(b)), netip.AddrFrom16([16]byte(b)))
		}
		for _, a := range asked {
			before := holds(allow, a) && !holds(deny, a)
			after := !holds(out, a) && (len(in) == 0 || holds(in, a))
			if before != after {
				t.Fatalf("%s is let in %v before and %v after: in %v, out %v", a, before, after, in, out)
			}
		}
	})
}

// TestOneListExamples: what people will see.
func TestOneListExamples(t *testing.T) {
	for _, c := range []struct{ allow, deny, in, out []string }{
		{[]string{"10.0.0.0/8"}, []string{"10.0.0.0/9"}, []string{"10.128.0.0/9"}, nil},
		{[]string{"10.0.0.0/8"}, []string{"192.0.2.0/24"}, []string{"10.0.0.0/8"}, nil},
		{[]string{"10.0.0.0/8"}, []string{"0.0.0.0/0"}, nil, []string{"0.0.0.0/0", "::/0"}},
		{[]string{"10.1.0.0/16", "10.0.0.0/8"}, []string{"10.0.0.0/9", "10.128.0.0/9"}, nil, []string{"0.0.0.0/0", "::/0"}},
		{[]string{"0.0.0.0/0"}, []string{"192.0.2.1/32"}, nil, []string{"192.0.2.1/32", "::/0"}},
		{[]string{"0.0.0.0/0", "::/0"}, []string{"192.0.2.0/24"}, nil, []string{"192.0.2.0/24"}},
		{[]string{"2001:db8::/32"}, []string{"2001:db8:8000::/33"}, []string{"2001:db8::/33"}, nil},
		{[]string{"192.0.2.0/30"}, []string{"192.0.2.1/32"}, []string{"192.0.2.0/32", "192.0.2.2/31"}, nil},
	} {
		in, out, ok := oneList(c.allow, c.deny)
		if !ok || !slices.Equal(in, c.in) || !slices.Equal(out, c.out) {
			t.Errorf("%v without %v: got %v, %v, %v", c.allow, c.deny, in, out, ok)
		}
	}
}

// TestOneListBound: lists that are too long are none, however they are written.
func TestOneListBound(t *testing.T) {
	var deny []string
	for i := range 40 {
		deny = append(deny, fmt.Sprintf("2001:db8:%x::1/128", i))
	}
	if in, out, ok := oneList([]string{"2001:db8::/32", "2001:db9::/32"}, deny[:3]); !ok || len(in)+len(out) > mostNetworks {
		t.Errorf("three holes: %d and %d networks, %v", len(in), len(out), ok)
	}
	var allow []string
	for i := range mostNetworks { // and as many holes between them
		allow = append(allow, fmt.Sprintf("10.%d.%d.0/24", i/128, i%128*2))
	}
	if _, _, ok := oneList(append(allow, "2001:db8::/32"), deny); ok {
		t.Error("thousands of networks are one list")
	}
	if _, _, ok := oneList([]string{"here"}, nil); ok {
		t.Error("what is no network is one")
	}
}
