package httpproxy

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Certificate is the part of cert-manager.io/v1 Certificate that Ingress annotations can
// ask for.
type Certificate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              CertificateSpec `json:"spec"`
}

// CertificateSpec follows the API's field names and order.
type CertificateSpec struct {
	Subject              *Subject    `json:"subject,omitempty"`
	CommonName           string      `json:"commonName,omitempty"`
	Duration             string      `json:"duration,omitempty"`
	RenewBefore          string      `json:"renewBefore,omitempty"`
	DNSNames             []string    `json:"dnsNames,omitempty"`
	IPAddresses          []string    `json:"ipAddresses,omitempty"`
	URIs                 []string    `json:"uris,omitempty"`
	EmailAddresses       []string    `json:"emailAddresses,omitempty"`
	SecretName           string      `json:"secretName"`
	IssuerRef            IssuerRef   `json:"issuerRef"`
	Usages               []string    `json:"usages,omitempty"`
	PrivateKey           *PrivateKey `json:"privateKey,omitempty"`
	RevisionHistoryLimit int         `json:"revisionHistoryLimit,omitempty"`
}

// IssuerRef names the issuer.
type IssuerRef struct {
	Name  string `json:"name"`
	Kind  string `json:"kind,omitempty"`
	Group string `json:"group,omitempty"`
}

// Subject is the X.509 subject.
type Subject struct {
	Organizations       []string `json:"organizations,omitempty"`
	Countries           []string `json:"countries,omitempty"`
	OrganizationalUnits []string `json:"organizationalUnits,omitempty"`
	Localities          []string `json:"localities,omitempty"`
	Provinces           []string `json:"provinces,omitempty"`
	StreetAddresses     []string `json:"streetAddresses,omitempty"`
	PostalCodes         []string `json:"postalCodes,omitempty"`
	SerialNumber        string   `json:"serialNumber,omitempty"`
}

// PrivateKey says what key to make.
type PrivateKey struct {
	RotationPolicy string `json:"rotationPolicy,omitempty"`
	Encoding       string `json:"encoding,omitempty"`
	Algorithm      string `json:"algorithm,omitempty"`
	Size           int    `json:"size,omitempty"`
}

// set takes over one annotation of cert-manager's ingress-shim; false if the Certificate
// has no field for it, or the value is no number where one is due.
func (c *Certificate) set(key, value string) bool {
	short, ok := strings.CutPrefix(key, "cert-manager.io/")
	if !ok {
		return false
	}
	list := strings.Split(value, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	if c.setSubject(short, value, list) || c.setKey(short, value) {
		return true
	}
	s := &c.Spec
	switch short {
	case "common-name":
		s.CommonName = value
	case "duration":
		s.Duration = value
	case "renew-before":
		s.RenewBefore = value
	case "alt-names":
		s.DNSNames = append(s.DNSNames, list...)
	case "ip-sans":
		s.IPAddresses = list
	case "uri-sans":
		s.URIs = list
	case "email-sans":
		s.EmailAddresses = list
	case "usages":
		s.Usages = list
	case "revision-history-limit":
		n, err := strconv.Atoi(value)
		s.RevisionHistoryLimit = n
		return err == nil
	default:
		return false
	}
	return true
}

func (c *Certificate) setSubject(short, value string, list []string) bool {
	field, ok := strings.CutPrefix(short, "subject-")
	if !ok {
		return false
	}
	if c.Spec.Subject == nil {
		c.Spec.Subject = &Subject{}
	}
	s := c.Spec.Subject
	lists := map[string]*[]string{
		"organizations": &s.Organizations, "countries": &s.Countries, "organizationalunits": &s.OrganizationalUnits,
		"localities": &s.Localities, "provinces": &s.Provinces, "streetaddresses": &s.StreetAddresses, "postalcodes": &s.PostalCodes,
	}
	if to := lists[field]; to != nil {
		*to = list
		return true
	}
	if field == "serialnumber" {
		s.SerialNumber = value
		return true
	}
	return false
}

func (c *Certificate) setKey(short, value string) bool {
	field, ok := strings.CutPrefix(short, "private-key-")
	if !ok {
		return false
	}
	if c.Spec.PrivateKey == nil {
		c.Spec.PrivateKey = &PrivateKey{}
	}
	k := c.Spec.PrivateKey
	switch field {
	case "algorithm":
		k.Algorithm = value
	case "encoding":
		k.Encoding = value
	case "rotation-policy":
		k.RotationPolicy = value
	case "size":
		n, err := strconv.Atoi(value)
		k.Size = n
		return err == nil
	default:
		return false
	}
	return true
}
