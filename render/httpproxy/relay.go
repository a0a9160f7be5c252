package httpproxy

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// relay follows the tcpproxy of a root down its includes, as Contour does. It is nil if the way
// ends at an object without one: the host is not served over https then. A fault on the way is
// told of the object that has it, and takes the whole root along, unless faults are isolated.
// Of what the model cannot say of the Services, Unresolved keeps the text.
func (d *decoder) relay(root *contour.HTTPProxy) (to *intent.Backend, fault string) {
	if root.Spec.TCPProxy != nil && root.Spec.VirtualHost.TLS == nil {
		return nil, d.unrelayed(root, "TLSMustBeConfigured", "tcpproxy needs a root with TLS")
	}
	var way []*contour.HTTPProxy
	for at := root; at.Spec.TCPProxy != nil; {
		way = append(way, at)
		tcp := at.Spec.TCPProxy
		in := cmp.Or(tcp.Include, tcp.IncludesDeprecated)
		switch {
		case len(tcp.Services) > 0 && in != nil:
			return nil, d.unrelayed(at, "NoServicesAndInclude", "tcpproxy has services and an include")
		case len(tcp.Services) > 0:
			return relayedTo(at), ""
		case in == nil:
			return nil, d.unrelayed(at, "NothingDefined", "tcpproxy has neither services nor an include")
		}
		n := name{cmp.Or(in.Namespace, at.Namespace), in.Name}
		next := d.proxies[n]
		switch {
		case next == nil:
			return nil, d.unrelayed(at, "IncludeNotFound", "tcpproxy includes "+objectName(n.namespace, n.name)+", which is not there")
		case next.Spec.VirtualHost != nil:
			return nil, d.unrelayed(at, "RootIncludesRoot", "tcpproxy includes "+objectName(n.namespace, n.name)+", which is a root")
		case slices.Contains(way, next):
			return nil, d.unrelayed(at, "IncludeCreatesCycle", "tcpproxy includes "+objectName(n.namespace, n.name)+", which is above it already")
		}
		at = next
	}
	return nil, ""
}

// unrelayed tells of a fault.
func (d *decoder) unrelayed(at *contour.HTTPProxy, reason, message string) string {
	what := ": the host is not served"
	if d.opts.Isolated {
		what = ": TLS of the host is relayed to nobody"
	}
	d.problem(at, reason, message+what)
	return message
}

// relayedTo is the Service of a tcpproxy. That there are more of them, or that one is spoken to
// in another way than as it is, the model does not say.
func relayedTo(p *contour.HTTPProxy) *intent.Backend {
	tcp := *p.Spec.TCPProxy
	first := tcp.Services[0]
	to := &intent.Backend{Namespace: p.Namespace, Service: first.Name, Port: strconv.Itoa(first.Port), Weight: 1}
	first.Weight = 0
	plain := contour.Service{Name: first.Name, Port: first.Port}
	tcp.Services = append([]contour.Service{first}, tcp.Services[1:]...)
	if !reflect.DeepEqual(tcp, contour.TCPProxy{Services: []contour.Service{plain}}) {
		to.Unresolved = "tcpproxy: " + jsonText([]any{p.Spec.TCPProxy})
	}
	return to
}
