package guard

import "strings"

// Rule is one thing that may not be. Its ID is stable: it names policies, exceptions and
// findings. All forms tell the same offences, word for word; Offence says which.
type Rule struct {
	ID    string
	Says  string // what may not be, as one sentence
	Why   string // what would happen
	Ask   Role   // who may allow it
	Kinds []Kind // of the objects that break it
	Held  Form   // where it can be held
	// Offence is what an offence is called, in words with capitals for what varies. An update
	// is let through if it adds no offence to those that the object has already.
	Offence string
	// Differs says how the forms that see one object differ from lint, which sees all; of a rule
	// that only all objects together show, which of them are meant.
	Differs string
}

// Role is a role of people.
type Role string

// The roles. Cluster admins are above the plan.
const (
	RootAdmin Role = "root"
	SiteAdmin Role = "site"
	TeamRole  Role = "team"
)

// Form is a set of forms that a rule has.
type Form uint8

// The forms.
const (
	Admission  Form = 1 << iota // ValidatingAdmissionPolicy: one object and the one before it
	Gatekeeper                  // ConstraintTemplate: likewise
	Conftest                    // Rego over all files of a folder
	Lint                        // ours, over files or a cluster

	everywhere = Admission | Gatekeeper | Conftest | Lint
	whole      = Conftest | Lint // what only the objects together show
)

// Kind is a kind of objects, with its resource for RBAC and admission.
type Kind struct {
	Group, Version, Resource, Kind string
}

// The kinds that rules and roles are about.
var (
	httpProxy     = Kind{"projectcontour.io", "v1", "httpproxies", "HTTPProxy"}
	tlsDelegation = Kind{"projectcontour.io", "v1", "tlscertificatedelegations", "TLSCertificateDelegation"}
	ingress       = Kind{"networking.k8s.io", "v1", "ingresses", "Ingress"}
	namespace     = Kind{"", "v1", "namespaces", "Namespace"}
	certificate   = Kind{"cert-manager.io", "v1", "certificates", "Certificate"}
	service       = Kind{"", "v1", "services", "Service"}
	endpointSlice = Kind{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"}
)

// gatewayRoutes are the routes of Gateway API that have hostnames, in all versions in which a
// cluster may have them alone.
func gatewayRoutes() []Kind {
	const group = "gateway.networking.k8s.io"
	return []Kind{
		{group, "v1", "httproutes", "HTTPRoute"},
		{group, "v1", "grpcroutes", "GRPCRoute"}, {group, "v1alpha2", "grpcroutes", "GRPCRoute"},
		{group, "v1", "tlsroutes", "TLSRoute"}, {group, "v1alpha3", "tlsroutes", "TLSRoute"}, {group, "v1alpha2", "tlsroutes", "TLSRoute"},
	}
}

// Has says whether a set of forms holds another.
func (f Form) Has(other Form) bool { return f&other == other }

// String names the forms, in their order.
func (f Form) String() string {
	var out []string
	for i, name := range []string{"admission", "gatekeeper", "conftest", "lint"} {
		if f.Has(1 << i) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
