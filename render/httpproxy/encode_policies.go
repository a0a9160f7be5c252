package httpproxy

import (
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// policies writes what keeps requests out of a route.
func (e encoder) policies(out *contour.Route, p *intent.Policies) {
	if p == nil {
		return
	}
	if a := p.Access; a != nil {
		out.IPAllowFilterPolicy = filters(a.Allow, a.AllowRemote)
		out.IPDenyFilterPolicy = filters(a.Deny, a.DenyRemote)
	}
}

// filters are CIDRs with the address that is compared with them.
func filters(peer, remote []string) []contour.IPFilterPolicy {
	var out []contour.IPFilterPolicy
	for _, cidr := range peer {
		out = append(out, contour.IPFilterPolicy{Source: contour.IPFilterSourcePeer, CIDR: cidr})
	}
	for _, cidr := range remote {
		out = append(out, contour.IPFilterPolicy{Source: contour.IPFilterSourceRemote, CIDR: cidr})
	}
	return out
}

// protocolField is services[].protocol, the inverse of protocolOf.
func protocolField(p intent.Protocol) *string {
	var name string
	switch p {
	case intent.HTTPS:
		name = "tls"
	case intent.H2:
		name = "h2"
	case intent.H2C:
		name = "h2c"
	default:
		return nil
	}
	return &name
}
