package manifest

import "github.com/split-ingress/split-ingress/annotations/ledger"

// backendV1beta1 reads a backend of networking.k8s.io/v1beta1 or extensions/v1beta1: a
// serviceName with a servicePort, which is a number or a name.
func (o *object) backendV1beta1(v value) Backend {
	var b Backend
	service, ported, newer := false, false, false
	o.each(v, func(key string, v value) bool {
		switch key {
		case "serviceName":
			service = typeOf(v.node) != "null"
			b.Service = o.serviceName(v)
		case "servicePort":
			ported = typeOf(v.node) != "null"
			o.intOrString(v, &b)
		case "resource":
			b.Resource = o.resource(v)
		case "service":
			newer = true
			o.leaves(v, ledger.Open, "")
			o.invalid(v.line, "service is of "+v1+", the object of "+o.version,
				"write apiVersion: "+v1+", or serviceName and servicePort")
		default:
			return false
		}
		return true
	})
	if newer {
		return b
	}
	o.oneTarget(v, service, b.Resource != "")
	if service && !ported {
		o.invalid(v.line, "a serviceName without a servicePort", "add servicePort")
	}
	return b
}

// intOrString reads a port that is a number or a name.
func (o *object) intOrString(v value, b *Backend) {
	if typeOf(v.node) == "string" {
		b.PortName = o.text(v)
		if b.PortName == "" {
			o.invalid(v.line, "the servicePort is empty", "write a port number or a port name")
		}
		o.checkPortName(v, b.PortName)
		return
	}
	b.PortNumber = o.port(v)
}
