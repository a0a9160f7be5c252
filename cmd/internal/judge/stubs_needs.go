package judge

import (
	"cmp"
	"maps"
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// port is a port of a Service that a route leads to.
type port struct {
	service  manifest.Name
	number   int
	protocol string // as HTTPProxy names it; empty: HTTP/1.1 in the clear
}

// needs is what some inputs refer to.
type needs struct {
	namespaces map[string]bool
	ports      map[manifest.Name]map[int]port
	secrets    map[manifest.Name]bool
	extensions map[manifest.Name]bool              // ExtensionServices
	types      map[manifest.Name]*manifest.Service // Services of the inputs
}

// needed collects what the objects of inputs refer to.
func needed(inputs []Input) needs {
	n := needs{namespaces: map[string]bool{}, ports: map[manifest.Name]map[int]port{}, secrets: map[manifest.Name]bool{}, extensions: map[manifest.Name]bool{}, types: map[manifest.Name]*manifest.Service{}}
	for _, in := range inputs {
		for _, o := range in.Objects {
			if o.Namespace != "" {
				n.namespaces[o.Namespace] = true
			}
		}
		maps.Copy(n.types, in.Services)
		for _, p := range in.Proxies() {
			n.proxy(p, in.Absent)
		}
	}
	return n
}

func (n *needs) proxy(p *contour.HTTPProxy, absent []string) {
	if vh := p.Spec.VirtualHost; vh != nil {
		n.host(vh, p.Namespace)
	}
	for _, r := range p.Spec.Routes {
		n.services(p.Namespace, r.Services, absent)
	}
	if tcp := p.Spec.TCPProxy; tcp != nil {
		n.services(p.Namespace, tcp.Services, absent)
	}
}

// services notes what a route or a relay of TLS leads to.
func (n *needs) services(namespace string, services []contour.Service, absent []string) {
	for _, s := range services {
		if v := s.UpstreamValidation; v != nil {
			n.secret(v.CACertificate, namespace)
		}
		if slices.Contains(absent, s.Name) {
			continue
		}
		key := manifest.Name{Namespace: namespace, Name: s.Name}
		if n.ports[key] == nil {
			n.ports[key] = map[int]port{}
		}
		protocol := n.ports[key][s.Port].protocol
		if s.Protocol != nil {
			protocol = *s.Protocol
		}
		n.ports[key][s.Port] = port{key, s.Port, protocol}
	}
}

// host notes the Secrets and the authorization service of a root.
func (n *needs) host(vh *contour.VirtualHost, namespace string) {
	if vh.TLS != nil {
		n.secret(vh.TLS.SecretName, namespace)
		if v := vh.TLS.ClientValidation; v != nil {
			n.secret(v.CACertificate, namespace)
			n.secret(v.CertificateRevocationList, namespace)
		}
	}
	if vh.Authorization == nil {
		return
	}
	ref := vh.Authorization.ExtensionServiceRef
	key := manifest.Name{Namespace: cmp.Or(ref.Namespace, namespace), Name: ref.Name}
	n.extensions[key], n.namespaces[key.Namespace] = true, true
	if n.ports[key] == nil {
		n.ports[key] = map[int]port{}
	}
	n.ports[key][authPort] = port{key, authPort, "h2c"}
}

// ids name all that is needed.
func (n needs) ids() []string {
	var out []string
	for ns := range n.namespaces {
		out = append(out, "Namespace /"+ns)
	}
	for key := range n.secrets {
		out = append(out, "Secret "+key.Namespace+"/"+key.Name)
	}
	for key := range n.extensions {
		out = append(out, "ExtensionService "+key.Namespace+"/"+key.Name)
	}
	for key := range n.ports {
		out = append(out, "Service "+key.Namespace+"/"+key.Name)
	}
	slices.Sort(out)
	return out
}
