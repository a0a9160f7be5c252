package intent

import (
	"math"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCarve: what is left of a network holds the addresses of it that no other one has, each
// once.
func TestCarve(t *testing.T) {
	network := rapid.Custom(func(t *rapid.T) netip.Prefix {
		last := rapid.Byte().Draw(t, "last")
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, last}), rapid.IntRange(24, 32).Draw(t, "bits")).Masked()
	})
	rapid.Check(t, func(t *rapid.T) {
		p, without := network.Draw(t, "of"), rapid.SliceOfN(network, 0, 4).Draw(t, "without")
		left := Carve(nil, p, without, math.MaxInt)
		if !slices.IsSortedFunc(left, netip.Prefix.Compare) {
			t.Fatalf("not sorted: %v", left)
		}
		for last := range 256 {
			a := netip.AddrFrom4([4]byte{192, 0, 2, byte(last)})
			in := func(list []netip.Prefix) (n int) {
				for _, q := range list {
					if q.Contains(a) {
						n++
					}
				}
				return n
			}
			want := 0
			if p.Contains(a) && in(without) == 0 {
				want = 1
			}
			if got := in(left); got != want {
				t.Fatalf("%s is in %d of %v, want %d", a, got, left, want)
			}
		}
	})
}

func TestCarveStops(t *testing.T) {
	one := []netip.Prefix{netip.MustParsePrefix("192.0.2.77/32")}
	if got := Carve(nil, Everybody()[0], one, 5); len(got) != 6 {
		t.Errorf("%d networks, want to stop behind 5", len(got))
	}
}
