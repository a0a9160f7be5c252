package nginx

import (
	"errors"
	"math"
	"net/netip"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

var (
	errVerify = errors.New("not read, since the authority that it is checked by, or the name, is not one of a Secret or the Ingress")
	errKnown  = errors.New("not read beside \"satisfy any\" without a \"deny all\" at the end: nobody can say whom a list names then")
)

// rule is a deny or an allow.
type rule struct {
	snippet.Access
	line int
}

// lists are the networks that rules, of which the first that fits decides, let in and keep
// out. With an allow list all others are kept out; else all others come in.
func lists(rules []rule, named bool) (allow, deny []string, err error) {
	var decided, in, out []netip.Prefix
	closed := false
	for _, r := range rules {
		nets := everyone
		if r.Network != "all" {
			nets = []netip.Prefix{prefixOf(r.Network)}
		}
		for _, n := range nets {
			if left := intent.Carve(nil, n, decided, math.MaxInt); r.Allow {
				in = append(in, left...)
			} else {
				out = append(out, left...)
			}
			decided = append(decided, n)
		}
		if r.Network == "all" {
			closed = !r.Allow
			break
		}
	}
	switch {
	case closed && len(in) == 0:
		return nil, texts(everyone), nil
	case closed:
		return texts(in), nil, nil
	case named && len(in) > 0:
		return nil, nil, errKnown
	}
	return nil, texts(out), nil
}

var everyone = intent.Everybody()

// nobody is an address that no client has.
var nobody = netip.MustParsePrefix("255.255.255.255/32")

// prefixOf reads what the reader of snippets has checked; an address is a network of one. An
// IPv4 network written in IPv6 holds nobody: nginx compares IPv4 clients with IPv4 networks
// only (ngx_http_access_module). In annotations the controller writes it as IPv4.
func prefixOf(text string) netip.Prefix {
	p, err := netip.ParsePrefix(text)
	if a, alone := netip.ParseAddr(text); alone == nil {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}
	case p.Addr().Is4In6() && p.Bits() >= 96:
		return nobody
	}
	return p.Masked()
}

// texts are networks as texts, sorted.
func texts(nets []netip.Prefix) []string {
	out := make([]string, len(nets))
	for i, n := range nets {
		out[i] = n.String()
	}
	slices.Sort(out)
	return slices.Compact(out)
}
