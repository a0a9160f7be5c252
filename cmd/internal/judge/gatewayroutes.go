package judge

import (
	"fmt"
	"strings"
)

// gatewayRoutes are the routes of Gateway API that the borders look at, each with the versions in
// which the judge has it served. The first one is stored.
var gatewayRoutes = []struct {
	kind     string
	versions []string
	required string // fields
}{
	{"HTTPRoute", []string{"v1", "v1beta1"}, "spec"},
	{"GRPCRoute", []string{"v1", "v1alpha2"}, ""},
	{"TLSRoute", []string{"v1alpha2", "v1alpha3"}, "spec"},
}

// gatewayRouteCRDs define the fields of these routes that the borders look at, with the names that
// they take. They are not Gateway API's own definitions.
func gatewayRouteCRDs() [][]byte {
	var out [][]byte
	for _, r := range gatewayRoutes {
		plural := strings.ToLower(r.kind) + "s"
		doc := fmt.Sprintf(gatewayRouteCRD, plural, r.kind, strings.TrimSuffix(plural, "s"))
		for i, version := range r.versions {
			doc += fmt.Sprintf(gatewayRouteVersion, version, i == 0, r.required)
		}
		out = append(out, []byte(doc))
	}
	return out
}

const gatewayRouteCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: %[1]s.gateway.networking.k8s.io
  annotations: {api-approved.kubernetes.io: unapproved}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: %[2]s, listKind: %[2]sList, plural: %[1]s, singular: %[3]s}
  versions:`

const gatewayRouteVersion = `
  - name: %s
    served: true
    storage: %t
    schema:
      openAPIV3Schema:
        type: object
        required: [%s]
        properties:
          spec:
            type: object
            properties:
              hostnames:
                type: array
                maxItems: 16
                items: {type: string, minLength: 1, maxLength: 253, pattern: '^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'}
              parentRefs:
                type: array
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, namespace: {type: string}, sectionName: {type: string}}`
