package golden

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// certify makes the certificate that a Secret asks for: "cn,san,...", signed by itself.
func (l *Lab) certify(t testing.TB, o *Object) {
	t.Helper()
	names, ok := o.annotation("echo/generate-cert")
	if !ok {
		return
	}
	all := strings.Split(names, ",")
	crt, key := selfSigned(t, all[0], all[1:])
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		t.Fatal(err)
	}
	l.pairs[o.Name()] = pair
	o.Type = "kubernetes.io/tls"
	o.StringData = map[string]any{"tls.crt": string(crt), "tls.key": string(key)}
	if _, ca := o.annotation("echo/ca"); ca {
		o.StringData["ca.crt"] = string(crt)
	}
}

func selfSigned(t testing.TB, cn string, names []string) (crt, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn}, DNSNames: append([]string{cn}, names...),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}
