package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// addresses is a set of addresses: sorted ranges that neither overlap nor touch across the
// two families. A search takes the logarithm of their number.
type addresses []span

// span is a range of addresses, both ends included.
type span struct{ first, last netip.Addr }

// parseAddresses reads CIDRs and single addresses. An IPv4 network written in IPv6
// (::ffff:0:0/96) is that IPv4 network; bits behind the prefix are ignored, as both data
// planes do.
func parseAddresses(list []string) (addresses, error) {
	set := make(addresses, 0, len(list))
	for _, text := range list {
		p, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q is no network: want an address, or an address, \"/\" and the length of the prefix", text)
		}
		set = append(set, span{p.Addr(), lastOf(p)})
	}
	return set.merged(), nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("address %q", text)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, err
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// lastOf is the last address of a masked prefix.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 1 << (7 - i%8)
	}
	last, _ := netip.AddrFromSlice(bytes) // 4 or 16 bytes
	return last
}

// merged is the same set, sorted and without overlaps.
func (set addresses) merged() addresses {
	slices.SortFunc(set, func(a, b span) int { return a.first.Compare(b.first) })
	out := set[:0]
	for _, s := range set {
		if n := len(out); n > 0 && s.first.Compare(out[n-1].last) <= 0 {
			if s.last.Compare(out[n-1].last) > 0 {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

// has says whether the address is in the set; it must be plain, see plain.
func (set addresses) has(a netip.Addr) bool {
	low, high := 0, len(set)
	for low < high {
		if mid := int(uint(low+high) / 2); set[mid].last.Compare(a) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low < len(set) && set[low].first.Compare(a) <= 0
}

// plain is the address without a zone, and as IPv4 if it is one written in IPv6.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
