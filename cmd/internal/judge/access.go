package judge

import (
	"encoding/json"
	"net/netip"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// client is the address that the judge's requests come from.
var client = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// addresses are those of one IP filter.
type addresses []address

type address struct {
	Source string `json:"source"`
	CIDR   string `json:"cidr"`
}

// filter is the IP filter of a key on a route, and whether there is one.
func filter(r *intent.Route, key string) (addresses, bool) {
	i := slices.IndexFunc(r.Opaque, func(q intent.Opaque) bool { return q.Key == key })
	if i < 0 {
		return nil, false
	}
	var all []addresses // what is opaque is a list of values
	if err := json.Unmarshal([]byte(r.Opaque[i].Value), &all); err != nil || len(all) != 1 {
		return nil, false
	}
	return all[0], true
}

func (as addresses) hold(a netip.Addr) bool {
	return slices.ContainsFunc(as, func(one address) bool {
		if p, err := netip.ParsePrefix(one.CIDR); err == nil {
			return p.Contains(a)
		}
		alone, err := netip.ParseAddr(one.CIDR)
		return err == nil && alone == a
	})
}

// refused says whether IP filters keep the judge out of what a route answers: those of its host,
// unless it forwards the request and has filters of its own.
func refused(d table.Decision) bool {
	if d.Route == nil {
		return false
	}
	prefixes := []string{"", "virtualhost."}
	if d.Status != 0 {
		prefixes = prefixes[1:]
	}
	for _, prefix := range prefixes {
		allow, allows := filter(d.Route, prefix+"ipAllowPolicy")
		deny, denies := filter(d.Route, prefix+"ipDenyPolicy")
		if allows || denies {
			return allows && !allow.hold(client) || denies && deny.hold(client)
		}
	}
	return false
}

// byProxies says whether a filter is about an address that proxies in front tell, which no
// request of the judge has.
func byProxies(d table.Decision) bool {
	return d.Route != nil && slices.ContainsFunc([]string{"ipAllowPolicy", "ipDenyPolicy", "virtualhost.ipAllowPolicy", "virtualhost.ipDenyPolicy"}, func(key string) bool {
		list, _ := filter(d.Route, key)
		return len(list) > 0 && list[0].Source == "Remote"
	})
}
