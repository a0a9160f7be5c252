package proxy

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/policy"
)

// trust says what is believed of X-Forwarded-* on sites of the nginx kind.
type trust struct {
	*intent.Trust
	peers  *policy.Access
	header string // that lists the addresses, in canonical form
}

func newTrust(t *intent.Trust) (*trust, error) {
	if t == nil {
		return nil, nil
	}
	peers, err := policy.NewAccess(&intent.Access{Allow: t.From})
	if err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	return &trust{t, peers, http.CanonicalHeaderKey(t.Header)}, nil
}

// believes says whether an address is that of a proxy in front.
func (t *trust) believes(a netip.Addr) bool { return t != nil && t.peers.Allows(a, a) }

// client is who the header says it is: from its right end the first that is no proxy, else
// the leftmost; as nginx reads it with real_ip_recursive.
func (t *trust) client(peer netip.Addr, h http.Header) netip.Addr {
	at := peer
	list := strings.Split(strings.Join(h[t.header], ","), ",")
	for i := len(list) - 1; i >= 0 && t.believes(at); i-- {
		a, ok := address(strings.TrimSpace(list[i]))
		if !ok {
			break
		}
		at = a
	}
	return at
}

// address reads an address that may have a port.
func address(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap(), true
	}
	a, err := netip.ParseAddrPort(s)
	return a.Addr().Unmap(), err == nil
}

// believed is whether this request's X-Forwarded-Proto, -Host and -Port count.
func (x *exchange) believed() bool {
	t := x.site.trust
	return t != nil && !t.AddressOnly && t.believes(x.peer)
}

// access is the scheme that the client sees: the connection's, or what a trusted proxy says.
func (x *exchange) access() string {
	if x.believed() {
		if said := strings.ToLower(x.r.Header.Get("X-Forwarded-Proto")); said == "http" || said == "https" {
			return said
		}
	}
	return x.scheme()
}
