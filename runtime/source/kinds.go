package source

import (
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	kindIngress = "Ingress"
	kindSecret  = "Secret"
)

// kind is a kind that is read.
type kind struct {
	name     string
	versions []string // apiVersions that are read, the newest first
	global   bool     // it has no namespaces
	empty    func() metav1.Object
}

func (k kind) reads(version string) bool { return slices.Contains(k.versions, version) }

// kindOf finds the kind that is meant by a group and a name, in upper or lower case. ok is
// false for those that do not matter to serving.
func kindOf(version, name string) (k kind, ok bool) {
	group, _, named := strings.Cut(version, "/")
	if !named {
		group = ""
	}
	switch strings.ToLower(group + "/" + name) {
	case "/service":
		return kind{name: "Service", versions: []string{"v1"}, empty: func() metav1.Object { return new(corev1.Service) }}, true
	case "/endpoints":
		//lint:ignore SA1019 files still have them
		return kind{name: "Endpoints", versions: []string{"v1"}, empty: func() metav1.Object { return new(corev1.Endpoints) }}, true
	case "/secret":
		return kind{name: kindSecret, versions: []string{"v1"}, empty: func() metav1.Object { return new(corev1.Secret) }}, true
	case "/configmap":
		return kind{name: "ConfigMap", versions: []string{"v1"}, empty: func() metav1.Object { return new(corev1.ConfigMap) }}, true
	case "discovery.k8s.io/endpointslice", "/endpointslice":
		return kind{name: "EndpointSlice", versions: []string{"discovery.k8s.io/v1"}, empty: func() metav1.Object { return new(discoveryv1.EndpointSlice) }}, true
	case "networking.k8s.io/ingress", "extensions/ingress", "/ingress":
		return kind{name: kindIngress, versions: []string{"networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"}}, true
	case "networking.k8s.io/ingressclass", "/ingressclass":
		return kind{
			name: "IngressClass", global: true, versions: []string{"networking.k8s.io/v1", "networking.k8s.io/v1beta1"},
			empty: func() metav1.Object { return new(networkingv1.IngressClass) },
		}, true
	case "projectcontour.io/httpproxy", "/httpproxy":
		return kind{name: "HTTPProxy", versions: []string{"projectcontour.io/v1"}, empty: func() metav1.Object { return new(contour.HTTPProxy) }}, true
	case "projectcontour.io/tlscertificatedelegation", "/tlscertificatedelegation":
		return kind{
			name: "TLSCertificateDelegation", versions: []string{"projectcontour.io/v1"},
			empty: func() metav1.Object { return new(contour.TLSCertificateDelegation) },
		}, true
	case "projectcontour.io/extensionservice", "/extensionservice":
		return kind{
			name: "ExtensionService", versions: []string{"projectcontour.io/v1alpha1"},
			empty: func() metav1.Object { return new(contourv1alpha1.ExtensionService) },
		}, true
	}
	return kind{}, false
}
