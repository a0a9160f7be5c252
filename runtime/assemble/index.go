package assemble

import (
	"cmp"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// set is a set of things, walked through only where the order does not matter.
type set[T comparable] map[T]struct{}

func (s set[T]) add(t T) { s[t] = struct{}{} }

func (s set[T]) has(t T) bool {
	_, ok := s[t]
	return ok
}

// enter adds a thing to the set of a key.
func enter[K, T comparable](sets map[K]set[T], key K, t T) {
	if sets[key] == nil {
		sets[key] = set[T]{}
	}
	sets[key].add(t)
}

// leave takes a thing from the set of a key, and the key along with the last one.
func leave[K, T comparable](sets map[K]set[T], key K, t T) {
	delete(sets[key], t)
	if len(sets[key]) == 0 {
		delete(sets, key)
	}
}

// index tells who uses an object, whether it is there or not.
type index[U comparable] map[source.Ref]set[U]

// swap takes a user from the objects that it used and enters it for those that it uses.
func (x index[U]) swap(u U, before, now []source.Ref) {
	for _, ref := range before {
		leave(x, ref, u)
	}
	for _, ref := range now {
		enter(x, ref, u)
	}
}

// Kinds of objects, and of what stands in an index like one.
const (
	kindProxy      = "HTTPProxy"
	kindIngress    = "Ingress"
	kindClass      = "IngressClass"
	kindService    = "Service"
	kindSlice      = "EndpointSlice"
	kindEndpoints  = "Endpoints"
	kindSecret     = "Secret"
	kindConfigMap  = "ConfigMap"
	kindDelegation = "TLSCertificateDelegation"
	kindExtension  = "ExtensionService"

	aHost      = "host"      // all that claims a host name, by Contour's rules
	aWildcard  = "wildcard"  // the Ingresses of a host name, by those of ingress-nginx
	aDelegated = "delegated" // a Secret, to whom it is delegated
)

func refOf(kind string, n manifest.Name) source.Ref {
	return source.Ref{Kind: kind, Namespace: n.Namespace, Name: n.Name}
}

func compareRefs(a, b source.Ref) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func nameOf(r source.Ref) manifest.Name { return manifest.Name{Namespace: r.Namespace, Name: r.Name} }

// step is what a change has made out of date.
type step struct {
	hosts     set[string]        // to decode
	ingresses []*ingress         // new or otherwise than before, of ingress-nginx
	units     set[*unit]         // groups of them to interpret again
	sites     set[string]        // to build
	names     set[string]        // of hosts that sides have or had, to review
	proxies   set[manifest.Name] // HTTPProxies to review
	services  set[manifest.Name] // whose endpoints are to be resolved
}

func newStep() *step {
	return &step{hosts: set[string]{}, units: set[*unit]{}, sites: set[string]{}, names: set[string]{}, proxies: set[manifest.Name]{}, services: set[manifest.Name]{}}
}

// staleUnits marks what is decoded or interpreted from an object.
func (s *State) staleUnits(ref source.Ref, st *step) {
	for u := range s.users[ref] {
		u.stale = true
		if u.plane == planeContour {
			st.hosts.add(u.host)
		} else {
			st.units.add(u)
		}
	}
}

// staleSites marks the sites that hold something of an object.
func (s *State) staleSites(ref source.Ref, st *step) {
	for host := range s.siteUsers[ref] {
		st.sites.add(host)
	}
}
