package upstream

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Inside says whether an address is that of this machine, of its link (where clouds tell
// their secrets), of many, or of nobody: none that an outside name may lead to.
func Inside(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.Zone() != ""
}

// DialOutside connects to "host:port". Whatever a host that is a name leads to at that moment
// must not be Inside; an address is taken as it is.
func DialOutside(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err != nil {
		dialer.Control = refuseInside
	}
	return dialer.DialContext(ctx, network, address)
}

// refuseInside looks at the address just before it is connected to.
func refuseInside(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || Inside(at.Addr()) {
		return fmt.Errorf("the name leads to %s, which is inside this machine or its link", address)
	}
	return nil
}
