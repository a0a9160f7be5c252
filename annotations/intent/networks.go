package intent

import "net/netip"

// Carve adds to out what is left of a network without others: networks that do not overlap,
// sorted by address. It adds no more once out has more than most.
func Carve(out []netip.Prefix, p netip.Prefix, without []netip.Prefix, most int) []netip.Prefix {
	if len(out) > most {
		return out
	}
	var inside []netip.Prefix
	for _, w := range without {
		switch {
		case !w.Overlaps(p):
		case w.Bits() <= p.Bits():
			return out
		default:
			inside = append(inside, w)
		}
	}
	if len(inside) == 0 {
		return append(out, p)
	}
	for _, half := range halves(p) {
		out = Carve(out, half, inside, most)
	}
	return out
}

// halves are the two networks of which one of more than one address is made.
func halves(p netip.Prefix) [2]netip.Prefix {
	bytes := p.Addr().AsSlice()
	bytes[p.Bits()/8] |= 1 << (7 - p.Bits()%8)
	upper, _ := netip.AddrFromSlice(bytes) // 4 or 16 bytes
	return [2]netip.Prefix{netip.PrefixFrom(p.Addr(), p.Bits()+1), netip.PrefixFrom(upper, p.Bits()+1)}
}

// Everybody is every address, of either family, in a new slice.
func Everybody() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
}
