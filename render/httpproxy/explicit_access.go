package httpproxy

import (
	"fmt"
	"net"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// access reads the IP filters, and gives the root's back: a route's stand instead of them, if it
// has Services.
func (x *explicitRoute) access() *intent.Access {
	if x.Forward == nil {
		x.ignore("ipAllowPolicy")
		x.ignore("ipDenyPolicy")
	}
	own, there := x.filters("")
	root, _ := x.filters(virtualHost)
	mine := root
	if there {
		mine = own
	}
	if mine != nil {
		x.policies().Access = mine
	}
	return root
}

// parted is a route, and where it sends plain http to https on a host whose root has lists of
// addresses, the way there as a route of its own: the root's lists hold there, whatever lists
// the route has, and nothing else does.
func parted(r intent.Route, root *intent.Access) []intent.Route {
	if r.HTTPS == nil || root == nil || limited(r, "https") {
		return []intent.Route{r}
	}
	way := r
	way.Redirect = &intent.Redirect{Status: r.HTTPS.Status, Scheme: "https", Path: "{uri}"}
	way.HTTPS, way.Forward, way.Respond, way.Policies = nil, nil, nil, &intent.Policies{Access: root}
	if r.HTTPS = nil; limited(r, "http") {
		return []intent.Route{way}
	}
	return []intent.Route{over(way, onHTTP), over(r, onHTTPS)}
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
