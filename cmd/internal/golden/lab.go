package golden

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Lab is a recorded run brought to life: its objects, and the echo servers that stand
// behind its Services until the test ends. It needs a network of its own (see Inside), since
// Services and clients have the recorded addresses.
type Lab struct {
	// Pods is the address that echo servers of pods listen at; their ports are free ones.
	Pods string

	objects  []object
	pairs    map[string]tls.Certificate // by Secret
	auto     map[string]bool            // hosts with AUTO_HTTP
	services map[string]*service        // by "namespace/name"
	made     int                        // addresses of Services that were made up

	clock clock

	mu   sync.Mutex
	seen []Seen
	last []Seen // of the request before: copies of it may have been recorded late
	got  Answer // to the last request
}

// service is a recorded Service, whose pods answer with what they saw.
type service struct {
	lab      *Lab
	name     string // "namespace/name"
	status   int    // 0: 200, or what the request asks for
	headers  [][2]string
	protocol string   // "", "https", "grpc"
	replicas int      // 0: it has no endpoints
	outside  bool     // it is of type ExternalName
	ip       string   // "None" and "": it has none
	ports    []string // by which nginx finds them: names, numbers and target ports
}

// New brings a run to life, with pods at an address (default 127.0.0.1).
func New(t testing.TB, run string, pods string) *Lab {
	t.Helper()
	if pods == "" {
		pods = "127.0.0.1"
	}
	l := &Lab{Pods: pods, pairs: map[string]tls.Certificate{}, auto: map[string]bool{}, services: map[string]*service{}}
	l.fill(t, run)
	return l
}

// noteAuto notes the hosts of an Ingress whose backends speak what the client speaks.
func (l *Lab) noteAuto(o *Object) {
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

// serviceUp starts the echo servers of a Service: one for each replica, whose EndpointSlices
// it gives, and one at the Service's own address, which it makes up if there is none.
func (l *Lab) serviceUp(t testing.TB, o *Object) (slices []any) {
	t.Helper()
	e := l.describe(o)
	if !e.outside {
		if e.ip == "" {
			l.made++
			e.ip = fmt.Sprintf("10.99.%d.%d", 20+l.made/250, 1+l.made%250)
			o.Spec["clusterIP"] = e.ip
		}
		if e.ip != "None" {
			e.listen(t, net.JoinHostPort(e.ip, "80"), "clusterip")
		}
	}
	for i := range e.replicas {
		pod := fmt.Sprintf("%s-%d", o.Metadata["name"], i)
		slices = append(slices, sliceOf(o, pod, e.listen(t, net.JoinHostPort(l.Pods, "0"), pod)))
	}
	return slices
}

// describe is a Service as its annotations have it.
func (l *Lab) describe(o *Object) *service {
	e := &service{lab: l, name: o.Name()}
	if s, ok := o.annotation("echo/status"); ok {
		e.status, _ = strconv.Atoi(s)
	}
	headers, _ := o.annotation("echo/headers")
	e.headers = headerPairs(headers)
	e.protocol, _ = o.annotation("echo/protocol")
	l.services[e.name] = e
	ports, _ := o.Spec["ports"].([]any)
	for _, p := range ports {
		port, _ := p.(map[string]any)
		e.ports = append(e.ports, fmt.Sprint(port["name"]), fmt.Sprint(port["port"]), fmt.Sprint(port["targetPort"]))
	}
	e.ip, _ = o.Spec["clusterIP"].(string)
	_, e.outside = o.Spec["externalName"]
	if _, without := o.annotation("echo/no-endpoints"); without {
		return e
	}
	e.replicas = 1
	if n, ok := o.annotation("echo/replicas"); ok {
		e.replicas, _ = strconv.Atoi(n)
	}
	return e
}

// note keeps what an echo server saw.
func (l *Lab) note(saw Seen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, saw)
}

// taken are the requests seen since it was asked last.
func (l *Lab) taken() []Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.seen
	l.seen = nil
	return all
}

func contains(all []string, one string) bool { return slices.Contains(all, one) }
