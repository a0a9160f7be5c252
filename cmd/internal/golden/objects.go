package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Object is an object of a recorded run, as far as it is filled in.
type Object struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       map[string]any `json:"spec,omitempty"`
	Data       map[string]any `json:"data,omitempty"`
	StringData map[string]any `json:"stringData,omitempty"`
	Type       string         `json:"type,omitempty"`
}

// Name is "namespace/name".
func (o *Object) Name() string {
	namespace, _ := o.Metadata["namespace"].(string)
	if namespace == "" {
		namespace = "default"
	}
	return fmt.Sprintf("%s/%s", namespace, o.Metadata["name"])
}

func (o *Object) annotation(key string) (string, bool) {
	all, _ := o.Metadata["annotations"].(map[string]any)
	v, ok := all[key].(string)
	return v, ok
}

// ingressClass is the one that the recorded controller served.
func ingressClass() any {
	return map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": map[string]any{"name": "nginx"},
		"spec": map[string]any{"controller": "k8s.io/ingress-nginx"}}
}

// fill brings a recorded run's objects to life: Ingresses get their ages by their order,
// Secrets their certificates, and Services echo servers and EndpointSlices.
func (l *Lab) fill(t testing.TB, from string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, "objects.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	l.put(t, "IngressClass", ingressClass())
	age := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for doc := range bytes.SplitSeq(text, []byte("---\n")) {
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		o := &Object{}
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
				l.put(t, "EndpointSlice", slice)
			}
		}
		l.put(t, o.Kind, o)
	}
}

// put adds an object to the lab's.
func (l *Lab) put(t testing.TB, kind string, v any) {
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	l.objects = append(l.objects, object{kind, doc})
}

// object is one as it is written.
type object struct {
	kind string
	text []byte
}

// Manifests are the objects of the run, one document each, but for some kinds.
func (l *Lab) Manifests(without ...string) []byte {
	var out bytes.Buffer
	for _, o := range l.objects {
		if !contains(without, o.kind) {
			fmt.Fprintf(&out, "---\n%s\n", o.text)
		}
	}
	return out.Bytes()
}

// sliceOf is the EndpointSlice of one pod, which answers for every port of its Service.
func sliceOf(o *Object, pod string, at *net.TCPAddr) any {
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
