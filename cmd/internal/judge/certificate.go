package judge

// certificateCRD defines the fields of cert-manager's Certificate that we may write, so
// that the API server refuses any other. It is not cert-manager's own definition.
const certificateCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  scope: Namespaced
  names: {kind: Certificate, listKind: CertificateList, plural: certificates, singular: certificate}
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
            required: [secretName, issuerRef]
            properties:
              secretName: {type: string}
              issuerRef:
                type: object
                required: [name]
                properties: {name: {type: string}, kind: {type: string}, group: {type: string}}
              commonName: {type: string}
              duration: {type: string}
              renewBefore: {type: string}
              revisionHistoryLimit: {type: integer, minimum: 1}
              dnsNames: &texts {type: array, items: {type: string}}
              ipAddresses: *texts
              uris: *texts
              emailAddresses: *texts
              usages: *texts
              subject:
                type: object
                properties: {organizations: *texts, countries: *texts, organizationalUnits: *texts, localities: *texts, provinces: *texts, streetAddresses: *texts, postalCodes: *texts, serialNumber: {type: string}}
              privateKey:
                type: object
                properties:
                  algorithm: {type: string, enum: [RSA, ECDSA, Ed25519]}
                  encoding: {type: string, enum: [PKCS1, PKCS8]}
                  rotationPolicy: {type: string, enum: [Never, Always]}
                  size: {type: integer}
`
