package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// recordedObject is an object of a recorded run, as far as it is filled in.
type recordedObject struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       map[string]any `json:"spec,omitempty"`
	Data       map[string]any `json:"data,omitempty"`
	StringData map[string]any `json:"stringData,omitempty"`
	Type       string         `json:"type,omitempty"`
}

func (o *recordedObject) name() string {
	namespace, _ := o.Metadata["namespace"].(string)
	if namespace == "" {
		namespace = "default"
	}
	return fmt.Sprintf("%s/%s", namespace, o.Metadata["name"])
}

func (o *recordedObject) annotation(key string) (string, bool) {
	all, _ := o.Metadata["annotations"].(map[string]any)
	v, ok := all[key].(string)
	return v, ok
}

// fill brings a recorded run's objects to life in a directory: Ingresses get their ages by
// their order, Secrets their certificates, and Services echo servers and EndpointSlices.
func (l *goldenLab) fill(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, "objects.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	put := func(v any) {
		doc, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "---\n%s\n", doc)
	}
	put(map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": map[string]any{"name": "nginx"},
		"spec": map[string]any{"controller": "k8s.io/ingress-nginx"}})
	age := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for doc := range bytes.SplitSeq(text, []byte("---\n")) {
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		o := &recordedObject{}
		if err := json.Unmarshal(doc, o); err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		age = age.Add(time.Minute)
		if _, dated := o.Metadata["creationTimestamp"]; !dated {
			o.Metadata["creationTimestamp"] = age.Format(time.RFC3339)
		}
		switch o.Kind {
		case "Secret":
			l.certify(t, o)
		case "Ingress":
			l.noteAuto(o)
		case "Service":
			for _, slice := range l.serviceUp(t, o) {
				put(slice)
			}
		}
		put(o)
	}
	if err := os.WriteFile(filepath.Join(to, "objects.yaml"), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noteAuto notes the hosts of an Ingress whose backends speak what the client speaks.
func (l *goldenLab) noteAuto(o *recordedObject) {
	if protocol, _ := o.annotation("nginx.ingress.kubernetes.io/backend-protocol"); !strings.EqualFold(protocol, "AUTO_HTTP") {
		return
	}
	rules, _ := o.Spec["rules"].([]any)
	for _, rule := range rules {
		r, _ := rule.(map[string]any)
		host, _ := r["host"].(string)
		l.auto[host] = true
	}
}

// certify makes the certificate that a Secret asks for: "cn,san,...", signed by itself.
func (l *goldenLab) certify(t *testing.T, o *recordedObject) {
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
	l.pairs[o.name()] = pair
	o.Type = "kubernetes.io/tls"
	o.StringData = map[string]any{"tls.crt": string(crt), "tls.key": string(key)}
	if _, ca := o.annotation("echo/ca"); ca {
		o.StringData["ca.crt"] = string(crt)
	}
}

func selfSigned(t *testing.T, cn string, names []string) (crt, key []byte) {
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

// serviceUp starts the echo servers of a Service: one for each replica, whose EndpointSlices
// it gives, and one at the Service's own address, which it makes up if there is none.
func (l *goldenLab) serviceUp(t *testing.T, o *recordedObject) (slices []any) {
	t.Helper()
	e := &echoService{lab: l, name: o.name()}
	if s, ok := o.annotation("echo/status"); ok {
		e.status, _ = strconv.Atoi(s)
	}
	headers, _ := o.annotation("echo/headers")
	e.headers = headerPairs(headers)
	protocol, _ := o.annotation("echo/protocol")
	ip, _ := o.Spec["clusterIP"].(string)
	if _, external := o.Spec["externalName"]; !external {
		if ip == "" {
			l.services++
			ip = fmt.Sprintf("10.99.%d.%d", 20+l.services/250, 1+l.services%250)
			o.Spec["clusterIP"] = ip
		}
		if ip != "None" {
			e.listen(t, net.JoinHostPort(ip, "80"), "clusterip", protocol)
		}
	}
	if _, without := o.annotation("echo/no-endpoints"); without {
		return nil
	}
	replicas := 1
	if n, ok := o.annotation("echo/replicas"); ok {
		replicas, _ = strconv.Atoi(n)
	}
	for i := range replicas {
		pod := fmt.Sprintf("%s-%d", o.Metadata["name"], i)
		slices = append(slices, sliceOf(o, pod, e.listen(t, "127.0.0.1:0", pod, protocol)))
	}
	return slices
}

// sliceOf is the EndpointSlice of one pod, which answers for every port of its Service.
func sliceOf(o *recordedObject, pod string, at *net.TCPAddr) any {
	var ports []any
	listed, _ := o.Spec["ports"].([]any)
	for _, p := range listed {
		port, _ := p.(map[string]any)
		ports = append(ports, map[string]any{"name": port["name"], "port": at.Port, "protocol": "TCP"})
	}
	return map[string]any{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": ports,
		"metadata":  map[string]any{"name": pod, "namespace": o.Metadata["namespace"], "labels": map[string]any{"kubernetes.io/service-name": o.Metadata["name"]}},
		"endpoints": []any{map[string]any{"addresses": []string{at.IP.String()}, "conditions": map[string]any{"ready": true}}},
	}
}
