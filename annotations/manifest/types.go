// Package manifest reads manifests: bytes become documents with their place in the file,
// and documents become the objects that a conversion needs. One bad document costs only
// itself. Everything that is read gets its ledger entries here, once.
package manifest

import (
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Unassigned is the namespace of an object whose manifest gives none and for which
// neither the namespace flag nor a kustomization gives one.
const Unassigned = "unassigned"

// Name is a namespaced name.
type Name struct{ Namespace, Name string }

func (n Name) String() string { return n.Namespace + "/" + n.Name }

// Set is what a reading found. Ingresses stand in reading order; the rest is read along,
// because the meaning of Ingresses depends on it.
type Set struct {
	Ingresses  []*Ingress
	Services   map[Name]*Service
	Classes    map[string]*IngressClass
	Namespaces map[string]*Namespace
	Secrets    map[Name]*Secret
	ConfigMaps map[Name]*ConfigMap
	Proxies    []*Raw // HTTPProxy, TLSCertificateDelegation, HTTPRoute, GRPCRoute and TLSRoute objects
	Ledger     *ledger.Ledger
	Findings   []ledger.Finding
	Documents  int // read, whether good or bad
	Unreadable int // documents and objects that could not be read
	// Whole is what a cluster was asked for and has answered in full: what is not seen of it is
	// missing (Missing). Nil from files.
	Whole map[Ref]bool
}

// Ingress is an Ingress of any API version, in the shape of networking.k8s.io/v1. Each
// part knows the ledger entries of the fields that make it up.
type Ingress struct {
	Origin         ledger.Origin // of the document
	Namespace      string
	Name           string
	APIVersion     string
	Created        time.Time // zero in most files
	Labels         []KeyValue
	Annotations    []KeyValue // in the order of the file, keys unique
	Class          *Field     // spec.ingressClassName
	DefaultBackend *Backend
	TLS            []TLS
	Rules          []Rule
}

// KeyValue is a label or an annotation.
type KeyValue struct {
	Key, Value string
	Line       int
	Origin     ledger.Origin // of its entry; none but on an Ingress
}

// Field is a scalar field with its ledger entry.
type Field struct {
	Value  string
	Origin ledger.Origin
}

// Rule is one entry of spec.rules.
type Rule struct {
	Host    Field // Value is empty, and Origin.Key too, if the rule has no host
	HasHTTP bool
	Paths   []Path
	Origins []ledger.Origin // fields of the rule that are in no path, the host's among them
}

// Path is one entry of spec.rules[].http.paths.
type Path struct {
	Path    string // as written; may be empty
	Type    string // Exact, Prefix, ImplementationSpecific or empty
	Backend Backend
	Origins []ledger.Origin // all of its fields, the backend's among them
}

// Backend is the Service, or the resource, that a path leads to.
type Backend struct {
	Service    string
	PortNumber int    // 0 if the port is named
	PortName   string // empty if the port is a number
	Resource   string // "kind/name" of a backend that is no Service
	Origins    []ledger.Origin
}

// TLS is one entry of spec.tls.
type TLS struct {
	Hosts   []string
	Secret  string
	Origins []ledger.Origin
}

// Service is the part of a Service that routing depends on.
type Service struct {
	Origin       ledger.Origin
	Namespace    string
	Name         string
	Labels       []KeyValue
	Annotations  []KeyValue
	Type         string // ClusterIP if empty
	ClusterIP    string // "None" is headless
	ExternalName string
	Ports        []ServicePort
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name        string
	Port        int
	TargetPort  string // number or name; empty is Port
	Protocol    string // TCP if empty
	AppProtocol string
}

// IngressClass names a controller.
type IngressClass struct {
	Origin     ledger.Origin
	Name       string
	Controller string
	Default    bool
}

// Namespace is a Namespace's labels.
type Namespace struct {
	Origin ledger.Origin
	Name   string
	Labels []KeyValue
}

// Secret is a Secret without what it keeps: key material is dropped while reading.
type Secret struct {
	Origin    ledger.Origin
	Namespace string
	Name      string
	Type      string
	// Annotations are those that say how a certificate is made (cert-manager.io/, echo/);
	// others may hold a copy of the data.
	Annotations []KeyValue
	Keys        []string // names of its data, sorted
	CertHosts   []string // DNS names of the certificate under tls.crt, sorted
	// CertUnknown says that there is a tls.crt which could not be read as a certificate,
	// as in a placeholder or a sealed value.
	CertUnknown bool
}

// ConfigMap is a ConfigMap's text data.
type ConfigMap struct {
	Origin    ledger.Origin
	Namespace string
	Name      string
	Data      map[string]string
}

// Raw is an object that a later step decodes.
type Raw struct {
	Origin     ledger.Origin
	APIVersion string
	Kind       string
	Namespace  string
	Name       string
	JSON       []byte
}
