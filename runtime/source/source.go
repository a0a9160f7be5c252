// Package source reads the objects that are served from files, and goes on reading what
// changes.
package source

import "github.com/split-ingress/split-ingress/annotations/ledger"

// Ref names an object. Kind is without its API group.
type Ref struct{ Kind, Namespace, Name string }

// Object is one object of the input.
type Object struct {
	Ref
	Origin ledger.Origin // its document
	// Text is the document as it stands in its file. Ingresses have only it: package
	// annotations/manifest reads all of their versions.
	Text []byte
	// Value is, by Kind, a *contour.HTTPProxy, *contour.TLSCertificateDelegation,
	// *contourv1alpha1.ExtensionService, *corev1.Service, *corev1.Endpoints, *corev1.Secret,
	// *corev1.ConfigMap, *discoveryv1.EndpointSlice or *networkingv1.IngressClass, which
	// must not change; nil for an Ingress.
	Value any
}

// Change is a step from one state of the input to the next.
type Change struct {
	Set      []Object  // new, or otherwise than before; sorted by Ref
	Gone     []Ref     // sorted
	Problems []Problem // everything that is wrong now, sorted by place
}

// Problem is something that could not be read. If the object was good before, that one
// goes on being served.
type Problem struct {
	Origin  ledger.Origin
	Kept    []Ref // objects that are served as they were before
	Message string
}
