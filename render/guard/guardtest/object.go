package guardtest

import (
	"fmt"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/render/guard"
)

// Object reads an object of a case. Unknown fields are errors.
func Object(data []byte) (guard.Object, error) {
	var head struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct{ Hostnames []string }
	}
	if err := yaml.Unmarshal(data, &head); err != nil {
		return guard.Object{}, err
	}
	o := guard.Object{Namespace: head.Namespace, Name: head.Name}
	switch head.Kind {
	case "HTTPProxy":
		o.Value = &contour.HTTPProxy{}
	case "TLSCertificateDelegation":
		o.Value = &contour.TLSCertificateDelegation{}
	case "Ingress":
		o.Value = &networkingv1.Ingress{}
	case "Namespace":
		o.Value = &corev1.Namespace{}
	case "HTTPRoute", "GRPCRoute", "TLSRoute":
		o.Value = guard.GatewayRoute{Kind: head.Kind, Hostnames: head.Spec.Hostnames}
		return o, nil
	default:
		return o, fmt.Errorf("no rule speaks of kind %q", head.Kind)
	}
	return o, yaml.UnmarshalStrict(data, o.Value)
}
