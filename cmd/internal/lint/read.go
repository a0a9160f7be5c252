package lint

import (
	"encoding/json"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/guard"
)

// read takes the objects of a set that rules are about, in the set's order; what does not fit
// its type is a finding, and counts as unreadable.
func read(set *manifest.Set) ([]thing, []ledger.Finding) {
	var out []thing
	var bad []ledger.Finding
	for _, raw := range set.Proxies {
		value, err := valueOf(raw)
		if err != nil {
			set.Unreadable++
			bad = append(bad, ledger.Finding{Rule: manifest.RuleInvalidObject, Severity: ledger.Error, Origin: raw.Origin,
				Message: err.Error(), Action: "correct the field: the API server would refuse it"})
			continue
		}
		out = append(out, thing{guard.Object{Namespace: raw.Namespace, Name: raw.Name, Value: value}, raw.Kind, raw.Origin})
	}
	for _, in := range set.Ingresses {
		out = append(out, thing{guard.Object{Namespace: in.Namespace, Name: in.Name, Value: ingressOf(in)}, "Ingress", in.Origin})
	}
	for _, name := range sortedKeys(set.Namespaces) {
		n := set.Namespaces[name]
		out = append(out, thing{guard.Object{Name: name, Value: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: toMap(n.Labels)}}}, "Namespace", n.Origin})
	}
	return out, bad
}

// valueOf is the typed value of an object that was kept raw.
func valueOf(raw *manifest.Raw) (any, error) {
	switch raw.Kind {
	case "HTTPProxy":
		p := &contour.HTTPProxy{}
		err := json.Unmarshal(raw.JSON, p)
		p.Namespace, p.Name = raw.Namespace, raw.Name
		return p, err
	case "TLSCertificateDelegation":
		d := &contour.TLSCertificateDelegation{}
		return d, json.Unmarshal(raw.JSON, d)
	}
	var route struct {
		Spec struct{ Hostnames []string }
	}
	err := json.Unmarshal(raw.JSON, &route)
	return guard.GatewayRoute{Kind: raw.Kind, Hostnames: route.Spec.Hostnames}, err
}

// ingressOf is an Ingress as far as rules look at it.
func ingressOf(in *manifest.Ingress) *networkingv1.Ingress {
	out := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: in.Namespace, Name: in.Name, Labels: toMap(in.Labels), Annotations: toMap(in.Annotations)}}
	if in.Class != nil {
		out.Spec.IngressClassName = &in.Class.Value
	}
	for _, t := range in.TLS {
		out.Spec.TLS = append(out.Spec.TLS, networkingv1.IngressTLS{Hosts: t.Hosts})
	}
	if in.DefaultBackend != nil {
		out.Spec.DefaultBackend = &networkingv1.IngressBackend{}
	}
	for _, r := range in.Rules {
		rule := networkingv1.IngressRule{Host: r.Host.Value}
		if r.HasHTTP {
			rule.HTTP = &networkingv1.HTTPIngressRuleValue{}
			for _, p := range r.Paths {
				rule.HTTP.Paths = append(rule.HTTP.Paths, networkingv1.HTTPIngressPath{Path: p.Path})
			}
		}
		out.Spec.Rules = append(out.Spec.Rules, rule)
	}
	return out
}

func toMap(kvs []manifest.KeyValue) map[string]string {
	m := make(map[string]string, len(kvs))
	for _, kv := range kvs {
		m[kv.Key] = kv.Value
	}
	return m
}
