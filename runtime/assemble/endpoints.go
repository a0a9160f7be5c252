package assemble

import (
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// endpoints are the sets of endpoints that sites name.
type endpoints struct {
	sets      map[upstream.Key]*endpointSet
	byService map[manifest.Name]set[upstream.Key]
}

// endpointSet is one of them, with how many backends name it.
type endpointSet struct {
	users     int
	clusterIP int // of them those that ask for the Service's own address
	addresses []string
}

func newEndpoints() endpoints {
	return endpoints{sets: map[upstream.Key]*endpointSet{}, byService: map[manifest.Name]set[upstream.Key]{}}
}

// use enters backends (1) or takes them away (-1), and marks the Services of sets that are
// new, gone, or asked for otherwise.
func (e *endpoints) use(backends []intent.Backend, by int, st *step) {
	for _, b := range backends {
		key := upstream.Key{Namespace: b.Namespace, Service: b.Service, Port: b.Port}
		service := manifest.Name{Namespace: b.Namespace, Name: b.Service}
		s := e.sets[key]
		if s == nil {
			s = &endpointSet{}
			e.sets[key] = s
			enter(e.byService, service, key)
		}
		users, asked := s.users, s.asked()
		s.users += by
		if b.ClusterIP {
			s.clusterIP += by
		}
		if users == 0 || s.users == 0 || s.asked() != asked {
			st.services.add(service)
		}
	}
}

// asking is how many of the backends ask for the Service's own address in place of its
// endpoints. They get it only if all do.
type asking uint8

const (
	noneAsks asking = iota
	someAsk
	allAsk
)

func (s *endpointSet) asked() asking {
	switch s.clusterIP {
	case 0:
		return noneAsks
	case s.users:
		return allAsk
	}
	return someAsk
}

// resolve resolves the sets that are out of date, and tells of those with other addresses.
func (s *State) resolve(st *step, out map[upstream.Key][]string) {
	for service := range st.services {
		for key := range s.endpoints.byService[service] {
			set := s.endpoints.sets[key]
			before := set.addresses
			if set.users == 0 {
				delete(s.endpoints.sets, key)
				leave(s.endpoints.byService, service, key)
				s.tell(key, nil)
				set.addresses = nil
			} else {
				s.resolveSet(key, set)
			}
			if !slices.Equal(before, set.addresses) {
				out[key] = set.addresses
			}
		}
	}
}

// resolveSet finds the addresses of one set.
func (s *State) resolveSet(key upstream.Key, set *endpointSet) {
	s.work.Resolved++
	r := &resolution{s: s, key: key}
	if svc := s.objects[r.ref()]; svc.Origin.Known() {
		r.origin = svc.Origin
	}
	set.addresses = r.addresses(set.asked() == allAsk)
	if set.asked() == someAsk {
		r.find("cluster-ip-mixed", ledger.Warning, "some routes ask for the address of the Service and others for its endpoints: all get the endpoints", "ask for one of both")
	}
	s.tell(key, r.findings)
}

// resolution is the search for the addresses of one set.
type resolution struct {
	s        *State
	key      upstream.Key
	origin   ledger.Origin
	findings []ledger.Finding
}

func (r *resolution) name() manifest.Name {
	return manifest.Name{Namespace: r.key.Namespace, Name: r.key.Service}
}

func (r *resolution) find(rule string, severity ledger.Severity, message, action string) {
	r.findings = append(r.findings, ledger.Finding{Rule: rule, Severity: severity, Origin: r.origin,
		Message: fmt.Sprintf("Service %s, port %s: %s", r.name(), r.key.Port, message), Action: action})
}
