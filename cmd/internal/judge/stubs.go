package judge

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// echoPort is the port of the echo servers, which answer in what they are spoken to.
const echoPort = 9080

// authPort is the port of Services behind authorization services.
const authPort = 9001

// Stubs makes what objects refer to and nobody has made: Namespaces, Services with an
// EndpointSlice for each port, Secrets. They stay when the objects that need them go.
type Stubs struct {
	cluster *Cluster
	made    map[string]bool       // "kind namespace/name"
	next    netip.Addr            // of an endpoint
	at      map[netip.Addr]string // "namespace/service:port" by endpoint
	count   map[string]int        // made, by kind

	services map[manifest.Name]string // their specs as they are

	mu      sync.Mutex
	refused map[string]string // what the API server refused to be given, by "kind namespace/name", with its reason
}

// NewStubs starts with an empty cluster.
func NewStubs(c *Cluster) *Stubs {
	return &Stubs{cluster: c, made: map[string]bool{}, next: netip.AddrFrom4([4]byte{198, 18, 1, 0}), at: map[netip.Addr]string{}, count: map[string]int{}, services: map[manifest.Name]string{}, refused: map[string]string{}}
}

// secret notes a Secret that a root names, if it does.
func (n *needs) secret(text, namespace string) {
	if text == "" {
		return
	}
	key := manifest.Name{Namespace: namespace, Name: text}
	if before, after, delegated := strings.Cut(text, "/"); delegated {
		key = manifest.Name{Namespace: before, Name: after}
	}
	n.secrets[key], n.namespaces[key.Namespace] = true, true
}

// Make makes what is missing, Namespaces first.
func (s *Stubs) Make(inputs []Input) error {
	n := needed(inputs)
	var tasks []func() error
	for _, ns := range slices.Sorted(maps.Keys(n.namespaces)) {
		tasks = append(tasks, s.task("Namespace", "", ns, object{"apiVersion": "v1", "kind": "Namespace"})...)
	}
	if err := s.cluster.createAll(tasks); err != nil {
		return fmt.Errorf("stubs: %w", err)
	}
	tasks = nil
	for _, key := range sortedNames(n.secrets) {
		tasks = append(tasks, s.secret(key)...)
	}
	for _, key := range sortedNames(n.ports) {
		tasks = append(tasks, s.service(key, n)...)
	}
	for _, key := range sortedNames(n.extensions) {
		tasks = append(tasks, s.extension(key)...)
	}
	if err := s.cluster.createAll(tasks); err != nil {
		return fmt.Errorf("stubs: %w", err)
	}
	return nil
}

// task makes an object, unless that has been done.
func (s *Stubs) task(kind, namespace, name string, o object) []func() error {
	id := kind + " " + namespace + "/" + name
	if s.made[id] {
		return nil
	}
	s.made[id] = true
	s.count[kind]++
	o["metadata"] = merge(object{"name": name}, o["metadata"])
	return []func() error{func() error {
		return s.outcome(id, s.cluster.create(kind, namespace, o))
	}}
}

// outcome notes what can't exist; what is there already is as good as made.
func (s *Stubs) outcome(id string, err error) error {
	if answered(err, http.StatusUnprocessableEntity) || answered(err, http.StatusNotFound) { // or its namespace can't exist
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refused[id] = err.Error()
		return nil
	}
	if answered(err, http.StatusConflict) {
		return nil
	}
	return err
}

// impossible is why an input refers to what can't exist.
func (s *Stubs) impossible(in Input) []string {
	var out []string
	for _, id := range needed([]Input{in}).ids() {
		if why := s.refused[id]; why != "" {
			out = append(out, why)
		}
	}
	return out
}

func merge(into object, more any) object {
	if o, ok := more.(object); ok {
		maps.Copy(into, o)
	}
	return into
}

// secret is a self-signed certificate, which is its own authority, and that has revoked none;
// whose names it has, nobody checks here.
func (s *Stubs) secret(key manifest.Name) []func() error {
	k := s.cluster.keys
	return s.task("Secret", key.Namespace, key.Name, object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"data": object{"tls.crt": k.cert, "tls.key": k.key, "ca.crt": k.cert, "crl.pem": k.revoked},
	})
}

// extension is an authorization service that lets every request pass.
func (s *Stubs) extension(key manifest.Name) []func() error {
	return s.task("ExtensionService", key.Namespace, key.Name, object{
		"apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
		"spec": object{"protocol": "h2c", "services": []any{object{"name": key.Name, "port": authPort}}, "timeoutPolicy": object{"response": "5s"}},
	})
}

// service is a headless Service with the ports that routes name, and an EndpointSlice with
// an address of its own for each, so that the echo server can tell them apart. A Service of
// the input keeps its type.
func (s *Stubs) service(key manifest.Name, n needs) []func() error {
	var tasks []func() error
	var ports []any
	for _, number := range slices.Sorted(maps.Keys(n.ports[key])) {
		p := n.ports[key][number]
		ports = append(ports, object{"name": portName(number), "port": number})
		tasks = append(tasks, s.endpoint(p)...)
	}
	spec := object{"clusterIP": "None", "ports": ports}
	if own := n.types[key]; own != nil && own.Type == "ExternalName" {
		spec = object{"type": "ExternalName", "externalName": cmp.Or(own.ExternalName, "unknown.invalid"), "ports": ports}
	}
	text := fmt.Sprint(spec)
	if s.services[key] == text {
		return tasks
	}
	if s.services[key] == "" {
		s.count["Service"]++
	}
	s.services[key] = text
	return append(tasks, func() error {
		return s.outcome("Service "+key.Namespace+"/"+key.Name, s.cluster.replaceService(key, spec))
	})
}

// replaceService makes a Service, or gives the one that is there this spec: other inputs
// may have named other ports of it.
func (c *Cluster) replaceService(key manifest.Name, spec object) error {
	o := object{"apiVersion": "v1", "kind": "Service", "metadata": object{"name": key.Name}, "spec": spec}
	err := c.create("Service", key.Namespace, o)
	if !answered(err, http.StatusConflict) {
		return err
	}
	path, err := collection("Service", key.Namespace)
	if err == nil {
		_, err = c.call("PUT", path+"/"+key.Name, o)
	}
	return err
}

func portName(number int) string { return "p" + strconv.Itoa(number) }

// endpoint gives a port an address, at which the echo server answers in its name.
func (s *Stubs) endpoint(p port) []func() error {
	label := fmt.Sprintf("%s/%s:%d", p.service.Namespace, p.service.Name, p.number)
	sum := sha256.Sum256([]byte(label))
	tasks := s.task("EndpointSlice", p.service.Namespace, fmt.Sprintf("e-%x", sum[:8]), object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
		"metadata":  object{"labels": object{"kubernetes.io/service-name": p.service.Name}},
		"endpoints": []any{object{"addresses": []any{s.next.String()}, "conditions": object{"ready": true}}},
		"ports":     []any{object{"name": portName(p.number), "port": echoPort}},
	})
	if len(tasks) > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.at[s.next] = label
		s.next = s.next.Next()
	}
	return tasks
}

// nameAt is "namespace/service:port" of the endpoint with an address.
func (s *Stubs) nameAt(a netip.Addr) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[a]
}

func sortedNames[T any](m map[manifest.Name]T) []manifest.Name {
	return slices.SortedFunc(maps.Keys(m), func(a, b manifest.Name) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
}
