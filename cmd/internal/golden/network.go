package golden

import (
	"net/netip"

	"github.com/split-ingress/split-ingress/cmd/internal/netns"
)

// Network gives the loopback device of a network namespace the addresses that recorded
// clients and Services have, 10.99.0.0/16.
func Network() error { return netns.Loopback("lo:9", netip.MustParsePrefix("10.99.0.1/16")) }
