package manifest

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

const v1 = "networking.k8s.io/v1"

// readIngress reads an Ingress of any of its three API versions and checks it as the API
// server does (pkg/apis/networking/validation of Kubernetes 1.22 and later; v1beta1 as
// 1.19 to 1.21 did). What it returns is to be used only if the object has no problems.
func readIngress(o *object, root value) *Ingress {
	ing := &Ingress{Origin: o.origin, APIVersion: o.version}
	hasSpec, hasMeta := false, false
	o.each(root, func(key string, v value) bool {
		switch key {
		case "apiVersion", "kind":
		case "metadata":
			hasMeta = true
			m := o.metadata(v)
			ing.Name, ing.Created, ing.Labels, ing.Annotations = m.name, m.created, m.labels, m.annotations
		case "spec":
			hasSpec = true
			o.ingressSpec(v, ing)
		case "status":
			o.leaf("", v.line, ledger.Ignored, "status: set by the controller")
		default:
			return false
		}
		return true
	})
	if !hasMeta {
		o.checkNames(root, metadata{})
	}
	if !hasSpec || (len(ing.Rules) == 0 && ing.DefaultBackend == nil && len(o.problems) == 0) {
		o.at("spec", func() {
			o.invalid(root.line, "it has neither rules nor a default backend",
				"add one of them; if this is a patch, build its kustomization with -k")
		})
	}
	return ing
}

func (o *object) ingressSpec(v value, ing *Ingress) {
	o.each(v, func(key string, v value) bool {
		switch key {
		case "ingressClassName":
			ing.Class = o.className(v)
		case "defaultBackend", "backend":
			if (key == "defaultBackend") != (o.version == v1) {
				o.renamed(v, key)
			}
			ing.DefaultBackend = o.defaultBackend(v)
		case "tls":
			o.items(v, func(_ int, v value) { ing.TLS = append(ing.TLS, o.tls(v)) })
		case "rules":
			o.items(v, func(_ int, v value) { ing.Rules = append(ing.Rules, o.rule(v)) })
		default:
			return false
		}
		return true
	})
}

// renamed refuses the default backend under the name that another version has for it.
func (o *object) renamed(v value, key string) {
	want := map[string]string{"backend": "defaultBackend", "defaultBackend": "backend"}[key]
	o.invalid(v.line, fmt.Sprintf("%s has no spec.%s", o.version, key), "write spec."+want)
}

func (o *object) className(v value) *Field {
	at := len(o.entries)
	name := o.text(v)
	if typeOf(v.node) != "string" {
		return nil
	}
	if !isSubdomain(name) {
		o.misnamed(v.line, name, "a valid class name", "name an IngressClass, or remove the field")
	}
	return &Field{Value: name, Origin: o.entries[at].Origin}
}

func (o *object) defaultBackend(v value) *Backend {
	if typeOf(v.node) == "null" {
		o.null(v)
		return nil
	}
	from := len(o.entries)
	b := o.backend(v)
	b.Origins = o.origins(from)
	return &b
}

func (o *object) tls(v value) TLS {
	var t TLS
	from := len(o.entries)
	o.each(v, func(key string, v value) bool {
		switch key {
		case "hosts":
			o.items(v, func(_ int, v value) { t.Hosts = append(t.Hosts, o.host(v)) })
		case "secretName":
			t.Secret = o.text(v)
			if o.version == v1 && t.Secret != "" && !isSubdomain(t.Secret) { // v1beta1 let any name through
				o.misnamed(v.line, t.Secret, "a valid name of a Secret", "use lower-case letters, digits, '-' and '.'")
			}
		default:
			return false
		}
		return true
	})
	t.Origins = o.origins(from)
	return t
}

// host reads a host and checks it.
func (o *object) host(v value) string {
	host := o.text(v)
	if typeOf(v.node) == "string" {
		if what, action := hostFault(host); what != "" {
			o.misnamed(v.line, host, what, action)
		}
	}
	return host
}

func (o *object) rule(v value) Rule {
	var r Rule
	from := len(o.entries)
	paths, end := from, from // the entries of the paths, which stand in a row
	o.each(v, func(key string, v value) bool {
		switch key {
		case "host":
			at := len(o.entries)
			if host := typeOf(v.node) == "string" && v.node.Value == ""; host {
				o.text(v) // an empty host is none
			} else {
				r.Host.Value = o.host(v)
			}
			if r.Host.Value != "" {
				r.Host.Origin = o.entries[at].Origin
			}
		case "http":
			r.HasHTTP = typeOf(v.node) != "null"
			o.http(v, func(from, to int) { paths, end = from, to }, &r)
		default:
			return false
		}
		return true
	})
	r.Origins = append(o.originsBetween(from, paths), o.originsBetween(end, len(o.entries))...)
	return r
}

func (o *object) http(v value, span func(from, to int), r *Rule) {
	null := typeOf(v.node) == "null"
	o.each(v, func(key string, v value) bool {
		if key != "paths" {
			return false
		}
		from := len(o.entries)
		r.Paths = make([]Path, 0, len(v.node.Content))
		o.items(v, func(_ int, v value) { r.Paths = append(r.Paths, o.rulePath(v)) })
		if len(r.Paths) > 0 {
			span(from, len(o.entries))
		}
		return true
	})
	if len(r.Paths) == 0 && !null {
		o.invalid(v.line, "http has no paths", "add a path, or remove http")
	}
}

func (o *object) rulePath(v value) Path {
	var p Path
	from := len(o.entries)
	backend, end := -1, -1
	typed := false
	o.each(v, func(key string, v value) bool {
		switch key {
		case "path":
			p.Path = o.text(v)
		case "pathType":
			p.Type = o.text(v)
			typed = typeOf(v.node) != "null"
			o.checkPathType(v, p.Type)
		case "backend":
			backend = len(o.entries)
			p.Backend = o.backend(v)
			end = len(o.entries)
		default:
			return false
		}
		return true
	})
	if backend < 0 {
		o.invalid(v.line, "a path without a backend", "add a backend")
	}
	if fault := pathFault(p.Path, p.Type); fault != "" {
		o.at("path", func() { o.badPath(v, p, fault) })
	}
	if !typed && o.version == v1 {
		o.warnings = append(o.warnings, o.finding(RuleMissingPathType, ledger.Warning, v.line,
			"a path of "+v1+" without a pathType", "write pathType: ImplementationSpecific, or what is meant; the API server refuses it"))
	}
	p.Origins = o.origins(from)
	if backend >= 0 {
		p.Backend.Origins = p.Origins[backend-from : end-from : end-from]
	}
	return p
}

func (o *object) badPath(v value, p Path, fault string) {
	if isTemplate(p.Path) {
		return // said already
	}
	o.invalid(v.line, fmt.Sprintf("the path %s %s", short(p.Path), fault), "write an absolute, plain path; for a regular expression, pathType: ImplementationSpecific")
}

func (o *object) checkPathType(v value, pathType string) {
	switch pathType {
	case "Exact", "Prefix", "ImplementationSpecific":
		return
	}
	if typeOf(v.node) != "string" || isTemplate(pathType) {
		return
	}
	action := "write Exact, Prefix or ImplementationSpecific"
	for _, want := range []string{"Exact", "Prefix", "ImplementationSpecific"} {
		if strings.EqualFold(want, pathType) {
			action = "write " + want
		}
	}
	o.misnamed(v.line, pathType, "a path type", action)
}
