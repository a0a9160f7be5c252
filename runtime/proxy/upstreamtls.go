package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/openssl"
)

// secured is how certificates are used towards endpoints.
type secured struct {
	config   *tls.Config
	identity [sha256.Size]byte // the same for what is the same
	notes    []string          // what of the settings is not honoured
}

// upstreamTLS is how certificates are used towards the endpoints of a backend. Without
// settings whatever certificate they show is taken, as both controllers do.
func upstreamTLS(u *intent.UpstreamTLS, secrets map[string]map[string][]byte) (secured, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	if u == nil {
		return secured{config: c, identity: identityOf("unverified")}, nil
	}
	if !u.NoSNI {
		c.ServerName = u.ServerName
	}
	notes, err := spoken(c, u)
	if err != nil {
		return secured{}, err
	}
	own, authority := secrets[u.Secret], secrets[u.CA]
	if authority == nil {
		authority = own
	}
	if err := clientCertificate(c, u, own); err != nil {
		return secured{}, err
	}
	if u.Verify {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(authority["ca.crt"]) {
			return secured{}, fmt.Errorf("the endpoints' certificates are to be checked, but there is no authority under ca.crt in the Secret %s", name(u))
		}
		verify := verifier{roots: roots, names: u.Names, depth: u.Depth}
		if len(verify.names) == 0 && u.ServerName != "" {
			verify.names = []string{u.ServerName}
		}
		c.VerifyConnection = verify.connection
	}
	return secured{c, identityOf(*u, own["tls.crt"], own["tls.key"], authority["ca.crt"]), notes}, nil
}

// spoken sets versions and ciphers. What can not be spoken is noted, unless nothing else is
// left.
func spoken(c *tls.Config, u *intent.UpstreamTLS) (notes []string, err error) {
	oldest, newest, between, unknown := openssl.Versions(u.Protocols)
	switch {
	case u.Protocols != "" && oldest == 0:
		return nil, fmt.Errorf("none of the TLS versions %q can be spoken", u.Protocols)
	case oldest != 0:
		c.MinVersion, c.MaxVersion = oldest, newest
	}
	if len(unknown) > 0 {
		notes = append(notes, fmt.Sprintf("towards its Service the TLS versions %q are not spoken", unknown))
	}
	if len(between) > 0 {
		notes = append(notes, fmt.Sprintf("towards its Service the TLS versions %q are spoken too, since they lie between others", between))
	}
	ciphers, unknown := openssl.Ciphers(u.Ciphers)
	if len(unknown) > 0 && len(ciphers) == 0 {
		return nil, fmt.Errorf("none of the ciphers %q can be spoken", u.Ciphers)
	}
	if len(unknown) > 0 {
		notes = append(notes, fmt.Sprintf("towards its Service the ciphers %q are not spoken", unknown))
	}
	c.CipherSuites = ciphers
	return notes, nil
}

func name(u *intent.UpstreamTLS) string {
	if u.CA != "" {
		return u.CA
	}
	return u.Secret
}

// clientCertificate is shown to endpoints that ask for one.
func clientCertificate(c *tls.Config, u *intent.UpstreamTLS, own map[string][]byte) error {
	if len(own["tls.crt"]) == 0 {
		return nil
	}
	pair, err := tls.X509KeyPair(own["tls.crt"], own["tls.key"])
	if err != nil {
		return fmt.Errorf("the Secret %s holds no client certificate with its key", u.Secret)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

// verifier checks the certificate of an endpoint: the chain, and any of the names. (The
// check of package tls knows one name only.)
type verifier struct {
	roots *x509.CertPool
	names []string // none: any name is taken
	depth int      // of the chain beyond the leaf; 0 is no limit
}

func (v verifier) connection(s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the endpoint showed no certificate")
	}
	leaf := s.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: between})
	if err != nil {
		return err
	}
	if v.depth > 0 && !slices.ContainsFunc(chains, func(c []*x509.Certificate) bool { return len(c)-1 <= v.depth }) {
		return fmt.Errorf("the endpoint's certificate chain is longer than %d", v.depth)
	}
	if len(v.names) == 0 {
		return nil
	}
	for _, n := range v.names {
		if err = leaf.VerifyHostname(n); err == nil {
			return nil
		}
	}
	return err
}
