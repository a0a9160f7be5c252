package httpproxy

import (
	"fmt"
	"net"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// access reads the IP filters: a route's stand instead of the root's, if it has Services.
func (x *explicitRoute) access() {
	if x.Forward == nil {
		x.ignore("ipAllowPolicy")
		x.ignore("ipDenyPolicy")
	}
	own, there := x.filters("")
	root, _ := x.filters(virtualHost)
	if there {
		root = own
	}
	if root != nil {
		x.policies().Access = root
	}
}

// filters are those under the two keys, and whether there is any, right or wrong.
func (x *explicitRoute) filters(prefix string) (access *intent.Access, there bool) {
	allow, deny := x.find(prefix+"ipAllowPolicy"), x.find(prefix+"ipDenyPolicy")
	if allow >= 0 && deny >= 0 {
		err := fault{"IncompatibleIPAddressFilters", "ipAllowPolicy and ipDenyPolicy exclude each other"}
		x.fail(allow, err)
		x.fail(deny, err)
		return nil, true
	}
	if a, ok := take(x, prefix+"ipAllowPolicy", readFilters); ok {
		return &intent.Access{Allow: a.peer, AllowRemote: a.remote}, true
	}
	if d, ok := take(x, prefix+"ipDenyPolicy", readFilters); ok {
		return &intent.Access{Deny: d.peer, DenyRemote: d.remote}, true
	}
	return nil, allow >= 0 || deny >= 0
}

// addresses are CIDRs, by whose address is compared with them.
type addresses struct{ peer, remote []string }

// readFilters reads CIDRs; an address without a length stands for itself.
func readFilters(list []contour.IPFilterPolicy) (addresses, error) {
	var out addresses
	for _, p := range list {
		text := p.CIDR
		switch {
		case strings.Contains(text, "/"):
		case strings.Contains(text, ":"):
			text += "/128"
		default:
			text += "/32"
		}
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return out, fault{"InvalidCIDR", fmt.Sprintf("%q is neither an address nor a CIDR", p.CIDR)}
		}
		if p.Source == contour.IPFilterSourceRemote {
			out.remote = append(out.remote, network.String())
		} else {
			out.peer = append(out.peer, network.String())
		}
	}
	return out, nil
}
