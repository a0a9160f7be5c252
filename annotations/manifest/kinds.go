package manifest

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// kindReader reads an object of one kind.
type kindReader struct {
	kind    string
	global  bool // the kind has no namespaces
	routes  bool // its meaning is settled later, or it can't go without a namespace
	secret  bool // its values never go into messages
	reason  string
	convert func(o *object, root value) any // what to keep; used if the object has no problems
}

// readerOf is how a type is read, or nil if it does not matter to routing.
func readerOf(t typeMeta) *kindReader {
	const gateway = "gateway.networking.k8s.io/"
	switch t {
	case typeMeta{v1, "Ingress"}, typeMeta{"networking.k8s.io/v1beta1", "Ingress"}, typeMeta{"extensions/v1beta1", "Ingress"}:
		return &kindReader{kind: "Ingress", routes: true, convert: func(o *object, v value) any { return readIngress(o, v) }}
	case typeMeta{v1, "IngressClass"}, typeMeta{"networking.k8s.io/v1beta1", "IngressClass"}:
		return &kindReader{kind: "IngressClass", global: true, reason: "IngressClass, read along: its controller", convert: readClass}
	case typeMeta{"v1", "Service"}:
		return &kindReader{kind: "Service", reason: "Service, read along: ports and labels", convert: readService}
	case typeMeta{"v1", "Namespace"}:
		return &kindReader{kind: "Namespace", global: true, reason: "Namespace, read along: labels", convert: readNamespace}
	case typeMeta{"v1", "Secret"}:
		return &kindReader{kind: "Secret", secret: true, reason: "Secret, read along: names and certificate hosts, no values", convert: readSecret}
	case typeMeta{"v1", "ConfigMap"}:
		return &kindReader{kind: "ConfigMap", reason: "ConfigMap, read along: data", convert: readConfigMap}
	case typeMeta{"projectcontour.io/v1", "HTTPProxy"}, typeMeta{"projectcontour.io/v1", "TLSCertificateDelegation"},
		typeMeta{gateway + "v1", "HTTPRoute"}, typeMeta{gateway + "v1beta1", "HTTPRoute"},
		typeMeta{gateway + "v1", "GRPCRoute"}, typeMeta{gateway + "v1alpha2", "GRPCRoute"},
		typeMeta{gateway + "v1", "TLSRoute"}, typeMeta{gateway + "v1alpha3", "TLSRoute"}, typeMeta{gateway + "v1alpha2", "TLSRoute"}:
		return &kindReader{kind: t.kind, routes: true, reason: t.kind + ", read along", convert: readRaw}
	}
	return nil
}

// object reads one object: it finds out its identity, bounds and digests it, fills the
// structs, and enters it, whatever came out.
func (r *reader) object(p place, v value, t typeMeta) {
	k := readerOf(t)
	if k == nil && t.kind == "Ingress" && ingressGroup(t) {
		k = &kindReader{kind: "Ingress", routes: true, convert: noVersion}
	}
	if k == nil {
		origin := p.origin(v.line)
		origin.Object = looseName(v, t)
		r.document(origin, ledger.Ignored, ignoredReason(t))
		return
	}
	o := r.begin(p, v, t, k)
	sum, err := scanObject(o, v.node)
	if err != nil {
		o.invalid(v.line, err.Error(), "write it without so many aliases, or split it")
		r.refuse(o)
		return
	}
	thing := k.convert(o, v)
	o.collisions()
	if len(o.problems) > 0 {
		r.refuse(o)
		return
	}
	r.accept(o, k, sum, thing)
}

// ingressGroup says whether an Ingress of no version that is read is meant for Kubernetes.
func ingressGroup(t typeMeta) bool {
	return t.version == "" || t.group() == "" || t.group() == "networking.k8s.io" || t.group() == "extensions"
}

// noVersion refuses an Ingress of an API version that never was.
func noVersion(o *object, root value) any {
	readIngress(o, root) // for its entries
	o.problems, o.warnings = nil, nil
	o.at("apiVersion", func() {
		o.invalid(root.line, "an Ingress of apiVersion "+short(o.version), "write apiVersion: "+v1)
	})
	return nil
}

// looseName names an object that is not read.
func looseName(v value, t typeMeta) string {
	meta := get(v.node, "metadata")
	name := scalar(meta, "name")
	if ns := scalar(meta, "namespace"); ns != "" {
		name = ns + "/" + name
	}
	return strings.TrimSpace(t.kind + " " + name)
}

func ignoredReason(t typeMeta) string {
	switch t.kind {
	case "Ingress", "IngressClass", "Service", "Namespace", "Secret", "ConfigMap", "HTTPProxy", "TLSCertificateDelegation", "HTTPRoute", "GRPCRoute", "TLSRoute":
		return "kind " + t.kind + " of apiVersion " + short(t.version) + " is another kind than the one that is read"
	}
	return "kind " + t.kind + " does not route"
}
