package proxy

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// GetConfigForClient chooses the certificate, and what is asked of the client, by the server
// name that it gives (RFC 6066, section 3). An unknown name gets no handshake, as in Envoy,
// unless sites of the nginx kind are served: nginx has a default certificate.
func (p *Proxy) GetConfigForClient(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	now := p.state.Load()
	s := now.forServerName(hello.ServerName)
	switch {
	case s != nil && s.config != nil:
		return s.config, nil
	case s != nil && s.TLS != nil:
		return nil, fmt.Errorf("host %s has no certificate that can be used", s.Host.Name)
	case s == nil && now.nginxSites == 0:
		return nil, fmt.Errorf("no host is served over https for the server name %q", hello.ServerName)
	}
	return p.fallback.get()
}

// listenerTLS is what a site's connections are made by: nil where it has no TLS.
func (c *compiler) listenerTLS(s *Site) (*tls.Config, error) {
	t := s.TLS
	if t == nil {
		return nil, nil
	}
	if t.Broken != "" {
		return nil, errors.New(t.Broken)
	}
	config := &tls.Config{
		Certificates: t.Certificates, NextProtos: []string{"h2", "http/1.1"},
		MinVersion: cmp.Or(t.Min, tls.VersionTLS12), MaxVersion: t.Max, CipherSuites: t.Ciphers,
	}
	if len(t.Certificates) == 0 {
		own, err := c.fallback.get()
		if err != nil {
			return nil, err
		}
		config.Certificates = own.Certificates
	}
	if t.Client != nil {
		askClient(config, t.Client, s.Plane)
	}
	return config, nil
}

// askClient asks for a certificate. Envoy ends a handshake that brings none or a wrong one;
// nginx lets it through, and answers 400. A session is not resumed: the certificate counts
// for the host that asked for it only.
func askClient(config *tls.Config, c *ClientCerts, plane intent.PathForm) {
	config.SessionTicketsDisabled = true
	if plane == intent.Decoded {
		config.ClientAuth = tls.RequestClientCert
		return
	}
	switch v := c.Validation; {
	case v.Unchecked && v.Optional:
		config.ClientAuth = tls.RequestClientCert
	case v.Unchecked:
		config.ClientAuth = tls.RequireAnyClientCert
	default:
		config.ClientAuth = tls.RequireAnyClientCert
		if v.Optional {
			config.ClientAuth = tls.RequestClientCert
		}
		config.VerifyConnection = func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return nil // ClientAuth decides
			}
			return verifyClient(c, s.PeerCertificates)
		}
	}
}

// fallbackCertificate is shown where nginx shows its own: made once, when it is first needed.
type fallbackCertificate struct {
	once   sync.Once
	config *tls.Config
	err    error
}

func (f *fallbackCertificate) get() (*tls.Config, error) {
	f.once.Do(func() { f.config, f.err = newFallback() })
	return f.config, f.err
}

func newFallback() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("default certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("default certificate: %w", err)
	}
	leaf := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "split-ingress default certificate"},
		DNSNames: []string{"ingress.local"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("default certificate: %w", err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		NextProtos:   []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12,
	}, nil
}
