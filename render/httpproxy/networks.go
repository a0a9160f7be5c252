package httpproxy

import (
	"net/netip"
	"slices"
)

// mostNetworks is how many networks one list may take where an allow list and a deny list
// become one: more are no list that people can read.
const mostNetworks = 500

// everybody is every address, of either family.
var everybody = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// oneList makes one list of two, of networks as CIDRs in canonical form, deny before allow:
// those that are let in, or if that takes fewer networks those that are refused, sorted by
// address. The other one is empty. It is false where either takes more than mostNetworks, or
// an entry is no network.
func oneList(allow, deny []string) (in, out []string, ok bool) {
	a, okAllow := prefixes(allow)
	d, okDeny := prefixes(deny)
	if !okAllow || !okDeny {
		return nil, nil, false
	}
	let, fits := minus(a, d)
	if fits && len(let) == 0 {
		return nil, texts(everybody), true
	}
	others, few := minus(everybody, a)
	refused := outermost(slices.Concat(others, d))
	switch {
	case few && len(refused) <= mostNetworks && (!fits || len(refused) < len(let)):
		return nil, texts(refused), true
	case fits:
		return texts(let), nil, true
	}
	return nil, nil, false
}

// prefixes reads CIDRs.
func prefixes(list []string) ([]netip.Prefix, bool) {
	var out []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, false
		}
		out = append(out, p.Masked())
	}
	return out, true
}

func texts(ps []netip.Prefix) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

// minus are the addresses of a list without those of another one, as networks that do not
// overlap, sorted by address; false if they are more than mostNetworks.
func minus(from, without []netip.Prefix) ([]netip.Prefix, bool) {
	var out []netip.Prefix
	for _, p := range outermost(from) {
		out = carve(out, p, overlapping(without, p))
	}
	return out, len(out) <= mostNetworks
}

func overlapping(list []netip.Prefix, p netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, q := range list {
		if q.Overlaps(p) {
			out = append(out, q)
		}
	}
	return out
}

// outermost are the networks of a list that lie in no other one, sorted by address.
func outermost(list []netip.Prefix) []netip.Prefix {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, netip.Prefix.Compare)
	var out []netip.Prefix
	for _, p := range sorted { // wider ones come first where the address is the same
		if n := len(out); n == 0 || !out[n-1].Overlaps(p) {
			out = append(out, p)
		}
	}
	return out
}

// carve adds what is left of a network without those that overlap it, half by half.
func carve(out []netip.Prefix, p netip.Prefix, without []netip.Prefix) []netip.Prefix {
	if len(out) > mostNetworks {
		return out // too many already
	}
	if len(without) == 0 {
		return append(out, p)
	}
	if slices.ContainsFunc(without, func(w netip.Prefix) bool { return w.Bits() <= p.Bits() }) {
		return out
	}
	for _, half := range halves(p) {
		out = carve(out, half, overlapping(without, half))
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
