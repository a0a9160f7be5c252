// Package proxy is the data plane: it answers requests by sites, each of them the routes of
// one host with everything that they refer to, and swaps sites without a pause.
package proxy

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// Site is what is served under one host name. It must not change once it is applied.
type Site struct {
	// Host has its policies explicit: every default of its controller is written out, and
	// what is still opaque in a route is not honoured. The name is of any form that the
	// model knows.
	Host *intent.Host
	// Plane is whose data plane is imitated: Decoded is nginx, Normalized is Envoy.
	Plane intent.PathForm
	TLS   *TLS // nil: the host is served in the clear only
	// Secrets are those that the routes refer to, by "namespace/name".
	Secrets map[string]map[string][]byte
}

// TLS is how a site is served over https.
type TLS struct {
	Certificates []tls.Certificate // none: the data plane's own
	Broken       string            // why no handshake can succeed
	Min, Max     uint16            // versions as in package crypto/tls; 0 is the default
	Ciphers      []uint16          // of TLS 1.2; none are the defaults
	Client       *ClientCerts      // nil: clients are not asked for a certificate
}

// ClientCerts is what is asked of the certificates of clients.
type ClientCerts struct {
	Validation *intent.ClientValidation
	CAs        *x509.CertPool // nil: none was found, and no client gets in
	Revoked    []*x509.RevocationList
}

// Change is a step from one state of the data plane to the next.
type Change struct {
	Sites     map[string]*Site          // by host name; nil: gone
	Endpoints map[upstream.Key][]string // "address:port" of each endpoint that takes requests, sorted; nil: none
}
