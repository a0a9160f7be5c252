package manifest

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

const writtenV1 = `write it as ` + v1 + ` has it: service: {name: NAME, port: {number: 80}} (or port: {name: NAME})`

// backend reads a backend of the object's version, but for its origins.
func (o *object) backend(v value) Backend {
	if o.version == v1 {
		return o.backendV1(v)
	}
	return o.backendV1beta1(v)
}

func (o *object) backendV1(v value) Backend {
	var b Backend
	service, old := false, false
	o.each(v, func(key string, v value) bool {
		switch key {
		case "service":
			service = typeOf(v.node) != "null"
			o.service(v, &b)
		case "resource":
			b.Resource = o.resource(v)
		case "serviceName", "servicePort":
			if !old {
				o.invalid(v.line, fmt.Sprintf("%s is of v1beta1, the object of %s", key, v1), writtenV1)
			}
			old = true
			o.leaves(v, ledger.Open, "")
		default:
			return false
		}
		return true
	})
	if !old {
		o.oneTarget(v, service, b.Resource != "")
	}
	return b
}

// oneTarget refuses a backend with both targets or with none.
func (o *object) oneTarget(v value, service, resource bool) {
	switch {
	case typeOf(v.node) != "mapping" && typeOf(v.node) != "null": // said already
	case service && resource:
		o.invalid(v.line, "a backend with a service and a resource", "remove one of them")
	case !service && !resource:
		o.invalid(v.line, "a backend without a service", "add a service, or a resource")
	}
}

func (o *object) service(v value, b *Backend) {
	ported := false
	o.each(v, func(key string, v value) bool {
		switch key {
		case "name":
			b.Service = o.serviceName(v)
		case "port":
			ported = true
			o.servicePort(v, b)
		default:
			return false
		}
		return true
	})
	if typeOf(v.node) != "mapping" {
		return
	}
	if get(v.node, "name") == nil {
		o.invalid(v.line, "a service without a name", "add service.name")
	}
	if !ported {
		o.invalid(v.line, "a service without a port", "add service.port.number or service.port.name")
	}
}

func (o *object) serviceName(v value) string {
	name := o.text(v)
	switch {
	case name == "" && (typeOf(v.node) == "string" || typeOf(v.node) == "null"):
		o.invalid(v.line, "the name of the service is empty", "name the service")
	case strings.Contains(name, "${") || strings.ContainsAny(name, " /"):
		o.misnamed(v.line, name, "a valid name of a Service", "use lower-case letters, digits and '-'")
	}
	return name
}

func (o *object) servicePort(v value, b *Backend) {
	number, name := false, false
	o.each(v, func(key string, v value) bool {
		switch key {
		case "number":
			number = typeOf(v.node) != "null"
			b.PortNumber = o.port(v)
		case "name":
			name = typeOf(v.node) == "string" && v.node.Value != ""
			b.PortName = o.text(v)
			o.checkPortName(v, b.PortName)
		default:
			return false
		}
		return true
	})
	switch {
	case typeOf(v.node) != "mapping" && typeOf(v.node) != "null":
		return
	case number && name:
		o.invalid(v.line, "a port with a number and a name", "remove one of them")
	case !number && !name:
		o.invalid(v.line, "a service without a port", "add port.number or port.name")
	}
}

func (o *object) checkPortName(v value, name string) {
	if name == "" || isPortName(name) {
		return
	}
	action := "use at most 15 lower-case letters, digits and '-', one of them a letter"
	if strings.Trim(name, "0123456789") == "" {
		action = "a port number is written without quotes, in v1 under port.number"
	}
	o.misnamed(v.line, name, "a valid port name", action)
}

// resource reads a reference to an object that is no Service, as "kind/name".
func (o *object) resource(v value) string {
	var kind, name string
	o.each(v, func(key string, v value) bool {
		switch key {
		case "apiGroup":
			o.text(v)
		case "kind":
			kind = o.text(v)
		case "name":
			name = o.text(v)
		default:
			return false
		}
		return true
	})
	if typeOf(v.node) != "mapping" {
		return ""
	}
	if kind == "" || name == "" {
		o.invalid(v.line, "a resource without kind or name", "name both")
	}
	return kind + "/" + name
}
