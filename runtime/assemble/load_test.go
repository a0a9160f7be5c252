package assemble

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"sync"

	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// load reads the documents of a text as package source does.
func load(t rapid.TB, text string) map[source.Ref]source.Object {
	t.Helper()
	out := map[source.Ref]source.Object{}
	line := 1
	for doc, part := range strings.Split(text, "---\n") {
		if strings.TrimSpace(part) != "" {
			o := object(t, part, doc, line)
			out[o.Ref] = o
		}
		line += strings.Count(part, "\n") + 1
	}
	return out
}

func object(t rapid.TB, text string, doc, line int) source.Object {
	t.Helper()
	var head struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	}
	unmarshal := func(into any) {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	unmarshal(&head)
	o := source.Object{Ref: source.Ref{Kind: head.Kind, Namespace: head.Namespace, Name: head.Name}, Text: []byte(text)}
	name := head.Namespace + "/" + head.Name
	if head.Namespace == "" {
		name = head.Name
	}
	o.Origin = ledger.New(ledger.Place{File: "in.yaml", Doc: doc, Line: line, Object: head.Kind + " " + name})
	//lint:ignore SA1019 files still have Endpoints
	endpoints := &corev1.Endpoints{}
	values := map[string]any{
		kindProxy: &contour.HTTPProxy{}, kindDelegation: &contour.TLSCertificateDelegation{}, "ExtensionService": &contourv1alpha1.ExtensionService{},
		kindService: &corev1.Service{}, kindEndpoints: endpoints, kindSecret: &corev1.Secret{}, kindConfigMap: &corev1.ConfigMap{},
		kindSlice: &discoveryv1.EndpointSlice{}, kindClass: &networkingv1.IngressClass{},
	}
	if head.Kind == kindIngress {
		o.Value = ingressIn(t, o)
		return o
	}
	if o.Value = values[head.Kind]; o.Value == nil {
		t.Fatalf("no kind %q:\n%s", head.Kind, text)
	}
	unmarshal(o.Value)
	if secret, ok := o.Value.(*corev1.Secret); ok {
		certify(t, secret)
	}
	return o
}

// ingressIn reads the Ingress of an object's text, as package source does; nil if it can't.
func ingressIn(t rapid.TB, o source.Object) any {
	trees, _, err := manifest.Trees(o.Text, 1)
	if err != nil || len(trees) != 1 {
		t.Fatalf("%d trees, %v:\n%s", len(trees), err, o.Text)
	}
	set := trees[0].Read(manifest.Options{Namespace: o.Namespace})
	set.Move(o.Origin.File, o.Origin.Doc, o.Origin.Line-1)
	if len(set.Ingresses) != 1 {
		return nil // package source gives none that cannot be read
	}
	return &source.Ingress{Ingress: set.Ingresses[0], Findings: set.Findings}
}

// certify puts a certificate where a Secret says "certificate: HOST" in its stringData, and
// a list of revoked certificates where it says "crl: HOST".
func certify(t rapid.TB, secret *corev1.Secret) {
	data := map[string][]byte{}
	for key, text := range secret.StringData {
		data[key] = []byte(text)
	}
	if host, ok := secret.StringData["certificate"]; ok {
		delete(data, "certificate")
		made := certificate(t, host)
		data["tls.crt"], data["tls.key"], data["ca.crt"] = made.crt, made.key, made.crt
	}
	if host, ok := secret.StringData["crl"]; ok {
		delete(data, "crl")
		data["crl.pem"] = revoked(t, host)
	}
	secret.Data, secret.StringData = data, nil // as package source does
}

type pair struct{ crt, key []byte }

var (
	certificates   = map[string]pair{}
	certificatesMu sync.Mutex
)

func certificate(t rapid.TB, host string) pair {
	t.Helper()
	certificatesMu.Lock()
	defer certificatesMu.Unlock()
	if p, ok := certificates[host]; ok {
		return p
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(certificates)) + 1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := pair{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})}
	certificates[host] = p
	return p
}

// revoked is an empty list of the certificates that an authority has revoked.
func revoked(t rapid.TB, host string) []byte {
	made := certificate(t, host)
	pair, err := tls.X509KeyPair(made.crt, made.key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Unix(0, 0), NextUpdate: time.Unix(1<<33, 0)},
		pair.Leaf, pair.PrivateKey.(crypto.Signer))
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// between is the change from one state of the input to another.
func between(before, now map[source.Ref]source.Object) source.Change {
	var c source.Change
	for ref, o := range now {
		if old, ok := before[ref]; !ok || string(old.Text) != string(o.Text) {
			c.Set = append(c.Set, o)
		}
	}
	for ref := range before {
		if _, ok := now[ref]; !ok {
			c.Gone = append(c.Gone, ref)
		}
	}
	slices.SortFunc(c.Set, func(a, b source.Object) int { return compareRefs(a.Ref, b.Ref) })
	slices.SortFunc(c.Gone, compareRefs)
	return c
}
