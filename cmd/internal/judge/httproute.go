package judge

// httpRouteCRD defines the fields of Gateway API's HTTPRoute that the borders look at, with the
// names that it takes. It is not Gateway API's own definition.
const httpRouteCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: httproutes.gateway.networking.k8s.io
  annotations: {api-approved.kubernetes.io: unapproved}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: HTTPRoute, listKind: HTTPRouteList, plural: httproutes, singular: httproute}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
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
                  properties: {name: {type: string}, namespace: {type: string}, sectionName: {type: string}}
`
