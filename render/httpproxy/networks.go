package httpproxy

import (
	"net/netip"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// mostNetworks is how many networks one list may take where an allow list and a deny list
// become one: more are no list that people can read.
const mostNetworks = 500

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
		return nil, texts(intent.Everybody()), true
	}
	others, few := minus(intent.Everybody(), a)
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
		out = intent.Carve(out, p, without, mostNetworks)
	}
	return out, len(out) <= mostNetworks
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
