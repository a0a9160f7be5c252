package policy

import (
	"net/netip"
	"strings"
)

// ClientAddress is the client as Envoy sees it: with trusted hops (xff_num_trusted_hops)
// the address that the outermost trusted proxy wrote into X-Forwarded-For, which is as many
// places from the right; without, or where there is no plain address in that place, the
// peer. The lines of the header are read as one list. An address with a port or in brackets
// is none.
func ClientAddress(peer netip.Addr, xff []string, trustedHops int) netip.Addr {
	if trustedHops <= 0 {
		return peer
	}
	list := fromRight{lines: xff}
	for skip := trustedHops; ; skip-- {
		element, ok := list.next()
		if !ok {
			return peer
		}
		if skip > 1 {
			continue
		}
		a, err := netip.ParseAddr(element)
		if err != nil || a.Zone() != "" {
			return peer
		}
		return a.Unmap()
	}
}

// ForwardedAddress is the client as ingress-nginx sees it with use-forwarded-headers: the
// leftmost address of X-Forwarded-For, where every proxy is trusted (the default of
// proxy-real-ip-cidr). The list is read from its right end and up to what is no address; an
// address may have a port. Without any it is the peer.
func ForwardedAddress(peer netip.Addr, xff []string) netip.Addr {
	list := fromRight{lines: xff}
	for {
		element, ok := list.next()
		if !ok {
			return peer
		}
		a, ok := hostAddress(element)
		if !ok {
			return peer
		}
		peer = a
	}
}

// hostAddress reads an address with or without a port.
func hostAddress(s string) (netip.Addr, bool) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, ok := strings.Cut(rest, "]")
		a, err := netip.ParseAddr(host)
		return a.Unmap(), ok && err == nil && a.Is6() && a.Zone() == "" && (port == "" || isPort(port))
	}
	if i := strings.IndexByte(s, ':'); i >= 0 && strings.Count(s, ":") == 1 {
		if !isPort(s[i:]) {
			return netip.Addr{}, false
		}
		s = s[:i]
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil && a.Zone() == ""
}

// isPort says whether s is ":" and a port.
func isPort(s string) bool {
	if len(s) < 2 || len(s) > 6 || s[0] != ':' {
		return false
	}
	n := 0
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n > 0 && n <= 65535
}

// fromRight reads the elements of a list header from its end. Empty lines are no elements.
type fromRight struct {
	lines []string
	rest  string // of the line that is being read
	open  bool   // rest has an element more
}

func (l *fromRight) next() (element string, ok bool) {
	for !l.open {
		if len(l.lines) == 0 {
			return "", false
		}
		l.rest = l.lines[len(l.lines)-1]
		l.lines = l.lines[:len(l.lines)-1]
		l.open = l.rest != ""
	}
	i := strings.LastIndexByte(l.rest, ',')
	element = strings.Trim(l.rest[i+1:], " \t")
	if l.open = i >= 0; l.open {
		l.rest = l.rest[:i]
	}
	return element, true
}
