package manifest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
)

const certificateKey = "tls.crt"

// readSecret keeps the names of a Secret's data and the host names of its certificate.
// No value of it is kept or goes into a message.
func readSecret(o *object, root value) any {
	s := &Secret{Origin: o.origin}
	certificate, has := "", false
	m := o.top(root, func(key string, v value) {
		switch key {
		case "type":
			s.Type = o.text(v)
		case "data":
			for name, text := range o.secretData(v, s) {
				if name == certificateKey && !has {
					certificate, has = decode64(text), true
				}
			}
		case "stringData": // wins over data
			for name, text := range o.secretData(v, s) {
				if name == certificateKey {
					certificate, has = text, true
				}
			}
		}
	})
	s.Name = m.name
	for _, a := range m.annotations {
		if strings.HasPrefix(a.Key, "cert-manager.io/") || strings.HasPrefix(a.Key, "echo/") {
			s.Annotations = append(s.Annotations, a)
		}
	}
	slices.Sort(s.Keys)
	s.Keys = slices.Compact(s.Keys)
	if has {
		s.CertHosts, s.CertUnknown = CertificateHosts(certificate)
	}
	return s
}

// secretData notes the names of the data and returns the certificate alone.
func (o *object) secretData(v value, s *Secret) map[string]string {
	found := map[string]string{}
	o.each(v, func(key string, v value) bool {
		s.Keys = append(s.Keys, key)
		if text := o.text(v); key == certificateKey {
			found[key] = text
		}
		return true
	})
	return found
}

// decode64 is the text of a base64 value, or "" of what is none.
func decode64(text string) string {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return ""
	}
	return string(raw)
}

// CertificateHosts are the DNS names of the first certificate, in lower case and sorted:
// its subject alternative names, else its common name. unknown says that there is none.
func CertificateHosts(text string) (hosts []string, unknown bool) {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, true
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, true
		}
		for _, name := range cert.DNSNames {
			hosts = append(hosts, strings.ToLower(name))
		}
		if len(hosts) == 0 && cert.Subject.CommonName != "" {
			hosts = []string{strings.ToLower(cert.Subject.CommonName)}
		}
		slices.Sort(hosts)
		return slices.Compact(hosts), false
	}
}
