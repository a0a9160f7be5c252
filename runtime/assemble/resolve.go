package assemble

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/source"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

func (r *resolution) ref() source.Ref { return refOf(kindService, r.name()) }

// addresses are those that take requests, sorted; none: the answer is 503. A Service that
// is not there is no hindrance if an EndpointSlice has its name and the port, which is then
// the endpoints' own.
func (r *resolution) addresses(viaService bool) []string {
	svc, _ := r.s.objects[r.ref()].Value.(*corev1.Service)
	switch {
	case svc == nil:
		found := r.ofSlices(r.wantedItself)
		if len(found) == 0 {
			r.find("service-missing", ledger.Warning, "there is no such Service, and no EndpointSlice for it: requests get 503", "add the Service and its EndpointSlices")
		}
		return found
	case svc.Spec.Type == corev1.ServiceTypeExternalName:
		return r.external(svc)
	}
	port, ok := portOf(svc, r.key.Port)
	headless := svc.Spec.ClusterIP == corev1.ClusterIPNone
	switch {
	case !ok && headless && len(svc.Spec.Ports) == 0:
		return r.orNone(r.ofSlices(r.wantedItself))
	case !ok:
		r.find("port-missing", ledger.Warning, "the Service has no such TCP port: requests get 503", "name a port of the Service")
		return nil
	case viaService && !headless:
		if addr, err := netip.ParseAddr(svc.Spec.ClusterIP); err == nil {
			return []string{netip.AddrPortFrom(addr, uint16(port.Port)).String()}
		}
		r.find("no-endpoints", ledger.Warning, "the Service has no address of its own: requests get 503", "give the Service's clusterIP, or use its endpoints")
		return nil
	}
	wanted := func(name string, _ int32) bool { return name == port.Name }
	found := r.ofSlices(wanted)
	if len(r.s.slices[r.name()]) == 0 {
		found = r.ofEndpoints(wanted)
	}
	return r.orNone(found)
}

func (r *resolution) orNone(found []string) []string {
	if len(found) == 0 {
		r.find("no-endpoints", ledger.Warning, "no endpoint takes requests: they get 503", "look at the EndpointSlices of the Service")
	}
	return found
}

// wantedItself compares the port of endpoints with what the backend says.
func (r *resolution) wantedItself(name string, number int32) bool {
	return name == r.key.Port && name != "" || strconv.Itoa(int(number)) == r.key.Port
}

// portOf is the TCP port of a Service by its number or name.
func portOf(svc *corev1.Service, wanted string) (corev1.ServicePort, bool) {
	for _, p := range svc.Spec.Ports {
		tcp := p.Protocol == "" || p.Protocol == corev1.ProtocolTCP
		if tcp && (strconv.Itoa(int(p.Port)) == wanted || p.Name == wanted) {
			return p, true
		}
	}
	return corev1.ServicePort{}, false
}

// ofSlices are the endpoints of all EndpointSlices of the Service, at the ports that are
// wanted, each once. Those that are ready take requests, or where none is, those that are
// still serving while they terminate.
func (r *resolution) ofSlices(wanted func(name string, number int32) bool) []string {
	var ready, last []string
	for slice := range r.s.slices[r.name()] {
		for _, p := range slice.Ports {
			if p.Port == nil || p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP {
				continue
			}
			name := ""
			if p.Name != nil {
				name = *p.Name
			}
			if !wanted(name, *p.Port) {
				continue
			}
			for _, e := range slice.Endpoints {
				switch c := e.Conditions; {
				case c.Ready == nil || *c.Ready:
					ready = append(ready, r.join(e.Addresses, *p.Port)...)
				case c.Serving != nil && *c.Serving && c.Terminating != nil && *c.Terminating:
					last = append(last, r.join(e.Addresses, *p.Port)...)
				}
			}
		}
	}
	if len(ready) == 0 {
		ready = last
	}
	slices.Sort(ready)
	return slices.Compact(ready)
}

// ofEndpoints are those of an Endpoints object, for a Service without EndpointSlices.
func (r *resolution) ofEndpoints(wanted func(name string, number int32) bool) []string {
	//lint:ignore SA1019 files still have them
	e, _ := r.s.objects[refOf(kindEndpoints, r.name())].Value.(*corev1.Endpoints)
	if e == nil {
		return nil
	}
	var found []string
	for _, subset := range e.Subsets {
		for _, p := range subset.Ports {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP || !wanted(p.Name, p.Port) {
				continue
			}
			for _, a := range subset.Addresses {
				found = append(found, r.join([]string{a.IP}, p.Port)...)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// join makes addresses of an endpoint. Of its addresses, which all lead to it, the first
// counts, as for kube-proxy.
func (r *resolution) join(addresses []string, port int32) []string {
	if len(addresses) == 0 {
		return nil
	}
	addr, err := netip.ParseAddr(addresses[0])
	if err != nil || port < 1 || port > 65535 {
		r.find("no-endpoints", ledger.Warning, "the endpoint "+strconv.Quote(addresses[0])+" is no IP address with a port: it is left out", "write an IP address")
		return nil
	}
	return []string{netip.AddrPortFrom(addr, uint16(port)).String()}
}

// external is the name of an ExternalName Service with the port, if that is allowed.
func (r *resolution) external(svc *corev1.Service) []string {
	if !r.s.opts.ExternalNames {
		r.find("external-name-refused", ledger.Warning, "the Service is of type ExternalName, which is not allowed: requests get 503", "allow it, or use a Service with EndpointSlices")
		return nil
	}
	host := strings.TrimSuffix(strings.ToLower(svc.Spec.ExternalName), ".")
	if port, ok := portOf(svc, r.key.Port); ok {
		return r.externalAt(host, int(port.Port))
	}
	port, err := strconv.Atoi(r.key.Port)
	if err != nil || port < 1 || port > 65535 {
		r.find("port-missing", ledger.Warning, "the Service has no such TCP port: requests get 503", "name a port of the Service")
		return nil
	}
	return r.externalAt(host, port)
}

func (r *resolution) externalAt(host string, port int) []string {
	if why := refusedTarget(host); why != "" {
		r.find("external-name-refused", ledger.Warning, "the external name "+strconv.Quote(host)+" "+why+": requests get 503", "name a host outside")
		return nil
	}
	return []string{net.JoinHostPort(host, strconv.Itoa(port))}
}

// refusedTarget is why an external name must not be connected to: it is this machine, or
// one that only this machine reaches, or may be read as such.
func refusedTarget(host string) string {
	last := host[strings.LastIndex(host, ".")+1:]
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case host == "":
		return "is empty"
	case err == nil && upstream.Inside(addr):
		return "is an address of this machine or its link"
	case err == nil:
		return ""
	case last == "localhost":
		return "is this machine"
	case last == "" || last[0] >= '0' && last[0] <= '9':
		return "may be read as a number of an address"
	case strings.ContainsAny(host, "/:@[]%? \t"):
		return "is no host name"
	}
	return ""
}
