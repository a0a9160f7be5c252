package assemble

import (
	"crypto/x509"
	"encoding/pem"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/proxy"
)

// client is what is asked of clients' certificates. Authorities or lists of revoked
// certificates that are missing or bad let nobody in.
func (b *builder) client(v *intent.ClientValidation, by string) *proxy.ClientCerts {
	out := &proxy.ClientCerts{Validation: v}
	if v.CASecret != "" {
		pool := x509.NewCertPool()
		text := b.fromSecret(v.CASecret, by, "ca.crt")
		switch {
		case text == nil:
		case pool.AppendCertsFromPEM(text):
			out.CAs = pool
		default:
			b.find(ledger.Finding{Rule: "certificate-unusable", Severity: ledger.Error,
				Message: "ca.crt of Secret " + v.CASecret + " holds no certificate: no client gets in", Action: "mend the Secret"})
		}
	}
	if v.CRL != "" {
		lists, ok := parseCRLs(b.fromSecret(v.CRL, by, "crl.pem", "ca.crl"))
		if out.Revoked = lists; !ok {
			out.CAs = nil
			b.find(ledger.Finding{Rule: "certificate-unusable", Severity: ledger.Error,
				Message: "Secret " + v.CRL + " holds no list of revoked certificates: no client gets in", Action: "mend the Secret"})
		}
	}
	return out
}

// fromSecret is the first of the keys that a Secret has.
func (b *builder) fromSecret(text, by string, keys ...string) []byte {
	data, ok := b.lookup(wanted{text, by, "for the certificates of clients"})
	if !ok {
		return nil
	}
	for _, key := range keys {
		if v := data[key]; len(v) > 0 {
			return v
		}
	}
	b.find(ledger.Finding{Rule: "certificate-unusable", Severity: ledger.Error,
		Message: "Secret " + text + " has no " + keys[0] + ": no client gets in", Action: "mend the Secret"})
	return nil
}

// parseCRLs reads lists of revoked certificates (RFC 5280) in PEM; false if there is none.
func parseCRLs(text []byte) ([]*x509.RevocationList, bool) {
	var out []*x509.RevocationList
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return out, len(out) > 0
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, false
		}
		out = append(out, list)
	}
}
