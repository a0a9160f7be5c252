package httpproxy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Companions are the objects that the roots need beside them: Certificates that
// cert-manager keeps, delegations of Secrets of other namespaces, and the limits of the rate
// limit service. Findings say what people have to do about them.
func Companions(f delegation.Forest, opts Options) ([]Object, []ledger.Finding) {
	c := companions{opts: opts, certificates: map[name]*Certificate{}, delegations: map[name]*contour.TLSCertificateDelegation{}, hosts: map[name][]string{}}
	for _, root := range f.Roots {
		if root.TLS != nil && !relayed(root.TLS) {
			c.root(root)
		}
		if root.Addresses != nil {
			c.addresses(root)
		}
	}
	var out []Object
	for _, key := range sortedNames(c.certificates) {
		out = append(out, Object{Role: RoleRoot, Hosts: c.hosts[key], Value: c.certificates[key], Kind: "Certificate", Namespace: key.namespace, Name: key.name})
	}
	for _, key := range sortedNames(c.delegations) {
		out = append(out, Object{Role: RoleRoot, Hosts: c.hosts[key], Value: c.delegations[key], Kind: "TLSCertificateDelegation", Namespace: key.namespace, Name: strings.ToLower(key.name)})
	}
	limits, findings := limitObjects(f, opts)
	return append(out, limits...), append(c.findings, findings...)
}

type companions struct {
	opts         Options
	certificates map[name]*Certificate
	delegations  map[name]*contour.TLSCertificateDelegation
	hosts        map[name][]string
	findings     []ledger.Finding
}

func (c *companions) root(root *delegation.Root) {
	namespace, secret, _ := strings.Cut(secretOf(root, c.opts), "/")
	key := name{namespace, secret}
	c.hosts[key] = append(c.hosts[key], root.Host)
	is := root.TLS.Issuance
	switch {
	case is != nil && is.Issuer != "":
		c.certificate(root, key)
	case is != nil:
		c.find("issuer-default", root, "cert-manager's default issuer keeps Secret "+namespace+"/"+secret+" for this Ingress only",
			"write a Certificate for it before the Ingress goes")
	}
	if namespace != root.Namespace {
		c.delegate(key, root.Namespace)
	}
	if root.TLS.Client != nil {
		c.clients(root)
	}
	if root.Auth != nil {
		c.authorization(root)
	}
}

func (c *companions) find(rule string, root *delegation.Root, message, action string) {
	f := ledger.Finding{Rule: rule, Severity: ledger.Warning, Host: root.Host, Message: message, Action: action}
	switch {
	case root.TLS != nil && len(root.TLS.Origins) > 0:
		f.Origin = root.TLS.Origins[0]
	case root.TLS == nil && len(root.Origins) > 0:
		f.Origin = root.Origins[0]
	}
	c.findings = append(c.findings, f)
}

// certificate keeps the certificate alive when the Ingress and with it cert-manager's own
// Certificate is gone: in the root's namespace, or beside a namespaced issuer.
func (c *companions) certificate(root *delegation.Root, key name) {
	if root.TLS.Issuance.Kind == "Issuer" {
		c.find("issuer-namespaced", root, "the certificate stays in namespace "+key.namespace+", where its Issuer is",
			"take the owner reference to the Ingress from Certificate "+key.namespace+"/"+key.name+" before the Ingress goes, or use a ClusterIssuer")
	}
	cert := c.certificates[key]
	if cert == nil {
		cert = newCertificate(key, *root.TLS.Issuance)
		c.certificates[key] = cert
		for _, p := range root.TLS.Issuance.Params {
			if !cert.set(p.Key, p.Value) {
				c.find("certificate-option", root, p.Key+" is not carried over to Certificate "+key.namespace+"/"+key.name, "set it on the issuer, or on the Certificate by hand")
			}
		}
	}
	for _, host := range append(slices.Clone(root.TLS.Issuance.Hosts), root.Host) {
		_, parent, _ := strings.Cut(host, ".")
		if !slices.Contains(cert.Spec.DNSNames, host) && !slices.Contains(cert.Spec.DNSNames, "*."+parent) {
			cert.Spec.DNSNames = append(cert.Spec.DNSNames, host)
		}
	}
}

// delegate lets the root's namespace use a Secret of another one.
func (c *companions) delegate(key name, target string) {
	if c.delegations[key] != nil {
		return
	}
	c.delegations[key] = &contour.TLSCertificateDelegation{
		TypeMeta:   metav1.TypeMeta{APIVersion: "projectcontour.io/v1", Kind: "TLSCertificateDelegation"},
		ObjectMeta: metav1.ObjectMeta{Name: strings.ToLower(key.name), Namespace: key.namespace, Labels: labels(RoleRoot)},
		Spec: contour.TLSCertificateDelegationSpec{Delegations: []contour.CertificateDelegation{
			{SecretName: key.name, TargetNamespaces: []string{target}},
		}},
	}
}

// movedSecret is the name of a Secret in the root's namespace, where Secrets of several
// namespaces may meet.
func movedSecret(secret string) string {
	_, short, _ := strings.Cut(strings.ToLower(secret), "/")
	sum := sha256.Sum256([]byte(secret))
	if len(short) > 56 {
		short = strings.TrimRight(short[:56], "-.")
	}
	return short + "-" + hex.EncodeToString(sum[:])[:6]
}

func labels(role Role) map[string]string {
	return map[string]string{"app.kubernetes.io/managed-by": "split-ingress", "split-ingress.dev/role": string(role)}
}

func sortedNames[T any](m map[name]T) []name {
	names := make([]name, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b name) int {
		return cmp.Or(strings.Compare(a.namespace, b.namespace), strings.Compare(a.name, b.name))
	})
	return names
}

// Namespaces are those of root and fanout objects, with the role as a label.
func Namespaces(root, fanout string) []Object {
	object := func(role Role, n string) Object {
		return Object{Role: RoleCluster, Kind: "Namespace", Name: n, Value: &corev1.Namespace{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
			ObjectMeta: metav1.ObjectMeta{Name: n, Labels: labels(role)},
		}}
	}
	if root == fanout {
		return []Object{object(RoleRoot, root)}
	}
	return []Object{object(RoleRoot, root), object(RoleFanout, fanout)}
}

// newCertificate is a Certificate for a Secret and its issuer, without names yet.
func newCertificate(key name, is intent.Issuance) *Certificate {
	return &Certificate{
		TypeMeta:   metav1.TypeMeta{APIVersion: "cert-manager.io/v1", Kind: "Certificate"},
		ObjectMeta: metav1.ObjectMeta{Name: key.name, Namespace: key.namespace, Labels: labels(RoleRoot)},
		Spec: CertificateSpec{
			SecretName: key.name,
			IssuerRef:  IssuerRef{Name: is.Issuer, Kind: is.Kind, Group: is.Group},
		},
	}
}
