//go:build !linux

package netns

import (
	"errors"
	"net/netip"
)

// Loopback needs Linux.
func Loopback(string, netip.Prefix) error {
	return errors.New("network namespaces are not there: only Linux has them")
}
