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
	if a := e.ownAccess(p); a != nil {
		out.IPAllowFilterPolicy = filters(a.Allow, a.AllowRemote)
		out.IPDenyFilterPolicy = filters(a.Deny, a.DenyRemote)
	}
	if p.Local != nil || p.Global != nil {
		out.RateLimitPolicy = &contour.RateLimitPolicy{Local: localField(p.Local), Global: globalField(p.Global)}
	}
}

// units are what the intervals of local limits are called.
var units = map[int]string{1: "second", 60: "minute", 3600: "hour"}

func localField(l *intent.LocalLimit) *contour.LocalRateLimitPolicy {
	if l == nil {
		return nil
	}
	return &contour.LocalRateLimitPolicy{Requests: uint32(l.Requests), Unit: units[l.Seconds], Burst: uint32(l.Burst), ResponseStatusCode: uint32(l.Status)}
}

// globalField is the inverse of readDescriptors.
func globalField(g *intent.GlobalLimit) *contour.GlobalRateLimitPolicy {
	if g == nil {
		return nil
	}
	out := &contour.GlobalRateLimitPolicy{}
	for _, d := range g.Descriptors {
		var entries []contour.RateLimitDescriptorEntry
		for _, e := range d.Entries {
			if e.Remote {
				entries = append(entries, contour.RateLimitDescriptorEntry{RemoteAddress: &contour.RemoteAddressDescriptor{}})
			} else {
				entries = append(entries, contour.RateLimitDescriptorEntry{GenericKey: &contour.GenericKeyDescriptor{Key: e.Key, Value: e.Value}})
			}
		}
		out.Descriptors = append(out.Descriptors, contour.RateLimitDescriptor{Entries: entries})
	}
	return out
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
