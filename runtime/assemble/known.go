package assemble

import (
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// known are the objects in the form in which the interpreters look them up.
type known struct {
	services        map[manifest.Name]*manifest.Service
	contourServices map[manifest.Name]*manifest.Service // the same, but for external names that are allowed
	secrets         map[manifest.Name]*manifest.Secret
	configMaps      map[manifest.Name]*manifest.ConfigMap
	classes         map[string]*manifest.IngressClass
	extensions      map[manifest.Name]*contourv1alpha1.ExtensionService
	permits         httpproxy.Delegations
	slices          map[manifest.Name]set[*discoveryv1.EndpointSlice]        // by Service
	delegations     map[manifest.Name]set[*contour.TLSCertificateDelegation] // by Secret
	parsed          map[manifest.Name]parsed                                 // certificates of Secrets that were asked for
}

func newKnown() known {
	return known{
		services: map[manifest.Name]*manifest.Service{}, contourServices: map[manifest.Name]*manifest.Service{},
		configMaps: map[manifest.Name]*manifest.ConfigMap{}, extensions: map[manifest.Name]*contourv1alpha1.ExtensionService{},
		permits: httpproxy.Delegations{}, secrets: map[manifest.Name]*manifest.Secret{},
		classes: map[string]*manifest.IngressClass{}, slices: map[manifest.Name]set[*discoveryv1.EndpointSlice]{},
		delegations: map[manifest.Name]set[*contour.TLSCertificateDelegation]{}, parsed: map[manifest.Name]parsed{},
	}
}

// serviceOf is a Service as package manifest has it.
func serviceOf(svc *corev1.Service, at ledger.Origin) *manifest.Service {
	out := &manifest.Service{
		Origin: at, Namespace: svc.Namespace, Name: svc.Name, Type: string(svc.Spec.Type),
		ClusterIP: svc.Spec.ClusterIP, ExternalName: svc.Spec.ExternalName,
	}
	for _, key := range sortedKeys(svc.Annotations) {
		out.Annotations = append(out.Annotations, manifest.KeyValue{Key: key, Value: svc.Annotations[key]})
	}
	for _, p := range svc.Spec.Ports {
		port := manifest.ServicePort{Name: p.Name, Port: int(p.Port), Protocol: string(p.Protocol)}
		if target := p.TargetPort.String(); target != "0" {
			port.TargetPort = target
		}
		if p.AppProtocol != nil {
			port.AppProtocol = *p.AppProtocol
		}
		out.Ports = append(out.Ports, port)
	}
	return out
}

// secretOf is a Secret as package manifest has it: without what it keeps.
func secretOf(secret *corev1.Secret, at ledger.Origin) *manifest.Secret {
	out := &manifest.Secret{Origin: at, Namespace: secret.Namespace, Name: secret.Name, Type: string(secret.Type), Keys: sortedKeys(secret.Data)}
	if text, ok := secret.Data[corev1.TLSCertKey]; ok {
		out.CertHosts, out.CertUnknown = manifest.CertificateHosts(string(text))
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
